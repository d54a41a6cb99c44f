"""One chunk through a real champion."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore import scoring
from leadscore.job import open_job
from leadscore.models.bundle import load
from leadscore.scoring import Model, check, score
from leadscore.settings import load_settings
from leadscore.store.registry import champion
from leadscore.store.source import Chunk, fetch, scan

END = datetime(2026, 1, 1)  # of the example leads


@pytest.fixture
def model_and_chunk(trained: Path) -> tuple[Model, Chunk]:
    with open_job(load_settings(), END) as job:
        entry = champion(job.store)
        bundle = load(entry.uri, entry.sha256)
        chunk = fetch(job.source, scan(job.source, 10_000).filter(pl.col("label").is_null())["lead_id"])
        lives = chunk.lives.with_row_index("row_number", offset=1).with_columns(first=pl.col("lead_id") % 2 == 0)
    return Model(entry, bundle, bundle.rules), Chunk(chunk.raw, lives)


def scored(model: Model, chunk: Chunk, top: int) -> pl.DataFrame:
    """The scores of the good leads of a chunk whose accounts have no earlier leads."""
    return pl.concat(score(model, check(model, chunk), chunk.lives.clear(), top)[0])


def test_every_lead_is_good_or_quarantined(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    checked = check(model, chunk)
    good, bad = checked.lives["lead_id"].to_list(), checked.quarantined["lead_id"].to_list()
    assert sorted([*good, *bad]) == sorted(chunk.lives["lead_id"].to_list())
    assert bad == chunk.raw.filter(pl.col("bant_submit") > 1)["lead_id"].to_list()
    assert (checked.counts.n_leads, checked.counts.n_bad_rows) == (chunk.raw.height, len(bad))


def test_reasons_are_what_the_probability_is_made_of(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    checked = check(model, chunk)
    fit = model.bundle.shipped
    inputs, nobody = model.bundle.inputs, chunk.lives.clear()
    leads = inputs.frame(inputs.readings.read(checked.leads), checked.lives, nobody)
    effects = fit.calibration.slope * model.explainer.contributions(fit.features.transform(leads)).sum(axis=1)
    probability = pl.concat(score(model, checked, nobody, top=3)[0])["raw_probability"].to_numpy()
    rest = np.log(probability / (1 - probability)) - effects
    assert np.ptp(rest) < 1e-9, "log-odds less all effects is one constant, the same for every lead"
    np.testing.assert_allclose(probability, fit.probability(leads), rtol=0, atol=1e-6)


def test_one_feature_from_the_source_to_the_reason(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    spelt = chunk.raw.with_columns(expected_timeline=pl.lit(" LESS_than__3-months "))
    told = [json.loads(text) for text in scored(model, Chunk(spelt, chunk.lives), top=10)["reasons"]]
    timelines = {
        reason["value"]
        for each in told
        for reason in [*each["for"], *each["against"]]
        if reason["feature"] == "expected_timeline"
    }
    assert timelines == {"less than 3 months"}


def test_the_features_of_the_scored_leads_are_counted_in_the_bins_of_training(
    model_and_chunk: tuple[Model, Chunk],
) -> None:
    model, chunk = model_and_chunk
    checked = check(model, chunk)
    _, counted = score(model, checked, chunk.lives.clear(), top=1)
    trained = {each.name: each.counts for each in model.bundle.profile.features}
    assert counted.n_leads == checked.leads.height
    assert {name: (len(each), sum(each)) for name, each in counted.counts.items()} == {
        name: (len(each), counted.n_leads) for name, each in trained.items()
    }
    assert {sum(each) for each in trained.values()} != {0}


def test_scores_do_not_depend_on_the_order_of_the_leads(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    turned = Chunk(chunk.raw.reverse(), chunk.lives.reverse())
    columns = ["lead_id", "probability", "score", "grade"]
    here = scored(model, chunk, top=1).select(columns)
    there = scored(model, turned, top=1).select(columns)
    assert there.reverse().equals(here)


def test_how_many_are_told_at_once_does_not_show(
    model_and_chunk: tuple[Model, Chunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = scored(*model_and_chunk, top=1)
    monkeypatch.setattr(scoring, "TOLD_AT_ONCE", 500)
    assert at_once.height % 500
    assert scored(*model_and_chunk, top=1).equals(at_once)


def test_the_outcomes_of_the_account_reach_the_score_and_its_reason(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    lives = chunk.lives.with_columns(account_id=pl.lit(-5, pl.Int64))
    won = lives.head(3).with_columns(label=pl.lit(1, pl.Int8), closed_at=pl.lit(datetime(2020, 1, 2)))
    won = won.with_columns(created_at=pl.lit(datetime(2020, 1, 1)))
    checked = check(model, Chunk(chunk.raw, lives))
    alone, with_past = (pl.concat(score(model, checked, past, top=10)[0]) for past in (won.clear(), won))
    assert (with_past["probability"] != alone["probability"]).any()
    assert with_past["reasons"].str.contains("3 of 3 earlier leads converted").any()


def test_only_the_first_scoring_keeps_the_inputs_and_nothing_personal_in_them(
    model_and_chunk: tuple[Model, Chunk],
) -> None:
    model, chunk = model_and_chunk
    spelt = chunk.raw.with_columns(
        customer_country=pl.lit("jo@example.com/ Lagos /Nigeria"), customer_job=pl.lit("me@example.com")
    )
    found = scored(model, Chunk(spelt, chunk.lives), top=1)
    assert found["inputs"].is_not_null().to_list() == (found["lead_id"] % 2 == 0).to_list()
    kept = json.loads(found["inputs"].drop_nulls()[0])
    assert kept["customer_country"] == "nigeria"
    assert kept["customer_job"] is None
    assert kept.keys() == {column.name for column in model.bundle.schema.modelled}
