"""Bulk reads from PostgreSQL: record batches by ADBC, as Polars frames."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.exc import OperationalError, ProgrammingError

from leadscore.store.engine import GIVEN_UP, PASSING, UNKNOWN, translated

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection, Cursor

READ_ONLY = r"-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\ read"
NUMBERED = dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # $1, the only marks that ADBC knows
NO_VALUES: Mapping[str, Any] = MappingProxyType({})
TOO_LONG = "canceling statement due to"  # how a server that speaks English begins to tell of `GIVEN_UP`
WIDER = {pl.Int16: pl.Int64, pl.Int32: pl.Int64, pl.Float32: pl.Float64}

Statement = sa.Select[Any] | sa.TextClause


class ReadError(Exception):
    """What ADBC said. ``sqlstate`` is None where the server did not answer."""

    def __init__(self, message: str, sqlstate: str | None) -> None:
        super().__init__(message.rpartition("ERROR:  ")[2])
        self.sqlstate = sqlstate

    def __reduce__(self) -> tuple[type[Self], tuple[str, str | None]]:
        return type(self), (str(self), self.sqlstate)  # else an error in another process could not be told


def batches(engine: sa.Engine, statement: Statement, values: Mapping[str, Any] = NO_VALUES) -> Iterator[pl.DataFrame]:
    """The rows of ``statement``, some 16 MB at a time, of one state of the database, which it cannot change.

    A Series among the ``values`` is bound as an array. With values the server sends all rows at once, not a stream.
    """
    with translated(engine), closing(_connect(engine)) as connection, connection.cursor() as cursor:
        _execute(cursor, statement, values)
        with _streamed(connection):
            for batch in cursor.fetch_record_batch():
                yield pl.DataFrame(batch).cast(WIDER)  # type: ignore[arg-type]


def read(engine: sa.Engine, statement: Statement, *values: Mapping[str, Any]) -> pl.DataFrame:
    """All rows of ``statement`` in one frame, see `batches`; for each of ``values`` in turn if there are several."""
    with translated(engine), closing(_connect(engine)) as connection, connection.cursor() as cursor:
        return pl.concat([_all(cursor, statement, given) for given in values or [NO_VALUES]])


def _all(cursor: "Cursor", statement: Statement, values: Mapping[str, Any]) -> pl.DataFrame:
    _execute(cursor, statement, values)
    with _told():
        return pl.DataFrame(cursor.fetch_arrow_table()).cast(WIDER)  # type: ignore[arg-type]


def _connect(engine: sa.Engine) -> "Connection":
    """A connection beside those of ``engine``, to the same server in the same way, for reading only."""
    from adbc_driver_postgresql.dbapi import connect  # type: ignore[import-untyped]
    from psycopg.conninfo import make_conninfo

    with engine.connect() as connection:
        info = connection.connection.driver_connection.info  # type: ignore[union-attr]
        known = {**info.get_parameters(), "password": info.password, "client_encoding": "UTF8"}
    options = f"{known.get('options', '')} {READ_ONLY}"
    with _told():
        opened: Connection = connect(make_conninfo(**known | {"options": options}))
    return opened


def _execute(cursor: "Cursor", statement: Statement, values: Mapping[str, Any]) -> None:
    compiled = statement.compile(dialect=NUMBERED)
    known = compiled.construct_params(values)
    bound = pl.DataFrame({name: [known[name]] for name in compiled.positiontup or ()})
    bound = bound.cast({pl.Null: pl.String})
    with _told():
        cursor.execute(str(compiled), bound if bound.width else None)


@contextmanager
def _told() -> Iterator[None]:
    """Turn ADBC's errors into those of SQLAlchemy, which the engine's `translated` tells apart."""
    import adbc_driver_manager

    try:
        yield
    except adbc_driver_manager.Error as error:
        lost = error.status_code == adbc_driver_manager.AdbcStatusCode.IO
        raise _error(str(error), error.sqlstate or (None if lost else UNKNOWN)) from error


@contextmanager
def _streamed(connection: "Connection") -> Iterator[None]:
    """The same for what breaks off a stream: there ADBC has no SQLSTATE, but knows whether the line is dead."""
    from adbc_driver_postgresql import ConnectionOptions  # type: ignore[import-untyped]

    try:
        yield
    except OSError as error:
        status = connection.adbc_connection.get_option(ConnectionOptions.TRANSACTION_STATUS.value)
        state = GIVEN_UP if TOO_LONG in str(error) else UNKNOWN
        raise _error(str(error), None if status == "unknown" else state) from error


def _error(message: str, sqlstate: str | None) -> sa.exc.DBAPIError:
    passing = not sqlstate or sqlstate == GIVEN_UP or PASSING.match(sqlstate)
    kind = OperationalError if passing else ProgrammingError
    return kind(None, None, ReadError(message, sqlstate))
