import json
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from leadscore.errors import StoreError
from leadscore.store.engine import writing
from leadscore.store.lead import Failure, Outcome, Override, Reason, look_up

NIGHT = datetime(2026, 1, 1)
SIDES = {"for": [{"feature": "size", "value": "1", "effect": 0.5}], "against": []}
SCORE: dict[str, Any] = {
    "account_id": "acme",
    "owner_id": "ada",
    "probability": 0.5,
    "raw_probability": 0.5,
    "score": 90,
    "grade": "A",
    "will_convert": True,
    "reasons": json.dumps(SIDES),
    "model_version": "m1",
    "rules_version": "r1",
    "scored_at": NIGHT,
    "change_cause": "new",
    "run_id": "n1",
}
RUN = {"status": "published", "as_of": NIGHT, "model_version": "m1", "rules_version": "r1", "started_at": NIGHT}


def insert(store: sa.Engine, table: str, **row: Any) -> None:
    with writing(store) as connection:
        connection.execute(sa.insert(sa.Table(table, sa.MetaData(), autoload_with=connection)), row)


def test_an_open_lead_has_a_score_a_history_and_a_persons_grade(store: sa.Engine) -> None:
    insert(store, "score_runs", run_id="n1", run_key="n1", base_rate=0.1, cutoff=0.2, **RUN)
    insert(store, "lead_scores", lead_id=7, continent="cis", **SCORE)
    insert(store, "lead_score_history", lead_id=7, **SCORE)
    insert(store, "lead_score_history", lead_id=7, backfill=True, **SCORE | {"run_id": "n0"})
    insert(store, "score_overrides", lead_id=7, grade="D", by="kim", note="no", expires_at=NIGHT)
    found = look_up(store, "7")
    assert found.present is not None
    assert (found.present.score, found.present.continent, found.present.base_rate) == (90, "cis", 0.1)
    assert (found.present.cutoff, found.present.will_convert) == (0.2, True)
    assert found.present.reasons == (Reason("size", "1", 0.5),)
    assert [(each.cause, each.scored_at) for each in found.history] == [("new", NIGHT)]
    assert found.override == Override("D", "no", "kim", NIGHT)
    assert (found.outcome, found.failures) == (None, ())


def test_a_closed_lead_has_an_outcome(store: sa.Engine) -> None:
    insert(store, "lead_outcomes", lead_id=7, label=1, closed_at=NIGHT, seen_at=NIGHT)
    found = look_up(store, "7")
    assert found.outcome == Outcome(1, NIGHT, NIGHT)
    assert (found.present, found.history) == (None, ())


def test_a_quarantined_lead_has_the_rules_that_it_fails(store: sa.Engine) -> None:
    failures = [
        {"rule": "in_range", "column": "size", "value": "25.0"},
        {"rule": "is_number", "column": "age", "value": None},
    ]
    versions = {"model_version": "m1", "rules_version": "r1"}
    insert(store, "quarantined_leads", run_id="n1", row_number=1, lead_id=7, failures=json.dumps(failures), **versions)
    assert look_up(store, "7").failures == (Failure("in_range", "size", "25.0"), Failure("is_number", "age", None))


def test_a_lead_that_no_run_has_met_is_refused_in_words(store: sa.Engine) -> None:
    with pytest.raises(StoreError, match="No run has met a lead 7"):
        look_up(store, "7")
    with pytest.raises(StoreError, match="Each lead_id is a whole number here; 'x' is none"):
        look_up(store, "x")
