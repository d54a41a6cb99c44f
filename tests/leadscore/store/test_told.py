"""What a store that is filled by hand has to tell, on SQLite and PostgreSQL."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from leadscore.errors import StoreError
from leadscore.store.engine import writing
from leadscore.store.told import told_model, told_night

NIGHT, DAY = datetime(2026, 1, 2), timedelta(days=1)
REASONS = '{"for":[{"feature":"bant_submit","value":"1","effect":0.3}],"against":[]}'


def insert(store: sa.Engine, table: str, *rows: dict[str, Any]) -> None:
    with writing(store) as connection:
        for row in rows:
            connection.execute(sa.insert(sa.Table(table, sa.MetaData(), autoload_with=connection)), row)


def run(name: str, as_of: datetime, **changes: Any) -> dict[str, Any]:
    row = {
        "run_id": name,
        "run_key": name,
        "status": "published",
        "as_of": as_of,
        "model_version": "m1",
        "rules_version": "r1",
        "started_at": as_of,
        "published_at": as_of + timedelta(seconds=9),
        "scope": "due",
        "n_in_source": 10,
        "n_open": 5,
        "newest_lead": as_of - DAY,
        "quarantined_by_rule": '{"in_range of size": 2}',
    }
    return row | changes


def scored(lead: int, **changes: Any) -> dict[str, Any]:
    row = {
        "lead_id": lead,
        "account_id": "acme",
        "owner_id": "kim",
        "probability": 0.5,
        "raw_probability": 0.5,
        "score": 90,
        "grade": "A",
        "will_convert": True,
        "reasons": REASONS,
        "model_version": "m1",
        "rules_version": "r1",
        "scored_at": NIGHT,
        "change_cause": "lead",
        "previous_score": 60,
        "run_id": "n2",
    }
    return row | changes


def model(version: str, promoted_at: datetime | None) -> dict[str, Any]:
    times = {"trained_at": NIGHT, "as_of": NIGHT, "promoted_at": promoted_at}
    texts = {"metrics": "{}", "artifact_uri": "u", "artifact_sha256": "s", "reason": "Better."}
    return {"version": version, "status": "retired", "n_leads": 100, "cutoff": 0.3, **times, **texts}


@pytest.fixture
def filled(store: sa.Engine) -> sa.Engine:
    insert(
        store,
        "score_runs",
        run("n1", NIGHT - DAY),
        run("n2", NIGHT),
        run("n3", NIGHT + DAY, status="refused", published_at=None, error="Too bad."),
        run("old", NIGHT - 9 * DAY, scope="backfill"),
    )
    changes = [
        scored(1),
        scored(2, probability=0.9, score=95),
        scored(3, owner_id="lee", probability=0.7),
        scored(4, owner_id=None, probability=0.1, score=5, grade="D", will_convert=False, previous_score=40),
    ]
    insert(store, "lead_scores", *changes)
    insert(store, "lead_score_history", *changes, scored(5, score=1), scored(6, run_id="n1"))
    known = {"label": 1, "closed_at": NIGHT + DAY, "seen_at": NIGHT + DAY}
    insert(store, "lead_outcomes", {"lead_id": 6, **known, "first_grade": "A", "first_probability": 0.5})
    measure = {"run_id": "n2", "name": "psi", "value": 0.1}
    insert(
        store,
        "monitoring",
        measure | {"feature": "a", "breached": False, "limit": 0.2},
        measure | {"feature": "b", "breached": True, "limit": 0.05},
        measure | {"feature": "c", "breached": False, "limit": None, "run_id": "n1"},
    )
    insert(store, "models", model("m1", NIGHT), model("m0", NIGHT - DAY), model("m2", None))
    return store


def test_the_night_is_the_newest_run_that_got_to_its_end(filled: sa.Engine) -> None:
    told = told_night(filled, 10)
    assert [each.run_id for each in told.runs] == ["n3", "n2", "n1"], "and no backfill"
    assert told.night
    assert told.last_night
    assert (told.night.run_id, told.last_night.run_id) == ("n2", "n1")
    assert (told.night.as_of, told.night.n_in_source, told.night.newest_lead) == (NIGHT, 10, NIGHT - DAY)
    assert told.runs[0].error == "Too bad."


def test_each_owner_has_its_first_leads_before_anyone_has_more(filled: sa.Engine) -> None:
    told = told_night(filled, 2)
    assert told.queue["lead_id"].to_list() == [2, 3]
    assert (told.n_queue, told.n_owners, told.expected) == (3, 2, pytest.approx(2.1))
    assert told.queue["reasons_for"].to_list() == ["bant submit: 1"] * 2
    assert told.grades.rows() == [("A", 3, pytest.approx(2.1), 3), ("D", 1, pytest.approx(0.1), 0)]


def test_changes_are_those_of_the_night(filled: sa.Engine) -> None:
    told = told_night(filled, 10)
    assert told.changes.rows() == [("lead", 5, 3, 2)]
    assert told.moved.select("lead_id", "moved").rows() == [(5, -59), (2, 35), (4, -35), (1, 30), (3, 30)]
    assert told.moved["grade"].to_list() == [None, "A", "D", "A", "A"], "lead 5 has no score any more"


def test_proof_and_measures_are_told(filled: sa.Engine) -> None:
    told = told_night(filled, 10)
    assert told.proof.rows() == [("A", 1, 1, 1.0, 0.5)]
    assert told.measures.rows() == [("psi", "b", 0.1, 0.05, True, None), ("psi", "a", 0.1, 0.2, False, None)]


def test_an_empty_store_tells_nothing(store: sa.Engine) -> None:
    told = told_night(store, 10)
    assert (told.runs, told.night, told.last_night, told.champions, told.n_queue) == ((), None, None, (), 0)
    assert told.queue.is_empty()


def test_a_model_is_told_beside_the_champions(filled: sa.Engine) -> None:
    found, champions = told_model(filled, "m2")
    assert (found.version, found.promoted_at) == ("m2", None)
    assert [each.version for each in champions] == ["m1", "m0"]
    with pytest.raises(StoreError, match="There is no model m3"):
        told_model(filled, "m3")
