"""A base rate that moves between two nights: the second night's scores follow, all of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.score import score

Sql = Callable[..., list[tuple[Any, ...]]]
Tables = Callable[[], dict[str, list[tuple[Any, ...]]]]

NIGHT = datetime(2026, 1, 1)
DAY = timedelta(days=1)
TWINS = 100_000  # no lead has a number above
SHIFT = "LEADSCORE_CUTOFF__SHIFT"
ADJUSTMENTS = "SELECT adjustment, change_cause, COUNT(*) FROM lead_scores GROUP BY 1, 2"


def move(sql: Sql) -> None:
    """Five twins come in of each open lead that will convert: then a third of all open leads will."""
    for i in range(1, 6):
        sql(
            f"CREATE TABLE twins AS SELECT * FROM leads WHERE is_converted IS NULL AND lead_id < {TWINS} "
            "AND lead_id IN (SELECT lead_id FROM withheld_outcomes WHERE converted = 1)"
        )
        sql(f"UPDATE twins SET lead_id = lead_id + {i * TWINS}")
        sql("INSERT INTO leads SELECT * FROM twins")
        sql("DROP TABLE twins")


def test_every_score_follows_in_the_night_that_finds_out(first_night: Path, sql: Sql, tables: Tables) -> None:
    [(n_before,)] = sql("SELECT COUNT(*) FROM lead_scores")
    assert sql(ADJUSTMENTS) == [(0, "new", n_before)]
    move(sql)
    told = dict(score(as_of=NIGHT + DAY).facts)
    [(number, base_rate, cutoff)] = sql("SELECT adjustment, base_rate, cutoff FROM score_runs WHERE adjustment > 0")
    assert number == 1
    assert told["base rate"].startswith("Open leads look more likely to convert than in training; every probability")
    assert f"Assumed: {base_rate:.1%} (" in told["base rate"]
    assert f" before) will convert, cutoff {cutoff:.3f}" in told["base rate"]
    [(n_after,)] = sql("SELECT COUNT(*) FROM lead_scores")
    assert sorted(sql(ADJUSTMENTS)) == [(1, "base_rate", n_before), (1, "new", n_after - n_before)]
    rows = sql("SELECT raw_probability, probability, will_convert FROM lead_scores")
    for raw, probability, will_convert in rows:
        assert 0 < raw < probability < 1
        assert bool(will_convert) == (probability >= cutoff)
    assert sql("SELECT COUNT(*) FROM score_changes WHERE change_cause = 'base_rate' AND moved = 0") == [(n_before,)]
    assert sql("SELECT COUNT(*) FROM lead_score_history") == [(n_before + n_after,)]
    before = tables()
    score(as_of=NIGHT + DAY)
    score(as_of=NIGHT + 2 * DAY)
    assert tables() == before


@pytest.mark.acceptance
def test_a_full_night_under_an_adjustment_changes_nothing_else(trained: Path, sql: Sql, tables: Tables) -> None:
    move(sql)
    score(as_of=NIGHT)
    present = "SELECT lead_id, probability, will_convert, adjustment, change_cause FROM lead_scores ORDER BY lead_id"
    before, history = sql(present), tables()["lead_score_history"]
    assert {row[3:] for row in before} == {(1, "new")}
    score(as_of=NIGHT + DAY, full=True)
    assert sql(present) == before
    assert tables()["lead_score_history"] == history


def test_one_that_is_only_to_be_told_is_told(trained: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHIFT, "warn")
    move(sql)
    told = dict(score(as_of=NIGHT).facts)["base rate"]
    assert told.startswith(
        "Open leads look more likely to convert than in training; [cutoff] shift wants no adjustment."
    )
    assert told.endswith("open leads.")
    assert {row[0] for row in sql(ADJUSTMENTS)} == {0}


@pytest.mark.acceptance
def test_an_adjustment_that_is_switched_off_leaves_the_models_own_probabilities(
    trained: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    move(sql)
    score(as_of=NIGHT)
    assert {row[0] for row in sql(ADJUSTMENTS)} == {1}
    monkeypatch.setenv(SHIFT, "off")
    score(as_of=NIGHT + DAY)
    assert {row[:2] for row in sql(ADJUSTMENTS)} == {(0, "base_rate")}
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE probability <> raw_probability") == [(0,)]
