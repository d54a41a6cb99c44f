"""Late scheduled runs on a real Prefect server."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow
from prefect.states import Cancelled, Scheduled, State

from leadscore.report.words import Summary
from tasks.lateness import BY_SCHEDULE, leave_to_later_run, leaving_when_overtaken

NOW = datetime.now(UTC)
NIGHT = timedelta(days=1)


@flow(name="late")
@leaving_when_overtaken
def work() -> Summary:
    """Work, unless a later run does."""
    leave_to_later_run()
    return Summary("done", ())


@pytest.fixture
def client(prefect_server: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def deployment(client: SyncPrefectClient) -> uuid.UUID:
    """A deployment of its own for each test."""
    return client.create_deployment(flow_id=client.create_flow(work), name=uuid.uuid4().hex)


def planned(client: SyncPrefectClient, deployment: uuid.UUID, time: datetime, tag: str = BY_SCHEDULE) -> FlowRun:
    return client.create_flow_run_from_deployment(deployment, state=Scheduled(scheduled_time=time), tags=[tag])


def ended(client: SyncPrefectClient, run: FlowRun) -> State:
    """The state of the run after its turn."""
    run_flow(work, run, return_type="state")
    state = client.read_flow_run(run.id).state
    assert state is not None
    return state


def test_after_downtime_the_latest_run_works_and_the_others_leave(
    client: SyncPrefectClient, deployment: uuid.UUID
) -> None:
    runs = [planned(client, deployment, NOW - nights * NIGHT) for nights in (3, 2, 1)]
    planned(client, deployment, NOW + NIGHT)
    states = [ended(client, run) for run in runs]
    assert [(state.type.value, state.name) for state in states] == [
        ("COMPLETED", "Skipped"),
        ("COMPLETED", "Skipped"),
        ("COMPLETED", "Completed"),
    ]
    missed, latest = NOW - 3 * NIGHT, NOW - NIGHT
    assert states[0].message == (
        f"The run of {missed:%Y-%m-%d %H:%M} UTC was missed; that of {latest:%Y-%m-%d %H:%M} does its work."
    )


def test_a_later_run_that_was_cancelled_overtakes_nothing(client: SyncPrefectClient, deployment: uuid.UUID) -> None:
    run, cancelled = (planned(client, deployment, NOW - nights * NIGHT) for nights in (2, 1))
    client.set_flow_run_state(cancelled.id, Cancelled(), force=True)
    assert ended(client, run).name == "Completed"


def test_a_run_that_a_person_started_stays_and_sends_none_away(
    client: SyncPrefectClient, deployment: uuid.UUID
) -> None:
    late, by_hand, latest = (
        planned(client, deployment, NOW - nights * NIGHT, tag)
        for nights, tag in ((3, BY_SCHEDULE), (2, "by hand"), (1, "by hand"))
    )
    assert [ended(client, run).name for run in (by_hand, late, latest)] == ["Completed"] * 3


def test_what_calls_a_flow_that_left_gets_its_summary(client: SyncPrefectClient, deployment: uuid.UUID) -> None:
    run = planned(client, deployment, NOW - 2 * NIGHT)
    planned(client, deployment, NOW - NIGHT)
    told = run_flow(work, run)
    assert isinstance(told, Summary)
    assert told.title == "Nothing to do"
