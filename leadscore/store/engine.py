"""Connections to the score store and to the database of the leads."""

import re
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError

from leadscore.errors import ConfigError, DatabaseUnreachable, LeadScoreError, SourceError, StoreError
from leadscore.store.url import masked, parse

# What a session on PostgreSQL has to be, whatever the server, the database or the role say.
POSTGRES_SESSION = " ".join(
    f"-c {setting}"
    for setting in (
        *("timezone=UTC", "datestyle=ISO", "intervalstyle=postgres", "extra_float_digits=1", "bytea_output=hex"),
        *("idle_session_timeout=0", "idle_in_transaction_session_timeout=0"),  # the lock's session rests all night
        "client_connection_check_interval=1000",  # ms: a dead client's locks are dropped as soon, in a statement too
        *("tcp_keepalives_idle=30", "tcp_keepalives_interval=10", "tcp_keepalives_count=3"),  # and after a power cut
    )
)
POSTGRES_ARGS = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

# What may be over in a moment: lost connections, shutdowns and starts, deadlocks, too many connections, a taken lock.
PASSING = re.compile("08|57P|40|53300|55P03")
REFUSED = re.compile(
    r"FATAL: .*(password|does not exist|pg_hba|permission|not permitted)|(?P<tls>certificate|SSL, but)"
)
FORBIDDEN = ("42501", "25006")  # no privilege; a database that only replicates another
LOCKED, GIVEN_UP = "55P03", "57014"  # a lock that another holds; a statement that took too long, or was canceled
UNKNOWN = "XX000"  # what has no other SQLSTATE, or lost it on its way


@dataclass(frozen=True)
class Timeouts:
    """Seconds after which a database gives up: on a statement (PostgreSQL alone), and on a lock that another holds."""

    statement_s: float = 3600
    lock_s: float = 30


TIMEOUTS = Timeouts()


def open_engine(url: str, timeouts: Timeouts = TIMEOUTS) -> Engine:
    """An engine for ``url``. On SQLite a writer takes its lock at the start, so that it never fails half-way."""
    parsed = with_driver(parse(url))
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigError("A SQLite database in memory is gone with the run.", "name a file: sqlite:///leadscore.db.")
    try:
        engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True, **_arguments(parsed, timeouts))
    except (NoSuchModuleError, ImportError) as error:
        raise ConfigError(
            f"No driver for {parsed.drivername}: {error}.", "install the database's SQLAlchemy dialect."
        ) from None
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _require_utc)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def with_driver(url: URL) -> URL:
    """``url`` by the driver that leadscore brings for PostgreSQL: psycopg 3."""
    on_postgres = url.get_backend_name() in ("postgresql", "postgres")
    return url.set(drivername="postgresql+psycopg") if on_postgres else url


def shown(engine: Engine) -> str:
    """The URL of ``engine`` without its password, wherever that stands."""
    return masked(engine.url)


def same_database(one: str, other: str) -> bool:
    """Whether two URLs are the same, or name the same SQLite file."""
    first, second = make_url(one), make_url(other)
    if {first.get_backend_name(), second.get_backend_name()} == {"sqlite"}:
        return Path(first.database or "").resolve() == Path(second.database or "").resolve()
    return with_driver(first) == with_driver(second)


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
    with translated(engine), engine.connect().execution_options(leadscore_reads=True) as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection


