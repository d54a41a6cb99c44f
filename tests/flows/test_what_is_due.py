"""What is due and what leaves, by comparison: whatever clocks, transactions and people do to the source."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.score import score
from leadscore.settings import load_settings

Sql = Callable[..., list[tuple[Any, ...]]]

NIGHT = datetime(2026, 1, 1)
DAY = timedelta(days=1)
OPEN = "is_converted IS NULL"


def pulled(sql: Sql, as_of: datetime) -> int:
    """How many leads the next night reads whole."""
    score(as_of=as_of)
    [(n,)] = sql("SELECT n_pulled FROM score_runs WHERE as_of = ?", f"{as_of:%Y-%m-%d %H:%M:%S.%f}")
    return int(n)


def test_a_lead_that_is_committed_late_with_an_old_time_is_due(first_night: Path, sql: Sql) -> None:
    sql("CREATE TABLE late AS SELECT * FROM leads WHERE lead_id = (SELECT MIN(lead_id) FROM lead_scores)")
    sql("UPDATE late SET lead_id = 1000000, updated_at = '2024-06-01 00:00:00.000000'")
    sql("INSERT INTO leads SELECT * FROM late")
    assert pulled(sql, NIGHT + DAY) == 1
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE lead_id = 1000000") == [(1,)]


@pytest.mark.acceptance
def test_times_that_tie_or_go_back_or_lie_ahead_are_changes_once(first_night: Path, sql: Sql) -> None:
    ids = ", ".join(str(row[0]) for row in sql("SELECT lead_id FROM lead_scores ORDER BY lead_id LIMIT 9"))
    sql(f"UPDATE leads SET updated_at = '2026-01-01 07:00:00.000001' WHERE lead_id IN ({ids})")
    assert pulled(sql, NIGHT + DAY) == 9
    assert pulled(sql, NIGHT + 2 * DAY) == 0
    sql(f"UPDATE leads SET updated_at = '2025-06-01 07:00:00.000000' WHERE lead_id IN ({ids})")
    assert pulled(sql, NIGHT + 3 * DAY) == 9
    sql(f"UPDATE leads SET updated_at = '2031-01-01 07:00:00.000000' WHERE lead_id IN ({ids})")
    assert pulled(sql, NIGHT + 4 * DAY) == 9
    assert pulled(sql, NIGHT + 5 * DAY) == 0


@pytest.mark.acceptance
def test_the_same_moment_written_with_another_offset_is_no_change(trained: Path, sql: Sql) -> None:
    sql(f"UPDATE leads SET updated_at = '2026-01-01 07:00:00.000000' WHERE {OPEN}")
    assert pulled(sql, NIGHT) > 1000
    if load_settings().database.url.startswith("sqlite"):
        sql(f"UPDATE leads SET updated_at = '2026-01-01T09:00:00+02:00' WHERE {OPEN}")
    else:
        sql("ALTER TABLE leads ALTER COLUMN updated_at TYPE timestamptz USING updated_at AT TIME ZONE 'UTC'")
    assert pulled(sql, NIGHT + DAY) == 0


def test_a_label_that_is_corrected_reaches_the_outcomes(first_night: Path, sql: Sql) -> None:
    [(lead,)] = sql("SELECT MIN(lead_id) FROM lead_outcomes WHERE label = 0")
    sql("UPDATE leads SET is_converted = 1 WHERE lead_id = ?", lead)
    assert pulled(sql, NIGHT + DAY) == 0
    assert sql("SELECT label FROM lead_outcomes WHERE lead_id = ?", lead) == [(1,)]


@pytest.mark.parametrize("label", ["1", pytest.param("0", marks=pytest.mark.acceptance)])
def test_a_lead_that_closes_leaves_the_scores_and_one_that_reopens_comes_back(
    first_night: Path, sql: Sql, label: str
) -> None:
    [(lead,)] = sql("SELECT MAX(lead_id) FROM lead_scores")
    sql(f"UPDATE leads SET is_converted = {label}, closed_at = '2026-01-01 08:00' WHERE lead_id = ?", lead)
    assert pulled(sql, NIGHT + DAY) == 0
    assert sql("SELECT label FROM lead_outcomes WHERE lead_id = ?", lead) == [(int(label),)]
    sql("UPDATE leads SET is_converted = NULL, closed_at = NULL WHERE lead_id = ?", lead)
    assert pulled(sql, NIGHT + 2 * DAY) == 1
    assert sql("SELECT COUNT(*) FROM lead_outcomes WHERE lead_id = ?", lead) == [(0,)]
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE lead_id = ?", lead) == [(1,)]
    assert sql("SELECT COUNT(*) FROM lead_score_history WHERE lead_id = ?", lead) == [(2,)]
