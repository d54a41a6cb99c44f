"""What the views for sales ops say of a small store that is filled by hand, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from leadscore.schema import Type
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.migrate import migrate

REASONS = (
    '{"for":[{"feature":"expected_timeline","value":"less than 3 months","effect":0.8},'
    '{"feature":"bant_submit","value":"1","effect":0.3}],"against":[]}'
)


@pytest.fixture
def store(database: str) -> Iterator[sa.Engine]:
    engine = open_engine(database)
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.INTEGER})
    yield engine
    engine.dispose()


def insert(store: sa.Engine, table: str, **row: Any) -> None:
    with writing(store) as connection:
        connection.execute(sa.insert(sa.Table(table, sa.MetaData(), autoload_with=connection)), row)


def read(store: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def scored(store: sa.Engine, lead: int, table: str = "lead_scores", **change: Any) -> None:
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
        "scored_at": datetime(2026, 1, 1, 2),
        "change_cause": "new",
        "run_id": "n1",
    }
    insert(store, table, **(row | change))


def test_reasons_are_sentences(store: sa.Engine) -> None:
    scored(store, 1)
    told = read(store, "SELECT reasons_for, reasons_against FROM scored_leads")
    assert told == [("expected timeline: less than 3 months; bant submit: 1", None)]


def test_an_override_shows_until_it_expires(store: sa.Engine) -> None:
    for lead in (1, 2, 3):
        scored(store, lead)
    insert(store, "score_overrides", lead_id=1, grade="D", by="kim")
    insert(store, "score_overrides", lead_id=2, grade="D", by="kim", expires_at=datetime(2001, 1, 1))
    insert(store, "score_overrides", lead_id=3, grade="C", by="kim", expires_at=datetime(2999, 1, 1))
    assert read(store, "SELECT lead_id, grade, overridden FROM scored_leads ORDER BY 1") == [
        (1, "D", 1),
        (2, "A", 0),
        (3, "C", 1),
    ]


def test_the_queue_ranks_within_the_owner_what_is_worth_a_call(store: sa.Engine) -> None:
    scored(store, 1, probability=0.6)
    scored(store, 2, probability=0.9)
    scored(store, 3, probability=0.2, will_convert=False, grade="C")
    scored(store, 4, probability=0.1, will_convert=False, grade="D")
    scored(store, 5, owner_id=8)
    scored(store, 6, probability=0.8)
    insert(store, "score_overrides", lead_id=4, grade="A", by="kim")
    insert(store, "score_overrides", lead_id=6, grade="D", by="kim")
    assert read(store, "SELECT owner_id, rank, lead_id FROM sales_queue ORDER BY 1, 2") == [
        (7, 1, 2),
        (7, 2, 1),
        (7, 3, 4),
        (8, 1, 5),
    ]


def test_changes_say_how_far_and_why_and_backfills_are_none(store: sa.Engine) -> None:
    scored(store, 1, "lead_score_history")
    scored(store, 1, "lead_score_history", run_id="n2", score=70, previous_score=90, change_cause="lead")
    scored(store, 1, "lead_score_history", run_id="n3", score=10, previous_score=70, backfill=True)
    assert read(store, "SELECT run_id, moved, change_cause FROM score_changes ORDER BY 1") == [
        ("n1", None, "new"),
        ("n2", -20, "lead"),
    ]


def test_the_proof_counts_the_leads_that_had_a_score_before_their_outcome(store: sa.Engine) -> None:
    for lead, label, grade in ((1, 1, "A"), (2, 0, "A"), (3, 1, "A"), (4, 1, None)):
        proof = {"first_grade": grade, "first_probability": grade and 0.4}
        insert(store, "lead_outcomes", lead_id=lead, label=label, seen_at=datetime(2026, 1, 3, 2), **proof)
    proof = read(store, "SELECT grade, leads, conversions, conversion_rate, predicted_rate FROM conversion_by_grade")
    [(grade, leads, conversions, rate, predicted)] = proof
    assert (grade, leads, conversions) == ("A", 3, 2)
    assert (rate, predicted) == (pytest.approx(2 / 3), pytest.approx(0.4))


def published(store: sa.Engine, run: str, base_rate: float, as_of: datetime, **change: Any) -> None:
    row = {"run_id": run, "run_key": run, "status": "published", "as_of": as_of, "base_rate": base_rate}
    versions = {"model_version": "m1", "rules_version": "r1", "started_at": as_of}
    insert(store, "score_runs", **(row | versions | change))


def test_an_account_adds_up_its_leads(store: sa.Engine) -> None:
    published(store, "n0", 0.9, datetime(2025, 12, 1))
    published(store, "n1", 0.1, datetime(2026, 1, 1))
    published(store, "n2", 0.8, datetime(2026, 1, 2), scope="backfill")
    published(store, "n3", 0.7, datetime(2026, 1, 3), status="refused")
    scored(store, 1, probability=0.25, score=60, previous_score=50, continent="cis")
    scored(store, 2, probability=0.5, score=80, previous_score=85, continent="europe")
    scored(store, 3, account_id=None)
    scored(store, 4, account_id="new", probability=0.1)
    insert(store, "account_outcomes", account_id="acme", leads=3, conversions=2)
    insert(store, "account_outcomes", account_id="gone", leads=3, conversions=2)
    assert read(store, "SELECT * FROM account_index ORDER BY account_id") == [
        ("acme", 32.5, 2, 0.75, 2, 80, 2.5, "europe", 3, 2),  # 100 * (0.75 + 2 + 5 * 0.1) / (2 + 3 + 5)
        ("new", 10.0, 1, 0.1, 4, 90, None, None, 0, 0),  # at the base rate and known for nothing else
    ]
