"""Events on a real Prefect server."""

import time
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from leadscore.monitor.measure import Measure
from leadscore.store.publish import Published
from leadscore.store.registry import Entry
from leadscore.store.runs import Run
from leadscore.store.told import ToldModel
from tasks import events
from tasks.events import MOST, champion_promoted, drift_breached, promoted_by_hand, run_published

MOMENT = datetime(2026, 1, 1, 2)
RUN = Run("r1", MOMENT, "due", "m1", "u1", MOMENT, 1, None, False)
DRIFTED = Measure.below("psi", 0.54, 0.23, "customer_country")


def arrived(server: str, name: str, of: str, seconds: float = 30) -> list[dict[str, Any]]:
    """The events of this name about this resource, as soon as there are any."""
    asked = {"filter": {"event": {"name": [name]}, "resource": {"id": [of]}}}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = httpx.post(f"{server}/events/filter", json=asked, timeout=60).raise_for_status().json()
        if found["events"]:
            return list(found["events"])
        time.sleep(0.5)
    return []


def test_a_published_run_is_told(prefect_server: str) -> None:
    run_published("sqlite:///a.db", RUN, Published(12, 1, 11, 3), [DRIFTED])
    [event] = arrived(prefect_server, "leadscore.run.published", "leadscore.run.r1")
    assert event["payload"] == {
        "run_id": "r1",
        "as_of": "2026-01-01T02:00:00Z",
        "scope": "due",
        "model_version": "m1",
        "n_pulled": 12,
        "n_quarantined": 1,
        "n_scored": 11,
        "n_removed": 3,
        "n_breached": 1,
    }


def test_what_is_told_again_arrives_once(prefect_server: str) -> None:
    drift_breached("sqlite:///a.db", RUN, [DRIFTED])
    drift_breached("sqlite:///a.db", RUN, [DRIFTED])
    assert arrived(prefect_server, "leadscore.drift.breached", "leadscore.model.m1")
    time.sleep(1)
    [event] = arrived(prefect_server, "leadscore.drift.breached", "leadscore.model.m1")
    assert event["payload"]["breached"] == [
        {"name": "psi", "feature": "customer_country", "value": 0.54, "limit": 0.23}
    ]


def test_very_many_breaches_are_counted_and_some_named(prefect_server: str) -> None:
    many = [Measure.below("psi", 0.5, 0.2, f"column {i} {'x' * 60}") for i in range(2000)]
    drift_breached("sqlite:///a.db", Run("r2", MOMENT, "due", "m2", "u1", MOMENT, 1, None, False), many)
    [event] = arrived(prefect_server, "leadscore.drift.breached", "leadscore.model.m2")
    assert event["payload"]["n_breached"] == 2000
    assert len(event["payload"]["breached"]) == MOST


def test_a_new_champion_is_told(prefect_server: str) -> None:
    champion_promoted(
        "sqlite:///a.db",
        Entry("m3", "champion", MOMENT, MOMENT, 900, None, None, "{}", 0.25, "file:///m3.zip", "0", "It is better."),
    )
    [event] = arrived(prefect_server, "leadscore.champion.promoted", "leadscore.model.m3")
    assert event["payload"]["reason"] == "It is better."


def test_each_promotion_by_hand_is_told(prefect_server: str) -> None:
    model = ToldModel("m5", "champion", MOMENT, MOMENT, MOMENT, 900, 0.25, "Promoted by kim. Worse.", "{}")
    for now in (MOMENT, MOMENT, MOMENT + timedelta(hours=1)):
        promoted_by_hand("sqlite:///a.db", model, now)
    deadline = time.monotonic() + 30
    while len(found := arrived(prefect_server, "leadscore.champion.promoted", "leadscore.model.m5")) < 2:
        assert time.monotonic() < deadline
    assert [event["payload"]["reason"] for event in found] == ["Promoted by kim. Worse."] * 2


def test_no_server_is_started_for_a_promotion_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_emit", lambda *_: pytest.fail("told to nobody"))
    model = ToldModel("m6", "champion", MOMENT, MOMENT, MOMENT, 900, 0.25, "Better.", "{}")
    with temporary_settings({PREFECT_API_URL: None}):
        promoted_by_hand("sqlite:///a.db", model, MOMENT)


@pytest.mark.parametrize("breached", [[]])
def test_a_night_within_its_limits_tells_of_no_drift(prefect_server: str, breached: list[Measure]) -> None:
    drift_breached("sqlite:///a.db", Run("r4", MOMENT, "due", "m4", "u1", MOMENT, 1, None, False), breached)
    assert arrived(prefect_server, "leadscore.drift.breached", "leadscore.model.m4", seconds=2) == []
