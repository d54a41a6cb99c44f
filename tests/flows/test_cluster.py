"""The score flow on a Dask cluster of two worker processes: the tables of one machine, whatever dies."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from harness.cluster import TwoWorkers, two_workers

from flows.score import score

Sql = Callable[..., list[tuple[Any, ...]]]
Tables = Callable[[], dict[str, list[tuple[Any, ...]]]]

NIGHT = datetime(2026, 1, 1)
CHUNK_ROWS = "200"  # of some 1,700 open leads


@pytest.fixture
def cluster(tmp_path: Path, prefect_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoWorkers]:
    """Two workers that the settings name."""
    monkeypatch.setenv("LEADSCORE_SCORING__CHUNK_ROWS", CHUNK_ROWS)
    folder = tmp_path / "cluster"
    folder.mkdir()
    with two_workers(folder, dict(os.environ)) as cluster:
        monkeypatch.setenv("LEADSCORE_COMPUTE__RUNNER", "dask")
        monkeypatch.setenv("LEADSCORE_COMPUTE__ADDRESS", cluster.address)
        yield cluster


@pytest.mark.crash
def test_a_night_on_two_workers_of_which_one_is_killed_leaves_what_one_machine_leaves(
    trained: Path, cluster: TwoWorkers, sql: Sql, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    killer = threading.Thread(target=kill_when_staged, args=(cluster.workers[0].pid, sql))
    killer.start()
    score(as_of=NIGHT)
    killer.join()
    assert cluster.workers[0].wait() == -signal.SIGKILL
    there = tables()
    forget(sql)
    monkeypatch.setenv("LEADSCORE_COMPUTE__RUNNER", "local")
    score(as_of=NIGHT)
    assert len(there["lead_scores"]) > 1000
    assert there == tables()


def kill_when_staged(pid: int, sql: Sql) -> None:
    """SIGKILL a worker as soon as some chunks are staged."""
    while not sql("SELECT 1 FROM staged_chunks") and not sql("SELECT 1 FROM score_runs WHERE status = 'published'"):
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def forget(sql: Sql) -> None:
    """Have the store as it was before the night."""
    for name in ("lead_scores", "lead_score_history", "lead_outcomes", "lead_snapshots", "quarantined_leads"):
        sql(f"DELETE FROM {name}")
    sql("DELETE FROM score_runs")
