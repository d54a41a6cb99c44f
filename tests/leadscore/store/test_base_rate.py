"""A base rate that moved: every score follows in one publication, and only where it is believed."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray
from scipy.special import expit, logit

from leadscore.due import OUTCOME
from leadscore.errors import AuditFailed
from leadscore.models.curve import Curve
from leadscore.models.cutoff import choose_cutoff
from leadscore.models.prior_shift import Prior, adjusted
from leadscore.pipeline import Pipeline, cut
from leadscore.sections import CutoffSettings, Leads
from leadscore.spool import Spool
from leadscore.store.base_rate import matured
from leadscore.store.engine import reading, writing
from leadscore.store.outbox import WriteBack
from leadscore.store.publish import Published, publish
from leadscore.store.queries import statement
from leadscore.store.runs import Run, begin_run
from leadscore.store.source import open_source
from leadscore.store.staging import Staged, stage

NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
TRAINED, N = 0.1, 3000
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
Array = NDArray[np.float64]


def drawn(n: int, base_rate: float, seed: int) -> tuple[Array, NDArray[np.int64]]:
    """Raw probabilities (n,) of a model that was trained at `TRAINED`, and what becomes of the leads."""
    draw = np.random.default_rng(seed)
    converted = draw.binomial(1, base_rate, n)
    return expit(logit(TRAINED) + draw.normal(np.where(converted == 1, 1.5, -1.5), np.sqrt(3))), converted


CURVE = Curve.of(*drawn(10_000, TRAINED, seed=1))
PRIOR = Prior(TRAINED, CURVE, choose_cutoff(CURVE, CutoffSettings(), seed=1), "adjust", 1.25)
MOVED, _ = drawn(N, 0.35, seed=2)
STEADY, _ = drawn(N, TRAINED, seed=3)


def scores(first: int, raw: Array) -> pl.DataFrame:
    """What the model says of leads numbered from ``first`` on."""
    ids = pl.int_range(first, first + len(raw), eager=True)
    lives = pl.DataFrame({"lead_id": ids, "row_number": ids, "lead_updated_at": NIGHT, "first": True})
    return pl.concat([NOBODY, lives], how="diagonal_relaxed").with_columns(
        probability=pl.Series(raw),
        raw_probability=pl.Series(raw),
        score=pl.lit(50),
        grade=pl.lit("C"),
        will_convert=pl.Series(raw >= PRIOR.cutoff.value),
        reasons=pl.lit("{}"),
    )


def night(
    store: sa.Engine,
    day: int,
    told: pl.DataFrame | None = None,
    prior: Prior = PRIOR,
    model: str = "m",
    back: WriteBack | None = None,
    **pipeline: Any,
) -> Published:
    """Publish what a model told, as the run of that day."""
    run = begin(store, day, model)
    due = NOBODY if told is None else told.select(*SCAN)
    if told is not None:
        [chunk] = cut([due], 100_000, model, day)
        stage(store, run, chunk, Staged(Spool([told.drop("row_number", "failures")]), NOBODY, "{}"))
    return publish_run(store, run, replace(QUIET, due=Spool([due]), **pipeline), prior, back)


def begin(store: sa.Engine, day: int, model: str = "m") -> Run:
    moment = NIGHT + day * DAY
    return begin_run(store, as_of=moment, full=False, model_version=model, rules_version="r", now=moment)


def publish_run(store: sa.Engine, run: Run, pipeline: Pipeline, prior: Prior, back: WriteBack | None) -> Published:
    return publish(store, run, pipeline, prior=prior, max_mean_shift=10, back=back, now=NIGHT)


def rows(store: sa.Engine, statement: str) -> list[tuple[Any, ...]]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


PRESENT = "SELECT lead_id, probability, will_convert, adjustment, change_cause FROM lead_scores ORDER BY lead_id"
LEDGER = "SELECT adjustment, base_rate, cutoff, raw_cutoff, status FROM score_runs ORDER BY as_of"
NEWEST = """
    SELECT lead_id, probability, will_convert, adjustment, change_cause
    FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY scored_at DESC) AS place
        FROM lead_score_history WHERE NOT backfill
    ) AS changes
    WHERE place = 1 AND lead_id IN (SELECT lead_id FROM lead_scores) ORDER BY lead_id
