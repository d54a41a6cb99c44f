"""The automations of examples/automations on a real Prefect server, and what reaches a person by them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import yaml
from prefect import flow
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateName
from prefect.client.schemas.objects import FlowRun
from prefect.events.schemas.automations import AutomationCore
from prefect.states import Scheduled

from leadscore.monitor.measure import Measure
from leadscore.sample.demo import EXAMPLES
from leadscore.store.runs import Run
from tasks import events

FILES = sorted((EXAMPLES / "automations").glob("*.yaml"))
NIGHT = datetime(2026, 1, 1, 2)
RUN = Run("r7", NIGHT, "due", "m7", "u1", NIGHT, 1, None, False)
LOST = """
import time
from prefect import flow

@flow(name="score")
def score():
    time.sleep(120)

score()
"""

Created = Callable[..., Any]


@pytest.fixture
def client(prefect_server: str) -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def received() -> Iterator[list[dict[str, str]]]:
    """What was posted to a web server of this test's own, whose port is in ``received.port``."""
    got: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    block = CustomWebhookNotificationBlock(
        name="tests",
        url=f"http://127.0.0.1:{server.server_port}",
        json_data={"subject": "{{subject}}", "body": "{{body}}"},
    )
    block.save("tests", overwrite=True)
    yield got
    server.shutdown()
    server.server_close()


def block_id() -> str:
    return str(CustomWebhookNotificationBlock.load("tests")._block_document_id)


@contextmanager
def created(client: SyncPrefectClient, name: str, within: int | None = None) -> Iterator[UUID]:
    """The automation of a file, waiting for so many seconds where it is told to."""
    text = (EXAMPLES / "automations" / f"{name}.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text.replace("BLOCK_ID", block_id()) if "BLOCK_ID" in text else text)
    if within:
        content["trigger"]["within"] = within
    automation = client.create_automation(AutomationCore.model_validate(content))
    try:
        yield automation
    finally:
        client.delete_automation(automation)


def waited_for(found: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.5)


def running(client: SyncPrefectClient) -> list[FlowRun]:
    now = FlowRunFilterState(name=FlowRunFilterStateName(any_=["Running"]))
    return client.read_flow_runs(flow_run_filter=FlowRunFilter(state=now))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_server_takes_each_automation(client: SyncPrefectClient, received: list[Any], file: Path) -> None:
    with created(client, file.stem) as automation:
        kept = client.read_automation(automation)
        assert kept is not None
        assert kept.name.startswith("leadscore, ")
        assert kept.enabled


def test_every_event_of_ours_that_asks_for_a_person_has_an_automation() -> None:
    told = {each for file in FILES for each in yaml.safe_load(file.read_text(encoding="utf-8"))["trigger"]["expect"]}
    assert {events.RUN_REFUSED, events.DRIFT_BREACHED, events.NONE_NEW, events.RUN_PUBLISHED} <= told


def test_what_a_night_tells_reaches_a_person(client: SyncPrefectClient, received: list[dict[str, str]]) -> None:
    with created(client, "refused"), created(client, "drift"), created(client, "no_new_leads"):
        time.sleep(2)  # until the server heeds new automations
        events.run_refused("sqlite:///a.db", RUN, "2 batch rules failed.")
        events.drift_breached("sqlite:///a.db", RUN, [Measure.below("psi", 0.54, 0.23, "customer_country")])
        events.none_new("sqlite:///a.db", RUN, NIGHT, "No new lead since 2025-12-20, 12.0 days ago.")
        waited_for(lambda: len(received) == 3)
    told = {each["subject"]: each["body"] for each in received}
    assert "2 batch rules failed." in told["leadscore: the night of 2026-01-01T02:00:00Z was refused"]
    assert "leadscore score --accept r7" in told["leadscore: the night of 2026-01-01T02:00:00Z was refused"]
    assert "psi customer_country: 0.54 (limit 0.23)" in told["leadscore: 1 measures beyond their limits"]
    assert "12.0 days ago" in told["leadscore: no new leads"]


@pytest.mark.acceptance
def test_a_run_that_no_worker_takes_reaches_a_person(client: SyncPrefectClient, received: list[dict[str, str]]) -> None:
    @flow(name="score")
    def waiting() -> None:
        """It is never run."""

    deployment = client.create_deployment(flow_id=client.create_flow(waiting), name="late", paused=False)
    with created(client, "late", within=10):
        time.sleep(2)
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        client.create_flow_run_from_deployment(deployment, state=Scheduled(scheduled_time=an_hour_ago))
        waited_for(lambda: bool(received))
    assert received[0]["subject"] == "leadscore: a run is half an hour late"
    client.delete_deployment(deployment)


@pytest.mark.acceptance
def test_a_run_whose_process_was_killed_is_closed_and_reaches_a_person(
    client: SyncPrefectClient, received: list[dict[str, str]], tmp_path: Path
) -> None:
    with created(client, "close_lost_runs", within=10), created(client, "failed"):
        time.sleep(2)
        environment = {**os.environ, "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
        with subprocess.Popen([sys.executable, "-c", LOST], env=environment, cwd=tmp_path) as lost:
            try:
                waited_for(lambda: bool(running(client)))
                [run] = running(client)
                time.sleep(3)
            finally:
                lost.kill()
        waited_for(lambda: client.read_flow_run(run.id).state_name == "Crashed")
        waited_for(lambda: bool(received))
    assert received[0]["subject"].endswith("Crashed")
    assert "Its process was lost" in received[0]["body"]
