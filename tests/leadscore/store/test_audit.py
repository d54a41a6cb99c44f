"""What is staged and what the audit makes of it, on both databases."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.errors import AlreadyRunning, AuditFailed, BatchRefused
from leadscore.models.curve import Curve
from leadscore.models.cutoff import choose_cutoff
from leadscore.models.prior_shift import Prior
from leadscore.pipeline import Pipeline, Slice, Slices, cut
from leadscore.sections import CutoffSettings
from leadscore.spool import Spool
from leadscore.store.audit import audit
from leadscore.store.engine import writing
from leadscore.store.publish import publish
from leadscore.store.runs import Run, accept, begin_run, closing_on_error
from leadscore.store.staging import Staged, keep_staged, stage, staged_counts

NIGHT = datetime(2026, 1, 1)
CURVE = Curve(values=(0.25,), won=(1,), lost=(9,))
PRIOR = Prior(0.1, CURVE, choose_cutoff(CURVE, CutoffSettings(), seed=1), "adjust", 1.25)
LIVES = {"lead_id": pl.Int64, "account_id": pl.String, "owner_id": pl.String, "lead_updated_at": pl.Datetime("us")}
NOBODY = pl.DataFrame(schema={"row_number": pl.Int64, "failures": pl.String, "row_hash": pl.String, **LIVES})


@pytest.fixture
def run(store: sa.Engine) -> Run:
    return begin(store, NIGHT)


def begin(store: sa.Engine, as_of: datetime) -> Run:
    return begin_run(store, as_of=as_of, full=True, model_version="m1", rules_version="r1", now=datetime(2026, 1, 9))


def due(n: int) -> pl.DataFrame:
    """The lives of ``n`` leads that are due."""
    return pl.DataFrame({"lead_id": pl.int_range(1, n + 1, eager=True)}).with_columns(
        row_number=pl.col("lead_id"),
        account_id=pl.lit(None, pl.String),
        owner_id=pl.lit("kim"),
        lead_updated_at=pl.lit(NIGHT),
        row_hash=pl.lit(None, pl.String),
        first=pl.lit(True),
        late=pl.lit(None, pl.UInt64),
    )


def scored(leads: pl.DataFrame, **cells: Any) -> pl.DataFrame:
    """Scores of ``leads``, as `leadscore.scoring.score` returns them."""
    usual = {"probability": 0.25, "raw_probability": 0.25, "score": 50, "grade": "C", "will_convert": False}
    texts = {"reasons": '{"for":[],"against":[]}'}
    return leads.drop("row_number").with_columns(
        pl.lit(value).alias(name) for name, value in (usual | texts | cells).items()
    )


def pipeline(leads: pl.DataFrame) -> Pipeline:
    nobody = leads.clear()
    outcomes = nobody.select("lead_id", "account_id", "owner_id").with_columns(
        pl.lit(None, pl.Datetime("us")).alias("created_at"),
        pl.lit(None, pl.Datetime("us")).alias("closed_at"),
        pl.lit(None, pl.Int8).alias("label"),
    )
    return Pipeline(
        n_in_source=leads.height,
        n_open=leads.height,
        due=Spool([leads]),
        rescored_late=leads.filter(pl.col("late").is_not_null()).select("lead_id"),
        bad_keys=nobody,
        gone=nobody,
        settled=nobody.select("row_number").with_columns(run_id=pl.lit("")),
        outcomes=outcomes,
        replaced=nobody.select("lead_id", "account_id"),
        reopened=nobody.select("lead_id"),
        vanished=nobody.select("lead_id"),
        newest=None,
    )


def staged(store: sa.Engine, run: Run, leads: pl.DataFrame, **cells: Any) -> Slice:
    [chunk] = cut([leads], 10_000, "m1")
    stage(store, run, chunk, Staged(Spool([scored(leads, **cells)]), NOBODY, '{"n_leads": 3}'))
    return chunk


def judge(store: sa.Engine, run: Run, leads: pl.DataFrame, limit: float = 10) -> None:
    with writing(store) as connection:
        found = audit(connection, run, pipeline(leads), limit)
    assert (found.n_pulled, found.n_scored, found.n_quarantined) == (leads.height, leads.height, 0)


def publish_all(store: sa.Engine, run: Run, leads: pl.DataFrame) -> None:
    publish(store, run, pipeline(leads), prior=PRIOR, max_mean_shift=10, back=None, now=NIGHT)


def test_a_chunk_is_staged_once_and_as_a_whole(store: sa.Engine, run: Run) -> None:
    leads = due(3)
    chunk = staged(store, run, leads)
    staged(store, run, leads, score=99)
    assert [str(counts).replace(" ", "") for counts in staged_counts(store)] == ['{"n_leads":3}']
    assert keep_staged(store, run, Slices.of([chunk]).sizes) == {chunk.chunk}
    judge(store, run, leads)


def test_chunks_that_nobody_wants_any_more_are_dropped(store: sa.Engine, run: Run) -> None:
    staged(store, run, due(3))
    assert keep_staged(store, run, Slices.of(cut([due(4)], 10_000, "m1")).sizes) == set()
    assert staged_counts(store) == []
    judge(store, run, due(0))


def test_a_chunk_that_lacks_a_lead_is_not_gone_on_from(store: sa.Engine, run: Run) -> None:
    [chunk] = cut([due(3)], 10_000, "m1")
    stage(store, run, chunk, Staged(Spool([scored(due(2))]), NOBODY, "{}"))
    assert keep_staged(store, run, Slices.of([chunk]).sizes) == set()


@pytest.mark.parametrize("day", [1, 2], ids=["the same key", "another key"])
def test_what_a_killed_run_staged_is_there_for_the_next(store: sa.Engine, run: Run, day: int) -> None:
    staged(store, run, due(3))
    begin(store, datetime(2026, 1, day))
    assert len(staged_counts(store)) == 1


@pytest.mark.parametrize("day", [1, 2], ids=["the same key", "another key"])
def test_what_was_refused_is_scored_anew(store: sa.Engine, run: Run, day: int) -> None:
    staged(store, run, due(3))
    refuse(store, run)
    begin(store, datetime(2026, 1, day))
    assert staged_counts(store) == []


def test_what_a_person_accepted_is_published_as_it_was(store: sa.Engine, run: Run) -> None:
    staged(store, run, due(3))
    refuse(store, run)
    accept(store, run.run_id, "ada")
    assert begin(store, NIGHT).accepted_by == "ada"
    assert len(staged_counts(store)) == 1


def refuse(store: sa.Engine, run: Run) -> None:
    with pytest.raises(BatchRefused), closing_on_error(store, run):
        raise BatchRefused("bad", "look.")


def test_a_run_that_was_overtaken_stages_nothing(store: sa.Engine, run: Run) -> None:
    begin(store, NIGHT)
    with pytest.raises(AlreadyRunning):
        staged(store, run, due(3))
    assert staged_counts(store) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"probability": None},
        {"probability": float("nan")},
        {"probability": 1.01},
        {"raw_probability": -0.01},
        {"score": 0},
        {"score": 100},
        {"score": None},
        {"grade": "E"},
        {"grade": None},
        {"will_convert": None},
        {"reasons": None},
    ],
    ids=str,
)
def test_what_can_be_no_score_is_not_published(store: sa.Engine, run: Run, wrong: dict[str, Any]) -> None:
    staged(store, run, due(2), **wrong)
    with pytest.raises(AuditFailed, match="2 staged scores are null or out of range"):
        judge(store, run, due(2))


def test_leads_that_were_not_due_are_not_published(store: sa.Engine, run: Run) -> None:
    staged(store, run, due(3))
    with pytest.raises(AuditFailed, match="1 staged scores are of leads that were not due"):
        judge(store, run, due(2))


def test_the_counts_have_to_add_up(store: sa.Engine, run: Run) -> None:
    staged(store, run, due(3))
    table = sa.Table("staged_scores", sa.MetaData(), autoload_with=store)
    with writing(store) as connection:
        connection.execute(sa.delete(table).where(table.c.lead_id == 2))
    with pytest.raises(AuditFailed, match="3 leads were pulled, but 2 scored and 0 quarantined"):
        judge(store, run, due(3))


@pytest.mark.parametrize(
    ("n", "score", "told"), [(1000, 61, "50.0 to 61.0"), (1000, 60, None), (1000, 39, "50.0 to 39.0"), (999, 99, None)]
)
def test_a_mean_score_that_moves_too_far_is_refused(
    store: sa.Engine, run: Run, n: int, score: int, told: str | None
) -> None:
    leads = due(n)
    staged(store, run, leads)
    publish_all(store, run, leads)
    again = begin(store, datetime(2026, 1, 2))
    staged(store, again, leads, score=score)
    if told is None:
        judge(store, again, leads)
        return
    with pytest.raises(BatchRefused, match=told):
        judge(store, again, leads)
    judge(store, replace(again, accepted_by="ada"), leads)


def test_a_second_publication_of_a_run_changes_nothing_and_says_the_same(store: sa.Engine, run: Run) -> None:
    leads = due(3)
    staged(store, run, leads)
    first = publish(store, run, pipeline(leads), prior=PRIOR, max_mean_shift=10, back=None, now=NIGHT)
    again = publish(store, run, pipeline(due(9)), prior=PRIOR, max_mean_shift=10, back=None, now=NIGHT)
    assert first == again
    assert (first.n_scored, first.n_removed) == (3, 0)
