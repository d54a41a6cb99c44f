"""The deployments of prefect.yaml on a real server, run by a real worker."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.score import score
from leadscore.sample.demo import EXAMPLES

Sql = Callable[..., list[tuple[Any, ...]]]

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def prefect(*words: str, seconds: float = 180) -> str:
    """What a prefect command prints. It must end well."""
    done = subprocess.run(
        [str(BIN / "prefect"), "--no-prompt", *words], cwd=ROOT, capture_output=True, text=True, timeout=seconds
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def worker(prefect_server: str, trained: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that serves both deployments on this test's store."""
    prefect("work-pool", "create", "leadscore", "--type", "process", "--overwrite")
    prefect("deploy", "--all")
    environment = {**os.environ, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    command = [str(BIN / "prefect"), "worker", "start", "--pool", "leadscore"]
    with (trained / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        yield process
        process.terminate()
        process.wait(timeout=60)


@pytest.mark.acceptance
@pytest.mark.parametrize("trained", ["sqlite"], indirect=True)
def test_a_worker_runs_both_deployments(
    worker: subprocess.Popen[bytes], prefect_server: str, trained: Path, sql: Sql
) -> None:
    [(first,)] = sql("SELECT version FROM models WHERE status = 'champion'")
    sql("DELETE FROM leads WHERE lead_id % 10 = 0")
    prefect("deployment", "run", "retrain/weekly", "--watch")
    [(champion,)] = sql("SELECT version FROM models WHERE status = 'champion'")
    assert champion != first
    assert sql("SELECT version FROM models WHERE status = 'retired'") == [(first,)]

    prefect("deployment", "run", "score/nightly", "--watch", "--param", "as_of=2026-01-02T02:00:00Z")
    [(status, scored)] = sql("SELECT status, n_scored FROM score_runs")
    assert status == "published"
    assert sql("SELECT COUNT(*), MAX(model_version) FROM lead_scores") == [(scored, champion)]

    artifacts = httpx.post(f"{prefect_server}/artifacts/filter", json={}).json()
    told = {artifact["key"]: artifact["data"] for artifact in sorted(artifacts, key=itemgetter("created"))}
    assert champion in told["retrain"]
    assert f"{scored:,}" in told["score-night"]

    deployments = httpx.post(f"{prefect_server}/deployments/filter", json={}).json()
    crons = {d["name"]: (d["schedules"][0]["schedule"]["cron"], d["schedules"][0]["slug"]) for d in deployments}
    assert crons == {"nightly": ("0 2 * * *", "nightly"), "weekly": ("0 3 * * 1", "weekly")}
    assert all(deployment["concurrency_limit"] is None for deployment in deployments)

    log = (trained / "worker.log").read_text()
    assert "leads are through" in log, "the library's own lines reach Prefect"


@pytest.mark.acceptance
@pytest.mark.parametrize("trained", ["sqlite"], indirect=True)
def test_the_automation_of_the_examples_retrains_when_a_night_finds_drift(
    trained: Path, sql: Sql, prefect_server: str
) -> None:
    prefect("work-pool", "create", "leadscore", "--type", "process", "--overwrite")
    prefect("deploy", "--all")
    weekly = httpx.get(f"{prefect_server}/deployments/name/retrain/weekly").raise_for_status().json()["id"]
    automation = trained / "automation.yaml"
    text = (EXAMPLES / "retrain_on_drift.yaml").read_text(encoding="utf-8")
    automation.write_text(text.replace("DEPLOYMENT_ID", weekly), encoding="utf-8")
    assert "Created automation 'retrain on drift'" in prefect("automation", "create", "--from-file", str(automation))

    def retrains() -> list[Any]:
        asked = {"deployments": {"id": {"any_": [weekly]}}}
        runs = httpx.post(f"{prefect_server}/flow_runs/filter", json=asked, timeout=60).raise_for_status().json()
        return [each for each in runs if not each["auto_scheduled"]]

    before = len(retrains())
    sql("UPDATE leads SET inquiry_type = 'T' || (lead_id % 7) WHERE is_converted IS NULL AND lead_id % 5 < 2")
    score(as_of=datetime(2026, 1, 1))
    deadline = time.monotonic() + 60
    while len(retrains()) == before and time.monotonic() < deadline:
        time.sleep(0.5)
    assert len(retrains()) == before + 1
    prefect("automation", "delete", "retrain on drift")
