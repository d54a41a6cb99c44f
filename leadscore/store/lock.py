"""One run at a time, by a lock of the database that dies with its holder.

On PostgreSQL it is a session's advisory lock, on SQLite an exclusive transaction on a small database beside the store:
the one is dropped with the connection, the other by the operating system when the process ends, however it ends. So
there is no lease to outlive and no heartbeat to miss.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from leadscore.errors import AlreadyRunning, ConfigError, StoreError
from leadscore.store.engine import reading, translated
from leadscore.store.queries import execute

OLDEST_POSTGRES = 15  # older ones do not hold a COPY's header against its columns
PATIENCE_SECONDS = 5  # PostgreSQL needs a few to notice that a killed client is gone
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
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Hold the store for one run. Raises AlreadyRunning if another run holds it."""
    require_store(engine)
    if engine.dialect.name == "postgresql":
        with closing(_session(engine)) as session:
            _take(session)
            yield
    else:
        with closing(_hold(f"{Path(engine.url.database or '').resolve()}.lock")):
            yield


def _session(engine: Engine) -> Connection:
    """A connection of its own, which is closed and not kept for others when it is no more needed."""
    with translated(engine):
        session = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        session.detach()
    return session


def _take(session: Connection) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with translated(session.engine):
        while not execute(session, "take_lock").scalar_one():
            if time.monotonic() > deadline:
                raise _taken()
            time.sleep(PAUSE_SECONDS)


def _hold(path: str) -> sqlite3.Connection:
    try:
        lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise _taken() from None
        raise StoreError(
            f"The lock {path} cannot be taken: {error}.", "see that its folder is there and may be written to."
        ) from None
    return lock


def _taken() -> AlreadyRunning:
    return AlreadyRunning("Another run works on this store.", "wait for it to end, then start this one again.")