@contextmanager
def writing(engine: Engine, *, snapshot: bool = False) -> Iterator[Connection]:
    """One transaction: committed as a whole at the end, rolled back on any error.

    With ``snapshot`` all its statements see, and change, one state of the database, as they always do on SQLite.
    """
    with translated(engine), engine.connect().execution_options(leadscore_writes=True) as connection:
        if snapshot and engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Tell a driver's errors in our own: `DatabaseUnreachable` where a retry may help, `StoreError` where not.

    A defect in a statement stays what it is.
    """
    try:
        yield
    except DBAPIError as error:
        _forget(error)
        if not _may_pass(error) and _is_defect(error):
            raise
        raise _refusal(engine, error) from error


def _forget(error: BaseException | None) -> None:
    """Clear what the frames of the driver hold, passwords and rows among it: some tracebacks show locals."""
    while error:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _refusal(engine: Engine, error: DBAPIError) -> LeadScoreError:
    """What the database did not do, and what may help."""
    kind: type[LeadScoreError] = DatabaseUnreachable
    did = "did not do its work"
    if _state(error) == GIVEN_UP:
        kind, did = StoreError, "gave up on a statement"
        hint = "see what keeps it busy, or raise [database] statement_timeout_s"
    elif _state(error) == LOCKED:
        hint = "see who holds the lock for longer than [database] lock_timeout_s, then start again"
    elif _may_pass(error):
        hint = "see that it is up and that no other program keeps it locked, then start again"
    elif (refused := REFUSED.search(str(error.orig))) and refused["tls"]:
        kind, did = StoreError, "cannot be trusted"
        hint = "see sslmode and sslrootcert in the URL, and the certificate of the server: docs/security.md"
    else:
        kind, did = StoreError, "cannot be used"
        hint = "check that the URL names a database, and its folder, rights and disk"
    return kind(f"The database {shown(engine)} {did}: {told(error)}.", f"{hint}; nothing is half-written.")


def _state(error: DBAPIError) -> str | None:
    """The SQLSTATE, where the driver has one."""
    return getattr(error.orig, "sqlstate", None)


def _may_pass(error: DBAPIError) -> bool:
    """Whether the trouble may be over in a moment. SQLite raises the same class for locks and for all else."""
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0)
        return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = _state(error)
    return bool(PASSING.match(state)) if state else not REFUSED.search(str(error.orig))


def _is_defect(error: DBAPIError) -> bool:
    if _state(error) in FORBIDDEN:
        return False
    return type(error) not in (OperationalError, InterfaceError, DatabaseError)


def told(error: DBAPIError) -> str:
    """The first line of what the driver says. What it quotes of the data itself is left out."""
    line = str(error.orig).strip().partition("\n")[0].rstrip(".")
    of_data = isinstance(error, DataError) or (_state(error) or "").startswith("22") or _state(error) == UNKNOWN
    return re.sub(r"\"[^\"]*\"|'[^']*'", '"…"', line) if of_data else line


def let_readers_work(engine: Engine) -> None:
    """Keep a SQLite store readable while a run writes to it: its write-ahead log stays on once it is switched on."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")


def _arguments(url: URL, timeouts: Timeouts) -> dict[str, Any]:
    """What the dialect's engine is made with. Timeouts that the URL itself asks for come after ours, and count."""
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": timeouts.lock_s, "check_same_thread": False}}
    if url.get_backend_name() == "postgresql":
        limits = f"-c statement_timeout={timeouts.statement_s * 1000:.0f} -c lock_timeout={timeouts.lock_s * 1000:.0f}"
        asked = url.normalized_query.get("options", ())
        session = {"application_name": "leadscore", "options": " ".join((limits, *asked, POSTGRES_SESSION))}
        return {"connect_args": POSTGRES_ARGS | session, "json_serializer": str}  # our JSON is text already
    return {}


def _require_utc(dbapi_connection: Any, _record: Any) -> None:
    """Times go to the store as UTC: a pool between us that drops what the session asks for would shift them all."""
    zone = dbapi_connection.info.parameter_status("TimeZone")
    if zone != "UTC":
        raise ConfigError(
            f"The database's session keeps times of {zone} instead of UTC.",
            "connect without a pool that drops the `options` of a session.",
        )


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # SQLAlchemy's begin event starts the transactions, not the driver
    dbapi_connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA query_only = {'leadscore_reads' in options}")  # whatever a [leads] query says
    connection.exec_driver_sql("BEGIN IMMEDIATE" if "leadscore_writes" in options else "BEGIN DEFERRED")
