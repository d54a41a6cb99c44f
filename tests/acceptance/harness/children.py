"""Processes that run the command line: forked from a server that has its imports behind it, since those take seconds.

The server imports and never runs anything, so that no library has a pool of threads yet which a fork would lose.
"""

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.dying import Order, run
from harness.stores import Store

HERE = Path(__file__).parents[1]
SECONDS = 180  # a run takes a few; on a busy machine a multiple
KILLED = -signal.SIGKILL


class Child:
    """A process that does as ordered, with a folder for its output."""

    def __init__(self, process: multiprocessing.process.BaseProcess, folder: Path) -> None:
        self.process = process
        self.folder = folder

    @property
    def out(self) -> str:
        return (self.folder / "out.txt").read_text()

    @property
    def err(self) -> str:
        return (self.folder / "err.txt").read_text()

    def wait(self, seconds: float = SECONDS) -> int:
        """The exit code; -9 if it was killed."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"still at work after {seconds} s: {self.out}{self.err}"
        return self.process.exitcode

    def wait_until_stopped(self, seconds: float = SECONDS) -> None:
        """Until it has come to its point, where it stays."""
        deadline = time.monotonic() + seconds
        while not (self.folder / "stopped").exists():
            assert self.process.exitcode is None, f"ended with {self.process.exitcode}: {self.out}{self.err}"
            assert time.monotonic() < deadline, f"not there after {seconds} s"
            time.sleep(0.02)

    def go_on(self) -> None:
        """Let it leave its point."""
        (self.folder / "go on").touch()

    def kill(self) -> int:
        """SIGKILL from outside, whatever it is doing. The exit code: it may have been faster."""
        self.process.kill()
        return self.wait()


class Children:
    """Starts processes, each with a folder of its own in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Child] = []
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["harness.warm"])

    def start(self, store: Store, arguments: Sequence[str], point: str | None = None, **how: Any) -> Child:
        """Run the command line on a store, to die or to stop at a ``point`` or to get to its end (`Order`)."""
        folder = Path(tempfile.mkdtemp(prefix="child-", dir=self.folder))
        order = Order(store.environment, tuple(arguments), point, **how)
        process = self.context.Process(target=run, args=(order, folder), daemon=True)
        with pytest.MonkeyPatch.context() as patch:  # the first process starts the server, which takes these over
            patch.setenv("PYTHONPATH", os.pathsep.join((str(HERE), str(HERE.parents[1]))))
            patch.setenv("OPENBLAS_NUM_THREADS", "1")
            patch.setenv("PREFECT_LOGGING_TO_API_ENABLED", "false")
            process.start()
        self.started.append(Child(process, folder))
        return self.started[-1]

    def run(self, store: Store, arguments: Sequence[str]) -> Child:
        """Run the command line to its good end."""
        child = self.start(store, arguments)
        assert child.wait() == 0, child.out + child.err
        return child

    def forget(self, child: Child) -> None:
        """Let go of what this process holds of one that has ended."""
        self.started.remove(child)
        child.process.close()

    def close(self) -> None:
        """End those that are still at work."""
        for child in self.started:
            child.kill()
