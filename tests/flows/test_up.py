"""`leadscore up` as a user runs it: what it starts, what it leaves, and what becomes of nights that were missed."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from harness.ports import free_port

from leadscore.settings import load_settings
from leadscore.store.engine import open_engine
from leadscore.store.lock import one_at_a_time

Sql = Callable[..., list[tuple[Any, ...]]]

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
UP = [sys.executable, "-m", "leadscore.cli", "up"]
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with leadscore as a wheel installs it, and nothing else of the repository."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """`leadscore up` in a user's folder, from when it is up on; Ctrl-C afterwards, unless it has ended."""
    environment |= {"PREFECT_WORKER_QUERY_SECONDS": "1", "COLUMNS": "200"}
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(UP, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        waited_for(lambda: "end " in said(folder) or process.poll() is not None)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=200) == 0, said(folder)


def said(folder: Path) -> str:
    return (folder / "up.log").read_text(encoding="utf-8")


def waited_for(found: Callable[[], bool], seconds: float = 400) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.5)


def of_home(home: Path) -> list[str]:
    """The commands of all processes whose Prefect lives in a folder."""
    marked, found = f"PREFECT_HOME={home}\0".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if marked in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended
            continue
    return found


def runs_of(server: str, deployment: str) -> list[dict[str, Any]]:
    """The runs of a deployment whose time has come, the earliest first."""
    asked = {
        "deployments": {"name": {"any_": [deployment]}},
        "flow_runs": {"expected_start_time": {"before_": datetime.now(UTC).isoformat()}},
        "sort": "EXPECTED_START_TIME_ASC",
    }
    found = httpx.post(f"{server}/flow_runs/filter", json=asked, timeout=60).raise_for_status().json()
    return list(found)


def log_of(server: str, run: str) -> list[str]:
    """What Prefect keeps of a run's log."""
    asked = {"logs": {"flow_run_id": {"any_": [run]}}}
    lines = httpx.post(f"{server}/logs/filter", json=asked, timeout=60).raise_for_status().json()
    return [line["message"] for line in lines]


@pytest.mark.acceptance
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("trained", ["sqlite"], indirect=True)
def test_it_starts_all_that_is_needed_keeps_a_second_out_and_leaves_nothing(
    trained: Path, tmp_path: Path, installed: Path
) -> None:
    port = free_port()
    home, api = tmp_path / "home", f"http://127.0.0.1:{port}/api"
    environment = {
        **{name: text for name, text in os.environ.items() if name not in ("PREFECT_API_URL", "LEADSCORE_CONFIG")},
        "PYTHONPATH": str(installed),
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_PORT": str(port),
        "LEADSCORE_SCHEDULE__TIMEZONE": "Asia/Tokyo",
    }
    store = open_engine(load_settings().database.url)
    with serving(trained, environment) as process, one_at_a_time(store):
        assert f"http://127.0.0.1:{port}" in said(trained)
        assert "02:00 JST" in said(trained)
        assert "03:00 JST" in said(trained)

        second = subprocess.run(UP, cwd=trained, env=environment, capture_output=True, text=True, timeout=400)
        assert second.returncode == 1
        assert "`leadscore up` is running already" in second.stderr

        by_hand = {**environment, "PREFECT_API_URL": api}
        run = [BIN / "prefect", "deployment", "run", "score/nightly"]
        subprocess.run(run, env=by_hand, check=True, capture_output=True, timeout=400)
        waited_for(lambda: [each["state_type"] for each in runs_of(api, "nightly")] == ["RUNNING"])
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=200)
    waited_for(lambda: of_home(home) == [], seconds=10)
    store.dispose()


@pytest.mark.acceptance
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("trained", ["sqlite"], indirect=True)
def test_after_downtime_the_latest_night_is_scored_and_no_other(prefect_server: str, trained: Path, sql: Sql) -> None:
    environment = os.environ | {"LEADSCORE_VALIDATION__FRESHNESS_DAYS": "10000"}  # the example leads end in 2025
    with serving(trained, dict(environment)):
        pass
    nightly = httpx.get(f"{prefect_server}/deployments/name/score/nightly").raise_for_status().json()["id"]
    span = {"start_time": f"{days_ago(4):%Y-%m-%dT00:00:00Z}", "end_time": f"{days_ago(1):%Y-%m-%dT00:00:00Z}"}
    httpx.post(f"{prefect_server}/deployments/{nightly}/schedule", json={**span, "min_runs": 3}).raise_for_status()
    assert len(runs_of(prefect_server, "nightly")) == 3

    with serving(trained, dict(environment)):
        waited_for(lambda: {run["state_type"] for run in runs_of(prefect_server, "nightly")} <= set(ENDED))
        latest = runs_of(prefect_server, "nightly")[-1]["id"]  # its log comes after its end, some lines at a time
        waited_for(lambda: any("leads are through" in line for line in log_of(prefect_server, latest)), seconds=60)
    runs = runs_of(prefect_server, "nightly")
    assert [run["state_name"] for run in runs] == ["Skipped", "Skipped", "Completed"]
    assert "was missed; that of" in runs[0]["state"]["message"]
    [(as_of, scope, status)] = sql("SELECT as_of, scope, status FROM score_runs")
    assert (str(as_of)[:10], scope, status) == (f"{days_ago(2):%Y-%m-%d}", "due", "published")


def days_ago(n: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=n)
