"""Connections to the score store and to the database of the leads."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, NoSuchModuleError, OperationalError

from leadscore.errors import ConfigError, DatabaseUnreachable, SourceError, StoreError

BUSY_SECONDS = 30  # how long a writer waits for another program's lock on a SQLite file


def open_engine(url: str) -> Engine:
    """An engine for ``url``. On SQLite a writer takes its lock at the start, so that it never fails half-way."""
    if make_url(url).get_backend_name() == "sqlite" and make_url(url).database in (None, "", ":memory:"):
        raise ConfigError("A SQLite database in memory is gone with the run.", "name a file: sqlite:///leadscore.db.")
    try:
        engine = create_engine(url, connect_args=_connect_args(url))
    except (NoSuchModuleError, ImportError) as error:
        raise ConfigError(
            f"No driver for {make_url(url).drivername}: {error}.", "install the database's SQLAlchemy dialect."
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def require_database(url: str) -> None:
    """Raise SourceError if ``url`` is a SQLite file that is not there: connecting would create an empty one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        raise SourceError(
            f"There is no database file {Path(parsed.database).name if parsed.database else f'in {url}'}.",
            "check [database] url and source_url in leadscore.toml; a file is named by sqlite:///file.db.",
        )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database and writes nothing."""
    with _translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed as a whole at the end, rolled back on any error."""
    with (
        _translated(engine),
        engine.connect().execution_options(leadscore_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if not _may_pass(error):
            raise _unusable(engine, error) from error
        raise DatabaseUnreachable(
            f"The database {engine.url.render_as_string(hide_password=True)} did not do its work: {error.orig}.",
            "see that it is up and that no other program keeps it locked, then start again: nothing is half-written.",
        ) from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # its subclasses mean a defect in a statement
            raise
        raise _unusable(engine, error) from error


def _may_pass(error: OperationalError) -> bool:
    """Whether the trouble may be over in a moment. SQLite raises the same class for locks and for all else."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is None or code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _unusable(engine: Engine, error: DatabaseError) -> StoreError:
    return StoreError(
        f"The database {engine.url.render_as_string(hide_password=True)} cannot be used: {error.orig}.",
        "check that the URL names a database, and its folder, rights and disk; nothing is half-written.",
    )


def let_readers_work(engine: Engine) -> None:
    """Keep a SQLite store readable while a run writes to it: its write-ahead log stays on once it is switched on."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")


def _connect_args(url: str) -> dict[str, Any]:
    return {"timeout": BUSY_SECONDS, "check_same_thread": False} if make_url(url).get_backend_name() == "sqlite" else {}


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # SQLAlchemy's begin event starts the transactions, not the driver
    dbapi_connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("leadscore_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")
