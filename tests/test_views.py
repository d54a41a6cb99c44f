"""What the views for sales ops say of a small store that is filled by hand."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from leadscore.schema import Type
from leadscore.store.engine import open_engine
from leadscore.store.migrate import migrate

REASONS = (
    '{"for":[{"feature":"expected_timeline","value":"less than 3 months","effect":0.8},'
    '{"feature":"bant_submit","value":"1","effect":0.3}],"against":[]}'
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.INTEGER})
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        yield connection


def insert(store: sqlite3.Connection, table: str, **row: Any) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    store.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


def scored(store: sqlite3.Connection, lead: int, table: str = "lead_scores", **change: Any) -> None:
    row = {
        "lead_id": lead,
        "account_id": "acme",
        "owner_id": 7,
        "probability": 0.5,
        "raw_probability": 0.5,
        "score": 90,
        "grade": "A",
        "will_convert": True,
        "reasons": REASONS,
        "model_version": "m1",
        "rules_version": "r1",
        "scored_at": "2026-01-01 02:00:00",
        "change_cause": "new",
        "run_id": "n1",
    }
    insert(store, table, **(row | change))


def test_reasons_are_sentences(store: sqlite3.Connection) -> None:
    scored(store, 1)
    told = store.execute("SELECT reasons_for, reasons_against FROM scored_leads").fetchall()
    assert told == [("expected timeline: less than 3 months; bant submit: 1", None)]


def test_an_override_shows_until_it_expires(store: sqlite3.Connection) -> None:
    for lead in (1, 2, 3):
        scored(store, lead)
    insert(store, "score_overrides", lead_id=1, grade="D", by="kim")
    insert(store, "score_overrides", lead_id=2, grade="D", by="kim", expires_at="2001-01-01 00:00:00")
    insert(store, "score_overrides", lead_id=3, grade="C", by="kim", expires_at="2999-01-01 00:00:00")
    assert store.execute("SELECT lead_id, grade, overridden FROM scored_leads ORDER BY 1").fetchall() == [
        (1, "D", 1),
        (2, "A", 0),
        (3, "C", 1),
    ]


def test_the_queue_ranks_within_the_owner_what_is_worth_a_call(store: sqlite3.Connection) -> None:
    scored(store, 1, probability=0.6)
    scored(store, 2, probability=0.9)
    scored(store, 3, probability=0.2, will_convert=False, grade="C")
    scored(store, 4, probability=0.1, will_convert=False, grade="D")
    scored(store, 5, owner_id=8)
    scored(store, 6, probability=0.8)
    insert(store, "score_overrides", lead_id=4, grade="A", by="kim")
    insert(store, "score_overrides", lead_id=6, grade="D", by="kim")
    assert store.execute("SELECT owner_id, rank, lead_id FROM sales_queue ORDER BY 1, 2").fetchall() == [
        (7, 1, 2),
        (7, 2, 1),
        (7, 3, 4),
        (8, 1, 5),
    ]


def test_changes_say_how_far_and_why_and_backfills_are_none(store: sqlite3.Connection) -> None:
    scored(store, 1, "lead_score_history")
    scored(store, 1, "lead_score_history", run_id="n2", score=70, previous_score=90, change_cause="lead")
    scored(store, 1, "lead_score_history", run_id="n3", score=10, previous_score=70, backfill=True)
    assert store.execute("SELECT run_id, moved, change_cause FROM score_changes ORDER BY 1").fetchall() == [
        ("n1", None, "new"),
        ("n2", -20, "lead"),
    ]


def test_the_proof_takes_the_first_score_if_it_came_before_the_outcome(store: sqlite3.Connection) -> None:
    outcomes = {1: 1, 2: 0, 3: 1, 4: 1}
    for lead, label in outcomes.items():
        closed = "2026-01-02 00:00:00" if lead < 4 else "2025-12-31 00:00:00"
        insert(store, "lead_outcomes", lead_id=lead, label=label, closed_at=closed, seen_at="2026-01-03 02:00:00")
        scored(store, lead, "lead_score_history", probability=0.4)
    scored(store, 1, "lead_score_history", run_id="n2", grade="D", scored_at="2026-01-01 03:00:00")
    scored(store, 3, "lead_score_history", run_id="n0", grade="B", scored_at="2025-12-01 00:00:00", backfill=True)
    proof = store.execute("SELECT grade, leads, conversions, conversion_rate, predicted_rate FROM conversion_by_grade")
    [(grade, leads, conversions, rate, predicted)] = proof.fetchall()
    assert (grade, leads, conversions) == ("A", 3, 2)
    assert (rate, predicted) == (pytest.approx(2 / 3), pytest.approx(0.4))


def test_an_account_adds_up_its_open_leads(store: sqlite3.Connection) -> None:
    scored(store, 1, probability=0.25, score=60)
    scored(store, 2, probability=0.5, score=80)
    scored(store, 3, account_id=None)
    assert store.execute("SELECT * FROM account_index").fetchall() == [("acme", 2, 0.75, 80, 2)]
