"""`leadscore up`: a Prefect server, unless there is one, the deployments and a worker, as processes of one command.

Each process is a session of its own: Ctrl-C reaches this one alone, which ends the others in their order.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn
from urllib.parse import urlsplit

from prefect.settings import PREFECT_HOME

from leadscore.errors import AlreadyRunning, ServingFailed
from leadscore.settings import tell_processes
from leadscore.store.lock import hold_file
from tasks.deploying import POOL, address, answers, deploy, planned_runs

STARTS_S, ENDS_S, PAUSE_S = 180, 30, 0.5
HERE = ("127.0.0.1", "localhost", "::1", "0.0.0.0")
ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # to end: by Ctrl-C, `kill` or a service, a closed terminal
PREFECT = (sys.executable, "-m", "prefect")

Served = Callable[[str, dict[str, datetime]], None]


def serve(say: Callable[[str], None], served: Served, health_port: int | None = None) -> None:
    """Serve until somebody asks for the end.

    What takes long is said to ``say``; ``served`` hears the address and when runs are next, once all is there.
    ``health_port`` is where the worker says whether it still polls the server. Raises AlreadyRunning and ServingFailed.
    """
    api = address()
    with closing(_alone()), _asked_to_end(), ExitStack() as ending:
        tell_processes(PREFECT_API_URL=api)
        processes = {}
        if not answers(api):
            say("starting the Prefect server (half a minute the first time)")
            processes["server"] = ending.enter_context(_server(api))
        say("applying the deployments")
        deploy(api)
        processes["worker"] = ending.enter_context(_worker(health_port))
        served(api, planned_runs(api))
        _watch(processes)


def _alone() -> sqlite3.Connection:
    """The lock that keeps a second one out. Raises AlreadyRunning if there is a first."""
    home = Path(PREFECT_HOME.value())
    home.mkdir(parents=True, exist_ok=True)
    try:
        return hold_file(home / "leadscore-up.lock")
    except AlreadyRunning:
        raise AlreadyRunning(
            f"`leadscore up` is running already, with {address().removesuffix('/api')}.",
            "use that one, or stop it: Ctrl-C where it runs.",
        ) from None


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """End quietly by the first signal that asks for it; the next ones do not disturb the end."""

    def end(_signal: int, _frame: FrameType | None) -> NoReturn:
        for each in ASKED:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, end) for each in ASKED}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _server(api: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server at the address, from its first answer on. Raises ServingFailed if it is elsewhere, or does not start."""
    place = urlsplit(api)
    if place.hostname not in HERE:
        raise ServingFailed(
            f"The Prefect server {api} does not answer.", "see that it runs, or unset PREFECT_API_URL to have one here."
        )
    log = Path(PREFECT_HOME.value()) / "leadscore-up-server.log"
    command = ("server", "start", "--host", place.hostname, "--port", str(place.port or 4200), "--log-level", "WARNING")
    with log.open("wb") as file, _running(*command, output=file) as server:
        deadline = time.monotonic() + STARTS_S
        while not answers(api):
            if server.poll() is not None or time.monotonic() > deadline:
                raise ServingFailed(
                    "The Prefect server did not start.", f"{log} says why; PREFECT_SERVER_API_PORT names another port."
                )
            time.sleep(PAUSE_S)
        yield server


def _worker(health_port: int | None) -> AbstractContextManager[subprocess.Popen[bytes]]:
    command = ["worker", "start", "--pool", POOL, "--type", "process"]
    if health_port:
        tell_processes(PREFECT_WORKER_WEBSERVER_PORT=str(health_port))
        command.append("--with-healthcheck")
    return _running(*command)


@contextmanager
def _running(*command: str, output: IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A command of Prefect in a session of its own, which has ended as a whole when the work inside has."""
    process = subprocess.Popen((*PREFECT, *command), stdout=output, stderr=output, start_new_session=True)
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, and what it started too; what does not within some time is killed."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDS_S)


def _watch(processes: dict[str, subprocess.Popen[bytes]]) -> NoReturn:
    """Wait for the first to end. Raises ServingFailed then: nobody asked it to."""
    while True:
        for name, process in processes.items():
            if process.poll() is not None:
                raise ServingFailed(
                    f"The {name} ended by itself, with exit code {process.returncode}.", "start `leadscore up` again."
                )
        time.sleep(PAUSE_S)
