"""One run at a time, by a lock of the database that dies with its holder.

On SQLite it is an exclusive transaction on a small database beside the store: the operating system drops it when
the process ends, however it ends, so there is no lease to outlive and no heartbeat to miss.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Engine

from leadscore.errors import AlreadyRunning, ConfigError, StoreError


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """Hold the store for one run. Raises AlreadyRunning if another run holds it."""
    if engine.dialect.name != "sqlite":
        raise ConfigError(f"leadscore cannot keep its scores in {engine.dialect.name} yet.", "use a sqlite:/// URL.")
    with closing(_hold(f"{engine.url.database}.lock")):
        yield


def _hold(path: str) -> sqlite3.Connection:
    try:
        lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise AlreadyRunning(
                "Another run works on this store.", "wait for it to end, then start this one again."
            ) from None
        raise StoreError(
            f"The lock {path} cannot be taken: {error}.", "see that its folder is there and may be written to."
        ) from None
    return lock
