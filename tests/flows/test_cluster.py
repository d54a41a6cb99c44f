"""Both flows on a Dask cluster of two worker processes: what one machine does, whatever dies."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import LocalCluster
from harness.cluster import TwoWorkers, two_workers

from flows.retrain import retrain
from flows.score import score
from leadscore.errors import ClusterLost
from leadscore.models.bundle import Bundle, load
from leadscore.models.metrics import measure
from leadscore.recipes.leads import read_known
from leadscore.settings import load_settings
from leadscore.training.contest import Ring

Sql = Callable[..., list[tuple[Any, ...]]]
Tables = Callable[[], dict[str, list[tuple[Any, ...]]]]

pytestmark = pytest.mark.timeout(900)  # four processes import all libraries, however busy the machine is

NIGHT = datetime(2026, 1, 1)
OF_NIGHT = (
    *("lead_scores", "lead_score_history", "lead_outcomes", "lead_snapshots", "quarantined_leads", "score_runs"),
    *("monitoring", "account_outcomes", "feature_counts", "score_cohorts"),
)


@contextmanager
def started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoWorkers]:
    """Two workers that the settings name, for chunks of 200 of some 1,300 open leads."""
    folder.mkdir()
    with two_workers(folder, dict(os.environ)) as cluster, monkeypatch.context() as patch:
        name_cluster(cluster.address, patch, chunk_rows=200)
        yield cluster


def name_cluster(address: str, patch: pytest.MonkeyPatch, chunk_rows: int) -> None:
    patch.setenv("LEADSCORE_COMPUTE__RUNNER", "dask")
    patch.setenv("LEADSCORE_COMPUTE__ADDRESS", address)
    patch.setenv("LEADSCORE_SCORING__CHUNK_ROWS", str(chunk_rows))


def require_what_one_machine_leaves(there: dict[str, list[tuple[Any, ...]]], sql: Sql, tables: Tables) -> None:
    """A night on one machine, as if there had been none, leaves the tables ``there``."""
    for name in OF_NIGHT:
        sql(f"DELETE FROM {name}")
    score(as_of=NIGHT)
    assert len(there["lead_scores"]) > 1000
    assert there == tables()


def test_a_night_on_a_cluster_leaves_what_one_machine_leaves(
    trained: Path, sql: Sql, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With workers in threads of this process: to import all libraries takes others longer than the night."""
    here = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=2, threads_per_worker=1, **here) as cluster, monkeypatch.context() as patch:
        name_cluster(cluster.scheduler_address, patch, chunk_rows=500)
        score(as_of=NIGHT)
        assert sum(worker.state.executed_count for worker in cluster.workers.values()) >= 3
    require_what_one_machine_leaves(tables(), sql, tables)


@pytest.mark.acceptance
@pytest.mark.crash
def test_a_night_on_two_workers_of_which_one_is_killed_leaves_what_one_machine_leaves(
    trained: Path, tmp_path: Path, sql: Sql, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(tmp_path / "cluster", monkeypatch) as cluster:
        killing = killed_when_staged(cluster.workers[0].pid, sql)
        score(as_of=NIGHT)
        killing.join()
        assert cluster.workers[0].wait() == -signal.SIGKILL
    require_what_one_machine_leaves(tables(), sql, tables)


@pytest.mark.acceptance
@pytest.mark.crash
def test_a_night_whose_scheduler_is_killed_says_so_and_the_next_goes_on_from_there(
    trained: Path, tmp_path: Path, sql: Sql, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    with started(tmp_path / "cluster", monkeypatch) as cluster:
        killing = killed_when_staged(cluster.scheduler.pid, sql)
        with pytest.raises(ClusterLost, match=r"scheduler at tcp://.* was lost"):
            score(as_of=NIGHT)
        killing.join()
    [(status, error)] = sql("SELECT status, error FROM score_runs")
    assert (status, "goes on from what is staged" in error) == ("failed", True)
    staged = {chunk for (chunk,) in sql("SELECT chunk FROM staged_chunks")}
    assert staged
    assert sql("SELECT 1 FROM lead_scores") == []
    with started(tmp_path / "another", monkeypatch):
        score(as_of=NIGHT)
    require_what_one_machine_leaves(tables(), sql, tables)


def killed_when_staged(pid: int, sql: Sql) -> threading.Thread:
    """SIGKILL for a process as soon as a chunk is staged."""

    def kill() -> None:
        while not sql("SELECT 1 FROM staged_chunks"):
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


@pytest.mark.acceptance
@pytest.mark.parametrize("member", ["lightgbm", "xgboost"])
def test_a_model_of_two_workers_is_as_good_as_one_of_one_machine_on_the_same_leads(
    trained: Path, tmp_path: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch, member: str
) -> None:
    monkeypatch.setenv("LEADSCORE_TRAINING__MEMBERS", f'["{member}"]')
    monkeypatch.setenv("LEADSCORE_TRAINING__FOLDS", "4")  # of two, chance would tell how many trees are grown
    one = bundle_of(sql)
    with started(tmp_path / "cluster", monkeypatch), monkeypatch.context() as patch:
        patch.setenv("LEADSCORE_COMPUTE__ONE_MACHINE_LEADS", "3500")
        patch.setenv("LEADSCORE_SCORING__CHUNK_ROWS", "700")
        many = bundle_of(sql)
    known = read_known(load_settings(), NIGHT)
    assert many.card["sampled_from"] > 4000 > 3500 >= many.card["known"]["leads"]
    later = np.arange(len(known.split.holdout)) >= len(known.split.holdout) // 2  # than the holdout of either begins
    converted = known.leads.converted[known.split.holdout][later]
    ring = Ring.of(known, known.held, known.held)
    here, there = (
        measure(converted, each.evaluation.probability(ring.read(known.held, each))[later], 0.2, seed=1)
        for each in (one, many)
    )
    for name in ("roc_auc", "average_precision", "log_loss", "brier_score"):
        judged = getattr(here, name)
        assert judged.low <= getattr(there, name).value <= judged.high, name


def bundle_of(sql: Sql) -> Bundle:
    """What a retrain saves."""
    before = {version for (version,) in sql("SELECT version FROM models")}
    retrain(as_of=NIGHT, promote="never")
    [(uri, sha256)] = [
        (uri, sha256)
        for version, uri, sha256 in sql("SELECT version, artifact_uri, artifact_sha256 FROM models")
        if version not in before
    ]
    return load(uri, sha256)
