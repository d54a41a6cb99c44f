"""One run at a time, by a lock of the database that dies with its holder.

On PostgreSQL it is a session's advisory lock, on SQLite an exclusive transaction on a small database beside the store:
the one is dropped with the connection, the other by the operating system when the process ends, however it ends. So
there is no lease to outlive and no heartbeat to miss.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from leadscore.errors import AlreadyRunning, ConfigError, StoreError
from leadscore.store.engine import reading, translated
from leadscore.store.queries import execute

log = logging.getLogger(__name__)

OLDEST_POSTGRES = 15  # older ones do not hold a COPY's header against its columns
PATIENCE_SECONDS = {"postgresql": 5, "sqlite": 1}  # a server needs a few to notice that a killed client is gone
PAUSE_SECONDS = 0.25


def require_store(engine: Engine) -> None:
    """Raise ConfigError if this is no database that scores can be kept in."""
    if engine.dialect.name not in ("postgresql", "sqlite"):
        raise ConfigError(
            f"leadscore cannot keep its scores in {engine.dialect.name}.",
            "name a postgresql:// or sqlite:/// store in [database] url; source_url may name any database.",
        )
    if engine.dialect.name == "postgresql":
        with reading(engine) as connection:
            version = connection.dialect.server_version_info or ()
        if version < (OLDEST_POSTGRES,):
            raise ConfigError(
                f"leadscore cannot keep its scores in PostgreSQL {'.'.join(map(str, version))}.",
                f"upgrade the server: PostgreSQL {OLDEST_POSTGRES} is the oldest that serves.",
            )


@contextmanager
def one_at_a_time(engine: Engine, wait_s: float = 0) -> Iterator[None]:
    """Hold the store for one run, waiting so long for another to end. Raises AlreadyRunning if that holds it still."""
    require_store(engine)
    with _lock(engine) as take:
        _wait(take, PATIENCE_SECONDS[engine.dialect.name], wait_s)
        yield


def is_held(engine: Engine) -> bool:
    """Whether a run is at work on the store. If none is, this holds it for a moment, for which runs have patience."""
    with _lock(engine) as take:
        return not take()


def hold_file(path: Path) -> sqlite3.Connection:
    """The lock on a file, held until it is closed. Raises AlreadyRunning if another process holds it."""
    file = _open_file(path)
    if not _take_file(file, path):
        file.close()
        raise _already()
    return file


def _wait(take: Callable[[], bool], patience_s: float, wait_s: float) -> None:
    """Call ``take`` until it has the lock, and say so where that may take longer than a moment."""
    if not _taken_within(take, patience_s):
        if wait_s > patience_s:
            log.info("another run works on this store: waiting for it to end, up to %d s", wait_s)
        if not _taken_within(take, wait_s - patience_s):
            raise _already()


def _taken_within(take: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (taken := take()) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    return taken


@contextmanager
def _lock(engine: Engine) -> Iterator[Callable[[], bool]]:
    """What takes the lock of the store, if nobody holds it; it is free again at the end."""
    if engine.dialect.name == "postgresql":
        with closing(_session(engine)) as session:
            yield lambda: _take_session(session)
    else:
        path = Path(f"{Path(engine.url.database or '').resolve()}.lock")
        with closing(_open_file(path)) as file:
            yield lambda: _take_file(file, path)


def _session(engine: Engine) -> Connection:
    """A connection of its own, which is closed and not kept for others when it is no more needed."""
    with translated(engine):
        session = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        session.detach()
    return session


def _take_session(session: Connection) -> bool:
    with translated(session.engine):
        return bool(execute(session, "take_lock").scalar_one())


def _open_file(path: Path) -> sqlite3.Connection:
    with _told(path):
        return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


def _take_file(file: sqlite3.Connection, path: Path) -> bool:
    with _told(path):
        try:
            file.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return False
            raise
    return True


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"The lock {path} cannot be taken: {error}.", "see that its folder is there and may be written to."
        ) from None


def _already() -> AlreadyRunning:
    return AlreadyRunning("Another run works on this store.", "wait for it to end, then start this one again.")
