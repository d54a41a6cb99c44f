"""What a publication takes beside the scores: snapshots of new leads, and stale scores that nobody could renew."""

import json
from datetime import datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.due import OUTCOME
from leadscore.models.curve import Curve
from leadscore.models.cutoff import choose_cutoff
from leadscore.models.prior_shift import Prior
from leadscore.pipeline import Pipeline, Slice, Slices, cut
from leadscore.sections import CutoffSettings
from leadscore.spool import Spool
from leadscore.store.engine import reading, writing
from leadscore.store.publish import Published, publish
from leadscore.store.queries import execute, statement
from leadscore.store.runs import Run, begin_run
from leadscore.store.snapshots import matured
from leadscore.store.staging import Staged, keep_staged, stage
from leadscore.store.told import told_night

NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
CURVE = Curve(values=(0.25,), won=(1,), lost=(9,))
PRIOR = Prior(0.1, CURVE, choose_cutoff(CURVE, CutoffSettings(), seed=1), "adjust", 1.25)
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
SCORE = {
    "probability": 0.25,
    "raw_probability": 0.25,
    "score": 50,
    "grade": "C",
    "will_convert": False,
    "reasons": "{}",
}
EARLY = '{"country": "Österreich", "budget \\"asked\\"": 0.1, "owner": null}'
LATE = '{"country": "Austria", "budget \\"asked\\"": 1.0, "owner": "kim"}'


def begin(store: sa.Engine, day: int) -> Run:
    moment = NIGHT + day * DAY
    return begin_run(store, as_of=moment, full=False, model_version="m", rules_version="r", now=NIGHT + 9 * DAY)


def due(*ids: int, late: int | None = None) -> pl.DataFrame:
    rows = [{"row_number": i, "lead_id": i, "lead_updated_at": NIGHT, "first": True, "late": late} for i in ids]
    return pl.DataFrame(rows, schema=SCAN)


def chunk_of(leads: pl.DataFrame) -> Slice:
    [chunk] = cut([leads], 100, "m")
    return chunk


def put(store: sa.Engine, run: Run, leads: pl.DataFrame, inputs: str | None, missed: tuple[int, ...] = ()) -> None:
    """Stage the chunk of ``leads``, but for those that were ``missed``."""
    read = leads.filter(~pl.col("lead_id").is_in(missed)).drop("row_number")
    scores = read.with_columns(pl.lit(cell).alias(name) for name, cell in SCORE.items())
    told = Spool([scores.with_columns(inputs=pl.lit(inputs, pl.String))])
    stage(store, run, chunk_of(leads), Staged(told, NOBODY, "{}"))


def publish_all(store: sa.Engine, run: Run, leads: pl.DataFrame) -> Published:
    pipeline = Pipeline(
        n_in_source=leads.height,
        n_open=leads.height,
        due=Spool([leads]),
        rescored_late=leads.filter(pl.col("late").is_not_null()).select("lead_id"),
        bad_keys=NOBODY,
        gone=NOBODY,
        settled=NOBODY.select("row_number").with_columns(run_id=pl.lit("")),
        outcomes=NOBODY.select(OUTCOME),
        replaced=NOBODY,
        reopened=NOBODY,
        vanished=NOBODY,
        newest=None,
    )
    return publish(store, run, pipeline, prior=PRIOR, max_mean_shift=10, back=None, now=NIGHT, n_queue=5)


def taken(store: sa.Engine) -> list[tuple[int, str]]:
    """By whom the snapshots were taken, by lead."""
    table = sa.Table("lead_snapshots", sa.MetaData(), autoload_with=store)
    with reading(store) as connection:
        rows = connection.execute(sa.select(table.c.lead_id, table.c.run_id).order_by(table.c.lead_id))
        return [tuple(row) for row in rows]


def inputs(store: sa.Engine) -> dict[int, object]:
    found = matured(store, pl.Series([1, 2, 3]))
    return {lead: json.loads(text) for lead, text in found.rows()}


def test_the_inputs_of_a_first_scoring_are_kept_and_stay_as_they_are(store: sa.Engine) -> None:
    first = begin(store, 0)
    put(store, first, due(1, 2), EARLY)
    assert taken(store) == [], "what is staged is not published"
    publish_all(store, first, due(1, 2))
    second = begin(store, 1)
    put(store, second, due(1, 3), LATE)
    publish_all(store, second, due(1, 3))
    assert taken(store) == [(1, first.run_id), (2, first.run_id), (3, second.run_id)]
    assert inputs(store) == {1: json.loads(EARLY), 2: json.loads(EARLY), 3: json.loads(LATE)}


