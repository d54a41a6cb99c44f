"""What the ledger of the runs promises: taken up where it was, accepted, backfilled, corrected by people."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.score import score
from leadscore.errors import BatchRefused
from leadscore.settings import load_settings
from leadscore.store import publish as store
from leadscore.store.published import accept_run

Sql = Callable[..., list[tuple[Any, ...]]]
Tables = Callable[[], dict[str, list[tuple[Any, ...]]]]

NIGHT = datetime(2026, 1, 1)
DAY = timedelta(days=1)
OPEN = "is_converted IS NULL"


class Interrupted(BaseException):
    """Stands for a kill (the real ones are in tests/acceptance): nothing of ours catches it."""


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Run the night up to the publication, which it does not reach."""

    def run(as_of: datetime) -> None:
        def stop(*_args: Any, **_kwargs: Any) -> None:
            raise Interrupted

        with monkeypatch.context() as patch:
            patch.setattr(store, "publish", stop)
            with pytest.raises(Interrupted):
                score(as_of=as_of)

    return run


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "later",
    [pytest.param(NIGHT, id="the same key"), pytest.param(NIGHT + DAY, id="another key", marks=pytest.mark.acceptance)],
)
def test_an_interrupted_run_is_taken_up_without_scoring_its_chunks_again(
    trained: Path,
    sql: Sql,
    later: datetime,
    interrupted: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("LEADSCORE_SCORING__CHUNK_ROWS", "500")
    interrupted(NIGHT)
    staged = sql("SELECT lead_id, probability, scored_at FROM staged_scores ORDER BY lead_id")
    [(changed,)] = sql(f"SELECT MAX(lead_id) FROM leads WHERE {OPEN}")
    sql("UPDATE leads SET bant_submit = 1, updated_at = '2026-01-01 09:00' WHERE lead_id = ?", changed)
    with caplog.at_level(logging.INFO, "leadscore"):
        score(as_of=later)
    assert "2 of 3 chunks are staged already" in caplog.text
    published = sql("SELECT lead_id, probability, scored_at FROM lead_scores ORDER BY lead_id")
    again = [row for row in published if row not in staged]
    assert 300 < len(again) < 343
    assert again == published[-len(again) :]
    assert changed in {row[0] for row in again}
    assert sql("SELECT COUNT(*) FROM staged_chunks") == [(0,)]


def whole_pipeline_moves(sql: Sql) -> None:
    """A change of the source that no single row shows to be wrong: every open lead looks like a winner."""
    sql(f"UPDATE leads SET bant_submit = 1, lead_desc_length = 3, updated_at = '2026-01-01 09:00' WHERE {OPEN}")


def test_scores_that_all_move_are_refused_until_a_person_accepts_them(
    first_night: Path, sql: Sql, tables: Tables
) -> None:
    before = tables()
    whole_pipeline_moves(sql)
    with pytest.raises(BatchRefused, match=r"mean score of 1,3\d\d leads .* \(limit 10\)") as refused:
        score(as_of=NIGHT + DAY)
    after = tables()
    assert {name: after[name] for name in before if "staged" not in name} == {
        name: rows for name, rows in before.items() if "staged" not in name
    }
    [(run_id, error)] = sql("SELECT run_id, error FROM score_runs WHERE status = 'refused'")
    assert f"leadscore score --accept {run_id}" in str(refused.value)
    assert error == str(refused.value)
    as_of, full = accept_run(load_settings().database.url, run_id, "ada")
    score(as_of=as_of, full=full)
    [(n_scored,)] = sql("SELECT COUNT(*) FROM lead_scores")
    assert sql("SELECT status, accepted_by, n_scored FROM score_runs WHERE run_id = ?", run_id) == [
        ("published", "ada", n_scored)
    ]
    [(moved,)] = sql("SELECT AVG(score - previous_score) FROM lead_scores WHERE change_cause = 'lead'")
    assert moved > 10


@pytest.mark.acceptance
def test_a_limit_on_the_batch_can_be_overruled_too(first_night: Path, sql: Sql) -> None:
    sql("DELETE FROM leads WHERE lead_id % 3 <> 0")
    with pytest.raises(BatchRefused, match="leads in the source"):
        score(as_of=NIGHT + DAY)
    [(run_id,)] = sql("SELECT run_id FROM score_runs WHERE status = 'refused'")
    as_of, full = accept_run(load_settings().database.url, run_id, "ada")
    score(as_of=as_of, full=full)
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE lead_id % 3 <> 0") == [(0,)]


def test_a_moment_in_the_past_adds_marked_history_and_touches_nothing_else(
    first_night: Path, sql: Sql, tables: Tables
) -> None:
    before = tables()
    then = NIGHT - 30 * DAY
    score(as_of=then)
    after = tables()
    assert {name: rows for name, rows in after.items() if name != "lead_score_history"} == {
        name: rows for name, rows in before.items() if name != "lead_score_history"
    }
    open_then = sql(
        "SELECT lead_id FROM leads WHERE created_at <= ? AND (is_converted IS NULL OR closed_at > ?) ORDER BY 1",
        *(f"{then:%Y-%m-%d %H:%M:%S.%f}",) * 2,
    )
    [(run_id, status, n_pulled, n_removed)] = sql(
        "SELECT run_id, status, n_pulled, n_removed FROM score_runs WHERE scope = 'backfill'"
    )
    assert (status, n_pulled, n_removed) == ("published", len(open_then), 0)
    marked = sql("SELECT lead_id FROM lead_score_history WHERE run_id = ? AND backfill ORDER BY 1", run_id)
    assert set(marked) <= set(open_then)
    assert len(marked) >= len(open_then) - 4  # some leads of the example are quarantined
    assert sql("SELECT COUNT(*) FROM lead_score_history WHERE backfill") == [(len(marked),)]
    assert sql("SELECT COUNT(*) FROM score_changes WHERE run_id = ?", run_id) == [(0,)]
    score(as_of=then)
    assert tables() == after


def test_a_persons_grade_survives_rescoring_and_expires_on_time(first_night: Path, sql: Sql) -> None:
    [(kept,), (expired,)] = sql("SELECT lead_id FROM lead_scores WHERE grade = 'D' ORDER BY probability LIMIT 2")
    mine = 'INSERT INTO score_overrides (lead_id, grade, note, "by", expires_at) VALUES (?, ?, ?, ?, ?)'
    sql(mine, kept, "A", "met at the fair", "ada", None)
    sql(mine, expired, "A", "until yesterday", "ada", f"{datetime.now() - 2 * DAY:%Y-%m-%d %H:%M:%S.%f}")
    sql("UPDATE leads SET bant_submit = 0.25, updated_at = '2026-01-01 09:00' WHERE lead_id = ?", kept)
    score(as_of=NIGHT + DAY)
    score(as_of=NIGHT + 2 * DAY, full=True)
    shown = "SELECT grade, overridden, override_note FROM scored_leads WHERE lead_id = ?"
    assert [(grade, bool(by_hand), note) for grade, by_hand, note in sql(shown, kept)] == [
        ("A", True, "met at the fair")
    ]
    assert [(grade, bool(by_hand)) for grade, by_hand, _ in sql(shown, expired)] == [("D", False)]
    assert sql("SELECT COUNT(*) FROM sales_queue WHERE lead_id = ?", kept) == [(1,)]
    assert sql("SELECT grade FROM lead_scores WHERE lead_id = ?", kept) == [("D",)]
