"""Measured processes: each run in one of its own, its seconds, what it found, and the peak of its tree's memory."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EVERY = 0.1  # seconds between two looks at the memory
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Ran:
    """``seconds`` from the start of a process to its end, what it ``found``, and the ``peak`` in bytes of its tree."""

    seconds: float
    found: dict[str, Any]
    peak: int


def run(
    script: str,
    *words: object,
    environment: Mapping[str, str],
    python: str = sys.executable,
) -> Ran:
    """Run a ``script`` beside this one; the last line that it prints is what it found, as JSON."""
    command = [python, str(HERE / script), *map(str, words)]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=os.environ | environment)
        peak = Peak(process.pid)
        peak.start()
        code = process.wait()
        seconds = time.perf_counter() - started
        peak.stop()
        out.seek(0)
        errors.seek(0)
        if code:
            raise RuntimeError(f"{script} ended with {code}; it said last:\n{errors.read()[-3000:]}")
        *_, last = out.read().strip().splitlines()
    return Ran(seconds, json.loads(last), peak.bytes)


class Peak(threading.Thread):
    """The highest memory of a process and all that it starts, as the kernel counts it.

    What is mapped from files, mostly libraries, is the same in all of them: it counts once, as in the process that has
    most of it. The sum of their proportional set sizes comes to a little less, but a look at a gigabyte takes 70 ms.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(EVERY):
            own, shared = zip(*map(resident, tree(self._pid)), strict=True)
            self.bytes = max(self.bytes, sum(own) + max(shared))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    for child in children(pid):
        yield from tree(child)


def children(pid: int) -> list[int]:
    """The processes that a process has started; none if it, or one of its threads, has just ended."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        return [int(child) for task in os.listdir(tasks) for child in (tasks / task / "children").read_text().split()]
    except OSError:
        return []


def resident(pid: int) -> tuple[int, int]:
    """The bytes in memory of a process: its own, and those that it shares; none if it has ended."""
    try:
        _, whole, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0, 0
    return (int(whole) - int(shared)) * PAGE, int(shared) * PAGE
