"""What a process of the crash tests does: it runs the command line, and dies or stops where its order says.

The failpoints are wrapped around the product from here: it holds none itself, so none can be tripped by accident.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from io import FileIO
from pathlib import Path
from typing import Any, Literal

import pytest

from harness.clock import set_clock


@dataclass(frozen=True)
class Order:
    """What to run, and where to die, or to ``stop`` until told to go on: at a ``point`` passed ``skip`` times before.

    A SQLite store may have ``max_pages`` if that is given: what a full disk looks like to it. ``clock``: what time it
    is for the run, if that is not now.
    """

    environment: Mapping[str, str]
    arguments: Sequence[str]
    point: str | None = None
    skip: int = 0
    stop: bool = False
    max_pages: int | None = None
    clock: datetime | None = None


When = Literal["before", "after", "before its commit", "after its commit"]


@dataclass(frozen=True)
class Point:
    """A function of the product, and when to strike: of ``execute`` only for some ``statements``, of ``writing`` at
    the end of its transaction.
    """

    module: str
    name: str
    when: When = "after"
    statements: tuple[str, ...] = ()


POINTS = {
    "after pull": Point("leadscore.scoring", "fetch"),
    "after validate": Point("leadscore.scoring", "check"),
    "between chunks": Point("leadscore.store.staging", "stage"),
    "after staging": Point("leadscore.store.publish", "publish", "before"),
    "during merge": Point("leadscore.store.publish", "execute", statements=("merge_scores", "append_backfill")),
    "before commit": Point("leadscore.store.publish", "writing", "before its commit"),
    "after commit": Point("leadscore.store.publish", "publish"),
    "during write-back": Point("leadscore.store.outbox", "bring_in_line"),
    "between the two commits": Point("leadscore.store.outbox", "writing", "after its commit"),
    "between two champions": Point("leadscore.store.registry", "execute", statements=("retire_champion", "leave_line")),
}
WRITING_MODEL = "while writing the model"


def run(order: Order, folder: Path) -> None:
    """Run the command line in ``folder``, its output in files there. Ends the process."""
    os.chdir(folder)
    for stream, name in ((sys.stdout, "out.txt"), (sys.stderr, "err.txt")):
        stream.flush()
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT), stream.fileno())
    os.environ.update(order.environment)
    from leadscore.cli import app

    if order.max_pages:
        limit_pages(order.max_pages)
    if order.clock:
        set_clock(pytest.MonkeyPatch(), order.clock)
    if order.point:
        arm(order.point, striker(order.skip, order.stop))
    app(order.arguments)


def striker(skip: int, stop: bool) -> Callable[[], None]:
    """What happens at the point: nothing ``skip`` times, then the end, or a halt."""
    left = skip

    def strike() -> None:
        nonlocal left
        left -= 1
        if left == -1:
            halt() if stop else os.kill(os.getpid(), signal.SIGKILL)

    return strike


def halt() -> None:
    """Say so by a file ``stopped``; wait to be killed, or for a file ``go on``."""
    Path("stopped").touch()
    parent = multiprocessing.parent_process()
    while not Path("go on").exists():
        if parent is None or not parent.is_alive():
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.02)


def limit_pages(n: int) -> None:
    """Let no SQLite connection make its file longer than ``n`` pages."""
    engine = import_module("leadscore.store.engine")
    prepare = engine._prepare_sqlite

    def limited(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute(f"PRAGMA max_page_count = {n}")

    vars(engine)["_prepare_sqlite"] = limited


def arm(name: str, strike: Callable[[], None]) -> None:
    """Put ``strike`` where the point is."""
    if name == WRITING_MODEL:
        bundle = import_module("leadscore.models.bundle")
        vars(bundle)["open"] = lambda path, mode: HalfWritten(path, mode, strike)
        return
    point = POINTS[name]
    module = import_module(point.module)
    wrap = striking_at_commit if "commit" in point.when else striking
    setattr(module, point.name, wrap(getattr(module, point.name), point, strike))


def striking(function: Callable[..., Any], point: Point, strike: Callable[[], None]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        meant = not point.statements or args[1] in point.statements
        if meant and point.when == "before":
            strike()
        result = function(*args, **kwargs)
        if meant and point.when == "after":
            strike()
        return result

    return call


def striking_at_commit(writing: Callable[..., Any], point: Point, strike: Callable[[], None]) -> Callable[..., Any]:
    @contextmanager
    def transaction(engine: Any, **how: Any) -> Iterator[Any]:
        with writing(engine, **how) as connection:
            yield connection
            if point.when == "before its commit":
                strike()
        if point.when == "after its commit":
            strike()

    return transaction


class HalfWritten(FileIO):
    """A file of which half the bytes are on the disk when the strike comes."""

    def __init__(self, path: str, mode: str, strike: Callable[[], None]) -> None:
        super().__init__(path, mode)
        self.strike = strike

    def write(self, data: Any) -> int:
        half = len(data) // 2
        super().write(data[:half])
        os.fsync(self.fileno())
        self.strike()
        return half + super().write(data[half:])
