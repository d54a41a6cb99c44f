"""A Dask cluster of processes of their own, as one has it on several machines: a scheduler, and workers that die."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

from harness.ports import free_port

ROOT = Path(__file__).parents[3]
SECONDS = 120  # within which workers that import all libraries on a busy machine are there
ONE_THREAD = dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class TwoWorkers:
    """A ``scheduler`` at ``address`` and two ``workers``, each of one thread."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._folder, self._environment = folder, environment | ONE_THREAD
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        words = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder))
        self.workers = [self._start("worker", self.address, *words) for _ in range(2)]

    def wait(self) -> None:
        """Until both workers are there."""
        with Client(self.address, timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=SECONDS)

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        log = (self._folder / f"{what}-{time.monotonic_ns()}.log").open("w")
        command = [sys.executable, "-m", "dask", what, *words]
        with log:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def two_workers(folder: Path, environment: dict[str, str]) -> Iterator[TwoWorkers]:
    """The cluster, its logs in ``folder``; gone at the end."""
    cluster = TwoWorkers(folder, environment)
    try:
        cluster.wait()
        yield cluster
    finally:
        cluster.close()
