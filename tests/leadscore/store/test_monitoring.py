"""What a publication keeps of the monitoring: once, of the leads that it is about, and no longer than it tells."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.due import OUTCOME
from leadscore.errors import AuditFailed
from leadscore.features.profile import Profile, Spread
from leadscore.models.curve import Curve
from leadscore.models.cutoff import choose_cutoff
from leadscore.models.prior_shift import Prior
from leadscore.models.reference import Reference
from leadscore.monitor.night import Watch
from leadscore.pipeline import Pipeline, cut
from leadscore.sections import CutoffSettings, Monitoring
from leadscore.spool import Spool
from leadscore.store.engine import reading
from leadscore.store.monitoring import breaches
from leadscore.store.publish import Published, publish, published_before
from leadscore.store.runs import Run, begin_run
from leadscore.store.staging import Staged, stage

NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
SCAN = {
    "row_number": pl.Int64,
    "lead_id": pl.Int64,
    "account_id": pl.String,
    "owner_id": pl.String,
    "label": pl.Int8,
    "created_at": pl.Datetime("us"),
    "closed_at": pl.Datetime("us"),
    "lead_updated_at": pl.Datetime("us"),
    "row_hash": pl.String,
    "failures": pl.String,
    "first": pl.Boolean,
    "late": pl.UInt64,
}
NOBODY = pl.DataFrame(schema=SCAN)
QUIET = Pipeline(
    n_in_source=0,
    n_open=0,
    due=Spool([NOBODY]),
    rescored_late=NOBODY.select("lead_id"),
    bad_keys=NOBODY,
    gone=NOBODY,
    settled=NOBODY.select("row_number").with_columns(run_id=pl.lit("")),
    outcomes=NOBODY.select(OUTCOME),
    replaced=NOBODY,
    reopened=NOBODY,
    vanished=NOBODY,
    newest=None,
)
RAW = np.random.default_rng(1).beta(1, 9, 4000)
CURVE = Curve.of(RAW, (np.random.default_rng(2).random(4000) < RAW).astype(np.int64))
CUTOFF = choose_cutoff(CURVE, CutoffSettings(), seed=1)
PRIOR = Prior(CURVE.base_rate, CURVE, CUTOFF, "adjust", 1.25)
REFERENCE = Reference.of(RAW)
PROFILE = Profile(features=(Spread(name="size", place=0, coded=False, edges=(1.0,), counts=(0, 2000, 2000)),))
LIMITS = Monitoring(min_leads=100, min_conversions=5, window_days=10)
WATCH = Watch(PROFILE, CURVE, REFERENCE, CURVE.base_rate, LIMITS)


def told(first: int, n: int, probability: float | None = None) -> pl.DataFrame:
    """What the model says of ``n`` leads numbered from ``first`` on: that they are as in training, or all the same."""
    raw = RAW[first : first + n] if probability is None else np.full(n, probability)
    ids = pl.int_range(first, first + n, eager=True)
    lives = pl.DataFrame({"lead_id": ids, "row_number": ids, "lead_updated_at": NIGHT, "first": True})
    score = REFERENCE.score(raw)
    return pl.concat([NOBODY, lives], how="diagonal_relaxed").with_columns(
        probability=pl.Series(raw),
        raw_probability=pl.Series(raw),
        score=pl.Series(score),
        grade=pl.lit("C"),
        will_convert=pl.Series(raw >= CUTOFF.value),
        reasons=pl.lit("{}"),
    )


def begin(store: sa.Engine, day: int, model: str = "m") -> Run:
    moment = NIGHT + day * DAY
    return begin_run(store, as_of=moment, full=False, model_version=model, rules_version="r", now=NIGHT + 99 * DAY)


def night(
    store: sa.Engine,
    day: int,
    scored: pl.DataFrame = NOBODY,
    sizes: tuple[int, ...] = (0, 1, 1),
    model: str = "m",
    **pipeline: Any,
) -> Run:
    """Publish what a model scored, in two chunks, whose leads have ``sizes`` in these proportions."""
    run = begin(store, day, model)
    due = scored.select(*SCAN)
    for chunk in cut([due], max(due.height // 2, 1), model, day):
        n, part = chunk.leads.height, scored.join(chunk.leads.select("lead_id"), on="lead_id")
        known = {"n_leads": n, "counts": {"size": [each * n // sum(sizes) for each in sizes]}}
        counts = json.dumps({"batch": {}, "scored": known})
        stage(store, run, chunk, Staged(Spool([part.drop("row_number", "failures")]), NOBODY, counts))
    publish_run(store, run, replace(QUIET, due=Spool([due]), **pipeline))
    return run


def publish_run(store: sa.Engine, run: Run, pipeline: Pipeline = QUIET) -> Published:
    now = run.as_of + timedelta(hours=1)
    return publish(store, run, pipeline, prior=PRIOR, max_mean_shift=99, back=None, now=now, watch=WATCH)


def closing(labels: dict[int, int | None], day: float) -> dict[str, pl.DataFrame]:
    """Leads that leave, won, lost or without an outcome."""
    gone = pl.DataFrame({"lead_id": list(labels)}, schema={"lead_id": pl.Int64})
    known = {lead: label for lead, label in labels.items() if label is not None}
    outcomes = pl.concat(
        [NOBODY, pl.DataFrame({"lead_id": list(known), "label": list(known.values())})], how="diagonal_relaxed"
    ).with_columns(closed_at=pl.lit(NIGHT + day * DAY))
    return {"gone": gone, "outcomes": outcomes.cast(SCAN).select(OUTCOME)}


def rows(store: sa.Engine, statement: str) -> list[tuple[Any, ...]]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def measures(store: sa.Engine, run: Run) -> dict[str, tuple[Any, ...]]:
    found = rows(
        store, f"SELECT name, feature, value, \"limit\", breached, reason FROM monitoring WHERE run_id = '{run.run_id}'"
    )
    assert len(found) == len({row[:2] for row in found})
    return {row[0]: row[1:] for row in found}


COHORTS = """
    SELECT run.as_of, n_first, n_left, n_known, n_won, n_called, n_called_won, n_predicted
    FROM score_cohorts JOIN score_runs AS run USING (run_id) ORDER BY run.as_of