"""


def test_a_base_rate_that_did_not_move_adjusts_nothing(store: sa.Engine) -> None:
    done = night(store, 0, scores(1, STEADY))
    assert done.base_rate
    assert done.base_rate.shift
    assert done.base_rate.shift.believed
    assert done.base_rate.now == PRIOR.unadjusted
    assert [row[1] for row in rows(store, PRESENT)] == STEADY.tolist()
    assert rows(store, LEDGER) == [(0, TRAINED, PRIOR.cutoff.value, PRIOR.cutoff.value, "published")]


def test_one_that_moved_is_followed_by_every_score_of_the_first_night(store: sa.Engine) -> None:
    done = night(store, 0, scores(1, MOVED))
    assert done.base_rate
    now = done.base_rate.now
    assert now.number == 1
    assert 0.25 < now.base_rate < 0.45
    found = rows(store, PRESENT)
    assert [row[1] for row in found] == pytest.approx(adjusted(MOVED, PRIOR.odds_ratio(now)), rel=1e-12)
    assert [bool(row[2]) for row in found] == [raw >= now.raw_cutoff for raw in MOVED]
    assert [bool(row[2]) for row in found] == [row[1] >= done.base_rate.cutoff for row in found]
    assert {row[3:] for row in found} == {(1, "new")}
    assert rows(store, NEWEST) == found
    assert rows(store, LEDGER) == [(1, now.base_rate, done.base_rate.cutoff, now.raw_cutoff, "published")]
    assert rows(store, "SELECT raw_probability, score FROM lead_scores ORDER BY lead_id") == [(p, 50) for p in MOVED]


def test_the_scores_of_before_follow_with_their_cause_and_those_of_tonight_keep_theirs(store: sa.Engine) -> None:
    night(store, 0, scores(1, STEADY[:300]))
    run = begin(store, 1)
    done = night(store, 1, pl.concat([scores(1, MOVED[:1]), scores(1001, MOVED)]))
    assert done.base_rate
    assert (done.base_rate.before.number, done.base_rate.now.number) == (0, 1)
    causes = "SELECT change_cause, previous_score, run_id, COUNT(*) FROM lead_scores GROUP BY 1, 2, 3 ORDER BY 1"
    assert rows(store, causes) == [
        ("base_rate", 50, run.run_id, 299),
        ("lead", 50, run.run_id, 1),
        ("new", None, run.run_id, N),
    ]
    assert rows(store, NEWEST) == rows(store, PRESENT)
    assert rows(store, "SELECT COUNT(*) FROM lead_score_history") == [(300 + 300 + N,)]
    first = "SELECT predicted_rate FROM conversion_by_grade"
    close = pl.DataFrame({"lead_id": [5], "label": [1], "closed_at": [NIGHT + 2000 * DAY]})
    night(store, 2, outcomes=pl.concat([QUIET.outcomes, close], how="diagonal_relaxed"))
    assert rows(store, first) == [(pytest.approx(STEADY[4]),)], "the proof is by the first published probability"


def test_later_nights_go_by_the_rate_in_force_and_touch_tonights_rows_only(store: sa.Engine) -> None:
    first = night(store, 0, scores(1, MOVED)).base_rate
    before = rows(store, "SELECT * FROM lead_scores WHERE lead_id <> 7 ORDER BY lead_id")
    second = night(store, 1, pl.concat([scores(7, MOVED[:1]), scores(10_000, MOVED[:50])])).base_rate
    assert first
    assert second
    assert second.before == second.now == first.now
    assert rows(store, "SELECT * FROM lead_scores WHERE lead_id < 10000 AND lead_id <> 7 ORDER BY lead_id") == before
    late = rows(store, "SELECT probability, adjustment FROM lead_scores WHERE lead_id = 10000 OR lead_id IN (1, 7)")
    assert len(set(late)) == 1, "one raw probability, one adjusted"
    assert rows(store, "SELECT COUNT(*) FROM lead_score_history") == [(N + 51,)]
    assert [row[0] for row in rows(store, LEDGER)] == [1, 1]


def test_a_night_on_which_nothing_came_in_is_empty(store: sa.Engine) -> None:
    night(store, 0, scores(1, MOVED))
    before = rows(store, "SELECT * FROM lead_scores ORDER BY lead_id")
    night(store, 1)
    assert rows(store, "SELECT * FROM lead_scores ORDER BY lead_id") == before
    assert [row[4] for row in rows(store, LEDGER)] == ["published", "empty"]


def test_a_second_publication_changes_nothing(store: sa.Engine) -> None:
    told = scores(1, MOVED)
    run = begin(store, 0)
    [chunk] = cut([told.select(*SCAN)], 100_000, "m")
    stage(store, run, chunk, Staged(Spool([told.drop("row_number", "failures")]), NOBODY, "{}"))
    pipeline = replace(QUIET, due=Spool([told.select(*SCAN)]))
    once = publish_run(store, run, pipeline, PRIOR, None)
    before = rows(store, PRESENT), rows(store, LEDGER), rows(store, "SELECT COUNT(*) FROM lead_score_history")
    assert publish_run(store, run, pipeline, PRIOR, None) == once
    assert (rows(store, PRESENT), rows(store, LEDGER), rows(store, "SELECT COUNT(*) FROM lead_score_history")) == before


def test_a_new_model_starts_from_its_own_base_rate_and_takes_the_next_number(store: sa.Engine) -> None:
    night(store, 0, scores(1, MOVED))
    done = night(store, 1, scores(1, MOVED), model="m2").base_rate
    assert done
    assert (done.before.number, done.now.number) == (0, 2)
    assert {row[3:] for row in rows(store, PRESENT)} == {(2, "model")}
    calm = night(store, 2, scores(1, STEADY), model="m3").base_rate
    assert calm
    assert calm.now.number == 0
    assert [row[1] for row in rows(store, PRESENT)] == STEADY.tolist()


@pytest.mark.parametrize("shift", ["warn", "off"])
def test_a_shift_is_only_told_or_not_looked_for(store: sa.Engine, shift: Any, caplog: pytest.LogCaptureFixture) -> None:
    done = night(store, 0, scores(1, MOVED), prior=replace(PRIOR, shift=shift)).base_rate
    assert done
    assert (done.shift is None, "has moved" in caplog.text) == (shift == "off", shift == "warn")
    assert done.only_told == (shift == "warn")
    assert [row[1] for row in rows(store, PRESENT)] == MOVED.tolist()


@pytest.mark.parametrize("shift", ["warn", "off"])
def test_an_adjustment_that_is_switched_off_is_taken_back_whole(store: sa.Engine, shift: Any) -> None:
    night(store, 0, scores(1, MOVED))
    night(store, 1, prior=replace(PRIOR, shift=shift))
    found = rows(store, PRESENT)
    assert [row[1] for row in found] == MOVED.tolist()
    assert [bool(row[2]) for row in found] == [raw >= PRIOR.cutoff.value for raw in MOVED]
    assert {row[3:] for row in found} == {(0, "base_rate")}
    assert rows(store, NEWEST) == found
    assert [row[4] for row in rows(store, LEDGER)] == ["published", "published"]
    again = night(store, 2).base_rate
    assert again
    assert again.now.number == 2, "a number is never used twice"


def test_a_backfill_is_under_the_adjustment_in_force_and_makes_none(store: sa.Engine) -> None:
    night(store, 1, scores(1, MOVED))
    before = rows(store, PRESENT)
    done = night(store, 0, scores(1, STEADY)).base_rate
    assert done
    assert (done.now.number, done.shift) == (1, None)
    past = rows(store, "SELECT probability, adjustment FROM lead_score_history WHERE backfill ORDER BY lead_id")
    assert [row[0] for row in past] == pytest.approx(adjusted(STEADY, PRIOR.odds_ratio(done.now)), rel=1e-12)
    assert {row[1] for row in past} == {1}
    assert rows(store, PRESENT) == before


def test_scores_of_two_adjustments_are_not_published(store: sa.Engine) -> None:
    night(store, 0, scores(1, MOVED))
    with writing(store) as connection:
        connection.execute(sa.text("UPDATE lead_scores SET adjustment = 0 WHERE lead_id = 3"))
    with pytest.raises(AuditFailed, match="1 scores would be of another model or base rate"):
        night(store, 1)


def test_outcomes_that_have_matured_correct_what_the_open_leads_show(store: sa.Engine) -> None:
    """The open leads look as they did in training, but of those scored before four times as many converted."""
    raw, _ = drawn(N, TRAINED, seed=4)
    won = np.random.default_rng(5).binomial(1, adjusted(raw, 4.0))
    night(store, 0, scores(1, raw))
    closed = scores(1, raw).with_columns(label=pl.Series(won, dtype=pl.Int8), closed_at=pl.lit(NIGHT + 30 * DAY))
    done = night(store, 40, scores(10_001, STEADY), gone=closed, outcomes=closed.select(OUTCOME)).base_rate
    assert done
    assert done.shift
    assert done.shift.reason == "3,000 leads with an outcome since"
    assert PRIOR.odds_ratio(done.now) == pytest.approx(4.0, rel=0.2)


@pytest.fixture
def back(store: sa.Engine) -> WriteBack:
    """Columns of the leads table in the score store itself."""
    with writing(store) as connection:
        table = sa.Table(
            "leads",
            sa.MetaData(),
            sa.Column("lead_id", sa.BigInteger, primary_key=True),
            sa.Column("is_converted", sa.Integer),
            sa.Column("updated_at", sa.DateTime),
            sa.Column("p", sa.Double),
            sa.Column("s", sa.Integer),
        )
        table.create(connection)
        connection.execute(table.insert(), [{"lead_id": i, "updated_at": NIGHT} for i in range(1, 2 * N)])
    leads = Leads(table="leads", updated_at="updated_at", id="lead_id")
    return WriteBack(open_source(store, leads, written=["p", "s"]), {"probability": "p", "score": "s"}, None)


def test_a_probability_that_is_written_back_follows(store: sa.Engine, back: WriteBack) -> None:
    night(store, 0, scores(1, STEADY[:300]), back=back)
    night(store, 1, scores(1001, MOVED), back=back)
    assert rows(store, "SELECT lead_id, p FROM leads WHERE p IS NOT NULL ORDER BY lead_id") == [
        row[:2] for row in rows(store, PRESENT)
    ]
    assert rows(store, "SELECT n_written FROM score_runs ORDER BY as_of") == [(300,), (300 + N,)]
    assert rows(store, "SELECT * FROM write_backs") == []


def test_a_score_that_is_written_back_stays(store: sa.Engine, back: WriteBack) -> None:
    only = replace(back, into={"score": "s"})
    night(store, 0, scores(1, STEADY[:300]), back=only)
    night(store, 1, scores(1001, MOVED), back=only)
    assert rows(store, "SELECT n_written FROM score_runs ORDER BY as_of") == [(300,), (N,)]


def nights(*told: tuple[int, int, int, int]) -> pl.DataFrame:
    """Day, won, lost and still open, in one bin."""
    rows = [(NIGHT + day * DAY, 0, *counts) for day, *counts in told]
    return pl.DataFrame(rows, ["as_of", "bin", "n_won", "n_lost", "n_open"], orient="row")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([], []),
        ([(0, 1, 80, 20)], []),
        ([(0, 10, 85, 5)], [0]),
        ([(0, 10, 90, 0), (7, 9, 1, 90)], [0]),  # of the latest only the quick are known
        ([(0, 10, 90, 0), (7, 0, 98, 4), (8, 10, 0, 90)], [0, 7]),
        ([(0, 10, 90, 0), (100, 10, 90, 0), (150, 10, 90, 0)], [100, 150]),
    ],
)
def test_outcomes_count_where_slow_ones_are_known_too(told: list[tuple[int, int, int, int]], kept: list[int]) -> None:
    frame = nights(*told) if told else nights((0, 0, 0, 0)).clear()
    assert matured(frame)["as_of"].to_list() == [NIGHT + day * DAY for day in kept]


def test_a_model_that_scored_no_lead_first_has_no_history_read_for_it(store: sa.Engine) -> None:
    """What another model scored is not looked through, however many leads it scored."""
    columns = "lead_id, probability, raw_probability, score, grade, will_convert, reasons, model_version, rules_version"
    score = f"""0.25, 0.25, 50, 'C', FALSE, '{{"for": "{"x" * 500}"}}', 'm', 'r'"""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
    first, second, *_ = (begin(store, day, model) for day, model in enumerate(("old", "m", "m", "m", "m")))
    with writing(store) as connection:
        for run_id, cause in ((first.run_id, "new"), (second.run_id, "model")):
            connection.exec_driver_sql(
                f"INSERT INTO lead_score_history ({columns}, run_id, scored_at, change_cause) "
                f"{numbers} SELECT i, {score}, '{run_id}', CURRENT_TIMESTAMP, '{cause}' FROM n"
            )
        for table in ("lead_score_history", "score_runs"):
            connection.exec_driver_sql(f"ANALYZE {table}")
        explain = "EXPLAIN QUERY PLAN " if store.dialect.name == "sqlite" else "EXPLAIN "
        query = sa.text(explain + statement("outcomes_by_bin", store.dialect.name))
        plan = "\n".join(str(row) for row in connection.execute(query, {"edges": "[0, 0.5]", "model_version": "m"}))
    by_run = {"sqlite": "(run_id=?)", "postgresql": "Index Cond: (run_id = run.run_id)"}
    assert "lead_score_history_first" in plan
    assert by_run[store.dialect.name] in plan
    assert "Seq Scan on lead_score_history" not in plan


def test_the_sales_queue_holds_the_best_of_those_that_can_be_called(store: sa.Engine) -> None:
    """Of ten leads that are expected to convert three can be called; without such a policy all are in the queue."""
    raw = np.append(np.linspace(0.9, 0.99, 10), 0.001)
    night(store, 0, scores(0, raw), replace(PRIOR, shift="off"))
    assert rows(store, "SELECT COUNT(*) FROM sales_queue") == [(10,)]
    week = CutoffSettings(policy="capacity", calls_per_week=3)
    three = replace(PRIOR, shift="off", cutoff=choose_cutoff(CURVE, week, leads_per_week=100, seed=1))
    night(store, 1, None, three)
    assert rows(store, "SELECT lead_id FROM sales_queue ORDER BY rank") == [(9,), (8,), (7,)]
