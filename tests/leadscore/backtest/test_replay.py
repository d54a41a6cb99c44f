"""One origin: it equals a retrain on a table as it stood then, and nothing later changes it."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore.backtest.history import History, Span
from leadscore.backtest.replay import Trial, retrain, score, verdict
from leadscore.job import open_job
from leadscore.models.fit import fit_recipe
from leadscore.settings import CONFIG_VARIABLE, load_settings
from leadscore.store.engine import writing
from leadscore.store.source import fetch, scan
from leadscore.training.bundling import training_context, training_set
from leadscore.training.known import find_known
from leadscore.training.prepare import prepare

SPAN = Span(datetime(2025, 4, 1), datetime(2025, 5, 1))
DAY = timedelta(days=1)
TABLE_THEN = """
UPDATE leads SET is_converted = NULL, closed_at = NULL WHERE closed_at > '2025-04-01';
DELETE FROM leads WHERE created_at >= '2025-04-01';
"""


@pytest.fixture(scope="module")
def trial(history: History) -> Trial:
    return retrain(history, SPAN.start)


def test_an_origin_is_a_retrain_on_the_table_as_it_stood(
    history: History, trial: Trial, past_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = score(history, trial.model, SPAN)
    shutil.copytree(past_folder, tmp_path / "then")
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "then" / "leadscore.toml"))
    with open_job(load_settings(), SPAN.start) as job:
        coming = fetch(job.source, came(history, SPAN)["lead_id"])
        past = fetch(job.source, scan(job.source, 10_000)["lead_id"]).lives
        with writing(job.source.engine) as connection:
            for statement in TABLE_THEN.strip().split(";")[:-1]:
                connection.exec_driver_sql(statement)
        settings = job.settings
        found = find_known(scan(job.source, 10_000), settings.leads, job.as_of, None, settings.training.seed)
        closed, still_open = fetch(job.source, found.known), fetch(job.source, found.open)
        source = replace(job.source, leads=history.source.leads)
        known = prepare(source, closed, still_open, history.snapshots.clear(), found, job.as_of, settings)
    leads, recipe = training_set(known), history.champion.recipe.without_rounds()
    _, recipe = fit_recipe(leads[known.split.train], known.inputs.columns, recipe, training_context(known, settings))
    fit, _ = fit_recipe(leads[known.shipped], known.inputs.columns, recipe, training_context(known, settings))
    frame = known.inputs.frame(known.inputs.readings.read(known.schema.conform(coming.raw)), coming.lives, past)
    settled = coming.lives["label"].is_not_null().to_numpy()
    assert trial.model.known == len(known.leads.converted)
    assert scored.cutoff == fit.cutoff.value
    assert scored.waiting == (~settled).sum()
    assert scored.converted.tolist() == coming.lives["label"].drop_nulls().to_list()
    np.testing.assert_allclose(scored.probability, fit.probability(frame)[settled], rtol=1e-9)


def came(history: History, span: Span) -> pl.DataFrame:
    return history.lives.filter(pl.col("created_at").is_between(*span, closed="left"))


@pytest.mark.acceptance  # it follows from the test above, whose table knows of nothing later
def test_what_closes_after_an_origin_changes_nothing_of_its_model(history: History, trial: Trial) -> None:
    later = pl.col("closed_at") > SPAN.start
    lives = history.lives.with_columns(
        label=pl.when(later).then(1 - pl.col("label")).otherwise("label"),
        closed_at=pl.when(later).then(pl.col("closed_at") + 9 * DAY).otherwise("closed_at"),
    )
    assert not lives.equals(history.lives)
    again = retrain(replace(history, lives=lives), SPAN.start)
    assert again.probability.tolist() == trial.probability.tolist()
    assert again.model.bundle.shipped.cutoff == trial.model.bundle.shipped.cutoff
    assert again.model.bundle.rules == trial.model.bundle.rules


def test_what_closes_after_a_period_changes_no_score_in_it(history: History, trial: Trial) -> None:
    later = (pl.col("closed_at") > SPAN.end).fill_null(False)
    lives = history.lives.with_columns(label=pl.when(later).then(1 - pl.col("label")).otherwise("label"))
    before, after = score(history, trial.model, SPAN), score(replace(history, lives=lives), trial.model, SPAN)
    assert before.converted.tolist() != after.converted.tolist()
    assert before.probability.tolist() == after.probability.tolist()


def test_leads_are_scored_as_they_were_first_seen(history: History, trial: Trial) -> None:
    ids = came(history, SPAN).filter(pl.col("label").is_not_null())["lead_id"]
    seen = pl.DataFrame({"lead_id": ids.head(10), "inputs": ['{"bant_submit":"0.0","lead_desc_length":"3"}'] * 10})
    before = score(history, trial.model, SPAN)
    after = score(replace(history, snapshots=seen), trial.model, SPAN)
    assert (before.as_first_seen, after.as_first_seen) == (0, 10)
    assert (before.probability != after.probability).any()
    assert (before.probability != after.probability).sum() <= 10


def test_a_lead_that_fails_a_rule_of_the_time_is_not_scored(history: History, trial: Trial) -> None:
    first = came(history, SPAN).filter(pl.col("label").is_not_null())["lead_id"][0]
    spoiled = pl.when(pl.col("lead_id") == first).then(25.0).otherwise("bant_submit").alias("bant_submit")
    before = score(history, trial.model, SPAN)
    after = score(replace(history, raw=history.raw.with_columns(spoiled)), trial.model, SPAN)
    assert after.quarantined == before.quarantined + 1
    assert len(after.converted) == len(before.converted) - 1


def test_the_gate_judges_the_first_model_alone_and_an_equal_stays_behind(history: History, trial: Trial) -> None:
    assert verdict(trial, None, history) == trial.alone
    champion = replace(trial.model, origin=datetime(2025, 3, 1))
    known = replace(champion.bundle, seen=np.array([], np.uint64))
    found = verdict(trial, replace(champion, bundle=known), history)
    assert not found.promote
    assert found.reason.startswith("Not shown to be better than champion of 2025-03-01, which stays")