"""


def test_a_night_keeps_a_row_for_each_measure(store: sa.Engine) -> None:
    run = night(store, 0, told(0, 300), sizes=(0, 150, 150))
    found = measures(store, run)
    assert found["psi"][0] == "size"
    assert found["psi"][1] < 0.01 < 0.2 < found["psi"][2]
    assert found["score_psi"][1] < found["score_psi"][2]
    assert found["expected_f1"][1] > found["expected_f1"][2]
    assert found["expected_precision"][2] is None
    assert found["realised_f1"][1] is None
    assert "too few" in found["realised_f1"][4]
    assert breaches(store, run.run_id) == []


def test_what_is_beyond_its_limit_can_be_asked_for(store: sa.Engine) -> None:
    run = night(store, 0, told(0, 300), sizes=(0, 290, 10))
    assert [(each.name, each.feature) for each in breaches(store, run.run_id)] == [
        ("js_distance", "size"),
        ("psi", "size"),
    ]


def test_a_run_that_is_published_twice_is_judged_once(store: sa.Engine) -> None:
    run = night(store, 0, told(0, 300), sizes=(0, 150, 150))
    before = [rows(store, f"SELECT * FROM {name}") for name in ("monitoring", "feature_counts", "score_cohorts")]
    publish_run(store, run)
    assert before == [
        rows(store, f"SELECT * FROM {name}") for name in ("monitoring", "feature_counts", "score_cohorts")
    ]
    assert published_before(store, run) == Published(300, 0, 300, 0)


def test_a_publication_that_fails_leaves_nothing(store: sa.Engine) -> None:
    run = begin(store, 0)
    scored = told(0, 10).with_columns(probability=pl.lit(2.0))
    [chunk] = cut([scored.select(*SCAN)], 100, "m")
    stage(store, run, chunk, Staged(Spool([scored.drop("row_number", "failures")]), NOBODY, "{}"))
    with pytest.raises(AuditFailed):
        publish_run(store, run, replace(QUIET, due=Spool([scored.select(*SCAN)])))
    assert rows(store, "SELECT * FROM monitoring") == rows(store, "SELECT * FROM score_cohorts") == []


def test_a_backfill_is_not_monitored(store: sa.Engine) -> None:
    night(store, 5, told(0, 300), sizes=(0, 150, 150))
    kept = rows(store, "SELECT * FROM monitoring")
    backfill = night(store, 1, told(0, 300), sizes=(0, 300, 0))
    assert backfill.scope == "backfill"
    assert rows(store, "SELECT * FROM monitoring") == kept
    assert (
        rows(store, "SELECT COUNT(*) FROM feature_counts")
        == rows(store, "SELECT COUNT(*) FROM score_cohorts")
        == [(1,)]
    )


def test_small_nights_are_judged_together_until_they_are_enough(store: sa.Engine) -> None:
    runs = [night(store, day, told(day * 40, 40), sizes=(0, 20, 20)) for day in range(3)]
    assert [measures(store, run)["psi"][1] is None for run in runs] == [True, True, False]
    assert measures(store, runs[1])["psi"][4] == "80 leads scored in 10 days are too few (100 needed)"
    quiet = night(store, 3)
    assert measures(store, quiet)["psi"][1] == measures(store, runs[2])["psi"][1]


def test_only_the_latest_leads_count_once_they_are_enough(store: sa.Engine) -> None:
    night(store, 0, told(0, 400), sizes=(0, 400, 0))
    run = night(store, 1, told(400, 200), sizes=(0, 100, 100))
    assert not measures(store, run)["psi"][3]


def test_what_is_too_long_ago_or_of_another_model_is_let_go(store: sa.Engine) -> None:
    night(store, 0, told(0, 120), sizes=(0, 60, 60))
    late = night(store, 11)
    assert rows(store, "SELECT * FROM feature_counts") == []
    assert measures(store, late)["psi"][4] == "0 leads scored in 10 days are too few (100 needed)"
    night(store, 12, told(0, 120), sizes=(0, 60, 60))
    night(store, 13, told(0, 120), sizes=(0, 60, 60), model="new")
    assert rows(store, "SELECT n_leads FROM feature_counts") == [(120,)]


def test_outcomes_are_counted_with_the_night_that_scored_the_lead_first(store: sa.Engine) -> None:
    night(store, 0, told(0, 60, probability=0.5))
    night(store, 1, told(100, 40, probability=0.01), **closing({0: 1, 1: 0, 2: None}, 0.5))
    night(store, 2, told(3, 1, probability=0.02))  # scored again: its first score stands
    night(store, 3, **closing({3: 1, 100: 1}, 2.5))
    assert [tuple(map(int, row[1:])) for row in rows(store, COHORTS)] == [
        (60, 4, 3, 2, 3, 2, 1_500_000_000),
        (40, 1, 1, 1, 0, 0, 10_000_000),
        (0, 0, 0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0, 0, 0),
    ]


def test_an_outcome_from_before_the_score_does_not_count(store: sa.Engine) -> None:
    night(store, 0, told(0, 60))
    night(store, 1, **closing({0: 1}, -0.5))
    assert [tuple(row[1:4]) for row in rows(store, COHORTS)] == [(60, 1, 0), (0, 0, 0)]


def test_a_lead_that_came_back_counts_by_its_first_score_since(store: sa.Engine) -> None:
    night(store, 0, told(0, 1, probability=0.5))
    night(store, 1, **closing({0: 0}, 0.5))
    night(store, 2, told(0, 1, probability=0.25), reopened=pl.DataFrame({"lead_id": [0]}))
    night(store, 3, **closing({0: 1}, 2.5))
    found = {row[-1] for row in rows(store, COHORTS) if row[3]}
    assert found == {500_000_000, 250_000_000}


def test_realised_figures_are_told_once_nearly_all_leads_of_a_night_have_their_outcome(store: sa.Engine) -> None:
    night(store, 0, told(0, 100, probability=0.5))
    half = night(store, 1, **closing({lead: lead % 2 for lead in range(50)}, 0.5))
    assert measures(store, half)["calibration_ratio"][1] is None
    full = night(store, 2, **closing({lead: lead % 2 for lead in range(50, 96)}, 1.5))
    found = measures(store, full)
    assert found["calibration_ratio"][1] == 1.0
    assert (found["realised_precision"][1], found["realised_recall"][1]) == (0.5, 1.0)


def test_a_new_model_is_not_judged_by_what_the_old_one_said(store: sa.Engine) -> None:
    night(store, 0, told(0, 100, probability=0.5))
    night(store, 1, told(200, 10), model="new", **closing(dict.fromkeys(range(100), 0), 0.5))
    late = night(store, 2, model="new")
    assert "among 0 leads" in measures(store, late)["calibration_ratio"][4]


def test_an_adjusted_base_rate_is_in_the_expected_figures(store: sa.Engine) -> None:
    """The open leads are judged as they are published: after the adjustment of the same night."""
    rich = RAW[np.argsort(RAW)[-1500:]]
    scored = told(0, 1500).with_columns(
        probability=pl.Series(rich), raw_probability=pl.Series(rich), score=pl.Series(REFERENCE.score(rich))
    )
    run = night(store, 0, scored, sizes=(0, 750, 750))
    [(mean, calls)] = rows(
        store, "SELECT SUM(probability), SUM(CASE WHEN will_convert THEN probability END) FROM lead_scores"
    )
    assert measures(store, run)["expected_recall"][1] == pytest.approx(calls / mean, abs=1e-5)
