"""A normal week, and weeks that are not, on the example leads."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.score import score
from leadscore.sample.demo import judge_published, load_example
from leadscore.settings import load_settings

Sql = Callable[..., list[tuple[Any, ...]]]

NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
BREACHED = "SELECT DISTINCT name, feature FROM monitoring WHERE breached"
TIME = "%Y-%m-%d %H:%M:%S"


def breaches(sql: Sql) -> set[tuple[str, str]]:
    return {(name, feature) for name, feature in sql(BREACHED)}


def arrive(sql: Sql, before: datetime) -> None:
    """The leads that came in before a moment."""
    sql("INSERT INTO leads SELECT * FROM arriving WHERE created_at < ?", f"{before:{TIME}}")
    sql("DELETE FROM arriving WHERE created_at < ?", f"{before:{TIME}}")


@pytest.mark.acceptance
def test_a_normal_week_is_silent(trained: Path, sql: Sql) -> None:
    week = NIGHT - 7 * DAY
    sql("CREATE TABLE arriving AS SELECT * FROM leads WHERE created_at >= ?", f"{week:{TIME}}")
    sql("DELETE FROM leads WHERE created_at >= ?", f"{week:{TIME}}")
    [(waiting,)] = sql("SELECT COUNT(*) FROM arriving")
    assert waiting > 20
    for day in range(8):
        arrive(sql, week + day * DAY)
        sql(
            "UPDATE leads SET updated_at = ? WHERE is_converted IS NULL AND lead_id % 31 = ?",
            f"{week + day * DAY:{TIME}}",
            day,
        )
        told = dict(score(as_of=week + day * DAY).facts)
        assert "warning" not in told
    assert breaches(sql) == set()
    assert sql("SELECT COUNT(DISTINCT run_id) FROM monitoring WHERE name = 'psi' AND value IS NOT NULL") == [(8,)]
    assert sql("SELECT COUNT(*) FROM monitoring WHERE value IS NULL AND reason IS NULL") == [(0,)]


def test_a_night_of_three_leads_is_judged_with_those_before_it_or_not_at_all(trained: Path, sql: Sql) -> None:
    sql("CREATE TABLE arriving AS SELECT * FROM leads WHERE is_converted IS NULL")
    sql("DELETE FROM leads WHERE is_converted IS NULL AND lead_id NOT IN (SELECT MAX(lead_id) - 1 FROM leads)")
    sql("UPDATE leads SET customer_job = 'a new job' WHERE is_converted IS NULL")
    told = dict(score(as_of=NIGHT).facts)
    assert breaches(sql) == set()
    assert "leads scored in 30 days are too few (500 needed)" in told["monitoring"]


@pytest.mark.parametrize("trained", ["sqlite"], indirect=True)
def test_a_prior_shift_is_seen_the_night_it_comes(trained: Path, sql: Sql, tmp_path: Path) -> None:
    load_example(tmp_path / "shifted", n=6000, seed=7, end=NIGHT, prior_shift=True)
    with closing(sqlite3.connect(trained / "leadscore.db")) as connection, connection:
        connection.execute("ATTACH ? AS shifted", (f"{tmp_path}/shifted/leadscore.db",))
        for table in ("leads", "withheld_outcomes"):
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} SELECT * FROM shifted.{table}")
    told = dict(score(as_of=NIGHT).facts)
    assert ("prior_shift", "") in breaches(sql)
    [(ratio,)] = sql("SELECT value FROM monitoring WHERE name = 'prior_shift'")
    assert 2 < ratio < 10
    assert "prior shift" in told["warning"]
    expected = dict(sql("SELECT name, value FROM monitoring WHERE name LIKE 'expected%'"))
    real = judge_published(load_settings()).measures
    assert expected["expected_precision"] == pytest.approx(real.precision.value, abs=0.1)
    assert expected["expected_recall"] == pytest.approx(real.recall.value, abs=0.15)
    assert expected["expected_auc"] == pytest.approx(real.roc_auc.value, abs=0.1)


def test_a_column_whose_values_are_spelt_anew_is_seen_and_told(trained: Path, sql: Sql, prefect_server: str) -> None:
    began = datetime.now(UTC)
    sql("UPDATE leads SET inquiry_type = 'T' || (lead_id % 7) WHERE is_converted IS NULL AND lead_id % 5 < 2")
    told = dict(score(as_of=NIGHT).facts)
    assert {name for name, feature in breaches(sql) if feature == "inquiry_type"} >= {"psi", "unseen_share"}
    assert "of inquiry_type" in told["warning"]
    [published] = told_since(prefect_server, began, "leadscore.run.published")
    [drift] = told_since(prefect_server, began, "leadscore.drift.breached")
    assert published["n_breached"] == drift["n_breached"] == len(breaches(sql))
    assert {("psi", "inquiry_type")} <= {(each["name"], each["feature"]) for each in drift["breached"]}
    score(as_of=NIGHT)
    time.sleep(2)
    assert len(told_since(prefect_server, began, "leadscore.drift.breached")) == 1, "told again, it is kept once"


def told_since(server: str, began: datetime, name: str, seconds: float = 60) -> list[dict[str, Any]]:
    """What the events of this name say, as soon as there is one."""
    asked = {"filter": {"event": {"name": [name]}, "occurred": {"since": began.isoformat()}}}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if events := httpx.post(f"{server}/events/filter", json=asked, timeout=60).raise_for_status().json()["events"]:
            return [each["payload"] for each in events]
        time.sleep(0.5)
    return []
