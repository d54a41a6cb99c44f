"""What runs leave behind: in a process that lives on, in the database, and in the Prefect server beside it."""

import gc
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from harness.stores import Store

PROC = Path("/proc")
PATIENCE_SECONDS = 5  # PostgreSQL ends a session a moment after its client has left, or was killed
PAUSE_SECONDS = 0.05
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
OTHERS += "AND pid <> pg_backend_pid()"


@dataclass(frozen=True)
class Reading:
    """Megabytes of this process and of the Prefect server; what this process has; what is held of the store."""

    memory: float
    server_memory: float
    files: int
    threads: int
    processes: int
    temporary_files: int
    connections: int
    locks: int


def take(store: Store) -> Reading:
    """What there is now that no run is at work, garbage aside."""
    gc.collect()
    children = _children()
    return Reading(
        memory=_megabytes(os.getpid()),
        server_memory=sum(_megabytes(child) for child in children if "prefect" in _command(child)),
        files=len(os.listdir(PROC / "self/fd")),
        threads=threading.active_count(),
        processes=len(children),
        temporary_files=len(os.listdir(tempfile.gettempdir())),
        connections=least(lambda: _connections(store)),
        locks=least(lambda: _locks(store)),
    )


def least(count: Callable[[], int]) -> int:
    """The count once it is 0, or after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (n := count()) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    return n


def _connections(store: Store) -> int:
    """Sessions of others in a PostgreSQL database; how often this process has a SQLite file open."""
    if store.database == "postgresql":
        return int(store.rows(f"SELECT COUNT(*) {OTHERS}")[0][0])
    return sum(store.name in target for target in map(_target, (PROC / "self/fd").iterdir()))


def _locks(store: Store) -> int:
    """Locks that others hold in a PostgreSQL database; whether a SQLite store is held for a run."""
    if store.database == "postgresql":
        return int(store.rows(f"SELECT COUNT(*) FROM pg_locks WHERE pid IN (SELECT pid {OTHERS})")[0][0])
    with closing(sqlite3.connect(f"{store.name}.lock", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return 1
    return 0


def _children() -> list[int]:
    """The processes that this one has started, and has not taken leave of."""
    threads = (PROC / "self/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


def _megabytes(process: int) -> float:
    """The memory that a process has in use; 0 if it has ended."""
    found = [line for line in _read(process, "status").splitlines() if line.startswith("VmRSS:")]
    return int(found[0].split()[1]) / 1024 if found else 0.0


def _command(process: int) -> str:
    return _read(process, "cmdline").replace("\0", " ")


def _read(process: int, name: str) -> str:
    try:
        return (PROC / str(process) / name).read_text()
    except OSError:
        return ""


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
