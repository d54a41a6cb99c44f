"""What leadscore wants of a Prefect server: a pool, the deployments of prefect.yaml, and that lost runs are closed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import httpx
import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectAlreadyExists
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_SERVER_API_HOST,
    PREFECT_SERVER_API_PORT,
    temporary_settings,
)
from prefect.types._datetime import now

import flows
from leadscore.errors import ServingFailed
from leadscore.job import naive_utc
from leadscore.settings import load_settings

ROOT = Path(flows.__file__).parents[1]  # beside prefect.yaml, in the repository and in the wheel alike
POOL = "leadscore"
DEPLOYMENTS = {"score": "nightly", "retrain": "weekly"}  # by flow
CLOSE_LOST = ROOT / "examples" / "automations" / "close_lost_runs.yaml"
ANSWERS_S, PATIENCE_S = 5, 60  # within which a server answers that is there, and does what it is asked to
PLANS_S, PAUSE_S = 30, 0.5  # within which a server has planned the runs of new deployments


def schedule() -> dict[str, str]:
    """The times and the time zone of the settings; prefect.yaml asks for them."""
    settings = load_settings().schedule
    return {"nightly": settings.nightly, "weekly": settings.weekly, "timezone": settings.timezone}


def address() -> str:
    """Where the API of the server is, or will be: as Prefect is set up, else on this machine."""
    return PREFECT_API_URL.value() or f"http://{PREFECT_SERVER_API_HOST.value()}:{PREFECT_SERVER_API_PORT.value()}/api"


def answers(api: str) -> bool:
    """Whether a server is there."""
    with _asking(api) as client:
        return client.api_healthcheck() is None


def deploy(api: str) -> None:
    """Make the pool, apply the deployments, and have runs closed whose process is lost; nothing is there twice.

    Raises ServingFailed if the deployments cannot be applied.
    """
    try:
        with _asking(api, PATIENCE_S) as client:
            _prepare(client)
    except httpx.HTTPError as error:
        raise ServingFailed(f"The Prefect server {api} cannot be used: {error}.", "see that it is well.") from None
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise ServingFailed(
            f"The deployments could not be applied; Prefect says: {said[-1].strip()}.",
            f"`prefect deploy --all` in {ROOT} says all of it.",
        )


def _prepare(client: SyncPrefectClient) -> None:
    with suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    automation = AutomationCore.model_validate(yaml.safe_load(CLOSE_LOST.read_text(encoding="utf-8")))
    if not client.read_automations_by_name(automation.name):
        client.create_automation(automation)


def next_runs(api: str) -> dict[str, datetime]:
    """When the server will start each flow next, naive UTC; of what it has not planned, or does not tell, nothing."""
    with _asking(api) as client:
        try:
            found = {flow: _next_run(client, name) for flow, name in DEPLOYMENTS.items()}
        except httpx.HTTPError:
            return {}
    return {flow: time for flow, time in found.items() if time}


def planned_runs(api: str) -> dict[str, datetime]:
    """The same after deployments were applied: a server takes some seconds to plan."""
    deadline = time.monotonic() + PLANS_S
    while len(found := next_runs(api)) < len(DEPLOYMENTS) and time.monotonic() < deadline:
        time.sleep(PAUSE_S)
    return found


def _next_run(client: SyncPrefectClient, deployment: str) -> datetime | None:
    runs = client.read_flow_runs(
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[deployment])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(after_=now("UTC")),
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=1,
    )
    return naive_utc(runs[0].expected_start_time) if runs and runs[0].expected_start_time else None


@contextmanager
def _asking(api: str, seconds: float = ANSWERS_S) -> Iterator[SyncPrefectClient]:
    """A client of the server that waits so long for an answer, and asks once."""
    settings = {PREFECT_API_URL: api, PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(settings), get_client({"timeout": seconds}, sync_client=True) as client:
        yield client