def test_what_the_report_needs_is_read_before_the_commit_and_is_what_the_store_tells_after_it(store: sa.Engine) -> None:
    run = begin(store, 0)
    put(store, run, due(1, 2), EARLY)
    before, after = publish_all(store, run, due(1, 2)).told, told_night(store, 5)
    assert before
    assert before.night
    assert (before.night.run_id, before.n_queue) == (run.run_id, after.n_queue)
    for name, found in vars(after).items():
        same = vars(before)[name]
        assert same.equals(found) if isinstance(found, pl.DataFrame) else same == found, name


def test_a_night_is_published_though_its_report_cannot_be_read(store: sa.Engine) -> None:
    run = begin(store, 0)
    put(store, run, due(1, 2), EARLY)
    with store.begin() as connection:
        connection.execute(sa.text("DROP VIEW conversion_by_grade"))
    done = publish_all(store, run, due(1, 2))
    assert (done.n_scored, done.told) == (2, None)
    with reading(store) as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM lead_scores")).scalar() == 2


def test_a_lead_that_was_scored_before_leaves_no_inputs(store: sa.Engine) -> None:
    run = begin(store, 0)
    put(store, run, due(1), None)
    publish_all(store, run, due(1))
    assert taken(store) == []


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)  # SQLite looks each staged lead up anyway
def test_a_night_with_few_changes_does_not_read_every_present_score(store: sa.Engine) -> None:
    columns = "lead_id, probability, raw_probability, score, grade, will_convert, reasons, model_version, rules_version"
    score = "0.25, 0.25, 50, 'C', FALSE, json_build_object('for', repeat('x', 500)), 'm', 'r'"
    with writing(store) as connection:
        connection.exec_driver_sql(
            f"INSERT INTO lead_scores ({columns}, run_id, scored_at, change_cause) "
            f"SELECT i, {score}, 'before', now(), 'new' FROM generate_series(1, 30000) AS i"
        )
        connection.exec_driver_sql("ANALYZE lead_scores")
        connection.exec_driver_sql(
            f"INSERT INTO staged_scores ({columns}, chunk, scored_at) "
            f"SELECT i * 100, {score}, 'c', now() FROM generate_series(1, 300) AS i"
        )
        execute(connection, "count_staged")
        explained = sa.text("EXPLAIN " + statement("append_history", "postgresql"))
        plan = "\n".join(connection.scalars(explained, {"run_id": "now", "adjustment": 0}))
    assert "Seq Scan on staged_scores" in plan
    assert "Seq Scan on lead_scores" not in plan


def test_scores_without_a_column_of_inputs_are_published(store: sa.Engine) -> None:
    run = begin(store, 0)
    scores = due(1).with_columns(pl.lit(cell).alias(name) for name, cell in SCORE.items())
    stage(store, run, chunk_of(due(1)), Staged(Spool([scores]), NOBODY, "{}"))
    assert publish_all(store, run, due(1)).n_scored == 1


def test_a_backfill_takes_no_snapshots(store: sa.Engine) -> None:
    publish_all(store, begin(store, 1), due())
    past = begin(store, 0)
    assert past.scope == "backfill"
    put(store, past, due(1), EARLY)
    assert publish_all(store, past, due(1)).n_scored == 1
    assert taken(store) == []


def test_what_a_killed_run_staged_brings_its_inputs_along(store: sa.Engine) -> None:
    put(store, begin(store, 0), due(1, 2), EARLY)
    taking_over = begin(store, 1)
    assert keep_staged(store, taking_over, Slices.of([chunk_of(due(1, 2))]).sizes) == {chunk_of(due(1, 2)).chunk}
    publish_all(store, taking_over, due(1, 2))
    assert taken(store) == [(1, taking_over.run_id), (2, taking_over.run_id)]


@pytest.mark.parametrize("other", [{"first": False}, {"late": 7}], ids=str)
def test_a_chunk_with_other_inputs_or_another_history_is_not_taken_up(store: sa.Engine, other: dict[str, int]) -> None:
    put(store, begin(store, 0), due(1, 2), EARLY)
    changed = due(1, 2).with_columns(pl.lit(value, SCAN[name]).alias(name) for name, value in other.items())
    assert keep_staged(store, begin(store, 1), Slices.of([chunk_of(changed)]).sizes) == set()


def test_a_score_that_late_news_made_stale_leaves_if_the_lead_was_missed(store: sa.Engine) -> None:
    first = begin(store, 0)
    put(store, first, due(1, 2, 3), EARLY)
    publish_all(store, first, due(1, 2, 3))
    second = begin(store, 1)
    leads = pl.concat([due(1, 2, late=7), due(3)])
    put(store, second, leads, None, missed=(2, 3))
    assert publish_all(store, second, leads).n_removed == 1
    table = sa.Table("lead_scores", sa.MetaData(), autoload_with=store)
    with reading(store) as connection:
        assert sorted(connection.scalars(sa.select(table.c.lead_id))) == [1, 3]
    assert [lead for lead, _ in taken(store)] == [1, 2, 3]
