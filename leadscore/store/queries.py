"""Statements from ``sql/``: one file, one purpose. Values are always bound.

A statement that PostgreSQL wants otherwise has a second file of the same name in the folder ``postgresql``.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, CursorResult, DateTime, Engine, TextClause, bindparam, column, text
from sqlalchemy import select as sa_select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

import leadscore
from leadscore.schema import Type
from leadscore.store import arrow
from leadscore.store.by_id import ordered
from leadscore.store.engine import reading
from leadscore.store.frames import to_frame
from leadscore.store.source import BOUND_VALUES, FETCHED_AT_ONCE

SQL = Path(leadscore.__file__).parents[1] / "sql"  # beside the package, in the repository and in the wheel alike
ROWS_AT_ONCE = 100_000  # of a table that is read in order, where no record batches come
COPIED_AT_ONCE = 10_000
JSON = {"counts", "metrics", "quarantined_by_rule"}  # values that are JSON: PostgreSQL has to be told


@cache
def statement(name: str, dialect: str) -> str:
    """The text of ``sql/queries/<name>.sql``, or of the file that takes its place on ``dialect``."""
    return variant(SQL / "queries" / f"{name}.sql", dialect).read_text(encoding="utf-8")


def variant(file: Path, dialect: str) -> Path:
    """The file that takes the place of ``file`` on ``dialect``, if there is one, else ``file``."""
    special = file.parent / dialect / file.name
    return special if special.is_file() else file


def execute(connection: Connection, name: str, **values: Any) -> CursorResult[Any]:
    """Run a statement once with ``values``."""
    return connection.execute(_typed(connection, name, values), values)


def execute_many(connection: Connection, name: str, rows: pl.DataFrame) -> None:
    """Run a statement for each row, its columns being the bound values. Nothing happens for no rows."""
    records = rows.to_dicts()
    if records:
        connection.execute(_typed(connection, name, {key: _example(rows, key) for key in rows.columns}), records)


def load_rows(connection: Connection, name: str, rows: pl.DataFrame) -> None:
    """Insert many ``rows``, their columns in the order of the statement: by COPY on PostgreSQL, else one by one."""
    if connection.dialect.name == "postgresql":
        copy_rows(connection, statement(name, "postgresql"), rows)
    else:
        execute_many(connection, name, rows)


def select(connection: Connection, name: str, types: Mapping[str, Type | None], **values: Any) -> pl.DataFrame:
    """The result of a SELECT as a frame with the columns of ``types``."""
    return to_frame(execute(connection, name, **values).fetchall(), types)


def read_all(engine: Engine, name: str, types: Mapping[str, Type | None]) -> pl.DataFrame:
    """The same of a SELECT without values that may return very many rows: record batches on PostgreSQL."""
    if engine.dialect.name == "postgresql":
        return arrow.read(engine, text(statement(name, "postgresql"))).select(*types)
    with reading(engine) as connection:
        return select(connection, name, types)


def read_ordered(engine: Engine, name: str, types: Mapping[str, Type | None]) -> Iterator[pl.DataFrame]:
    """The same by ``lead_id``, one of the columns, those without one last: a frame without rows, and then some rows at
    a time.
    """
    rows = text(statement(name, engine.dialect.name)).columns(*map(column, types)).subquery()
    key = ordered(rows.c.lead_id, types["lead_id"], engine.dialect.name)
    query = sa_select(rows).order_by(key.nulls_last())
    yield to_frame([], types)
    if engine.dialect.name == "postgresql":
        yield from arrow.batches(engine, query)
        return
    with reading(engine) as connection:
        result = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
        yield from (to_frame(part, types) for part in result.partitions())


def read_among(engine: Engine, name: str, types: Mapping[str, Type | None], ids: pl.Series) -> pl.DataFrame:
    """The same of a SELECT for the rows with these ``ids``, distinct and not null: so many at once, each part read
    in the order that the database likes.
    """
    on_postgres = engine.dialect.name == "postgresql"
    size = FETCHED_AT_ONCE if on_postgres else BOUND_VALUES
    parts = [ids.slice(start, size) for start in range(0, max(len(ids), 1), size)]
    query = statement(name, engine.dialect.name)
    if on_postgres:
        return arrow.read(engine, text(query), *({"ids": part} for part in parts)).select(*types)
    with reading(engine) as connection:
        among = text(query).bindparams(bindparam("ids", expanding=True))
        rows = [row for part in parts for row in connection.execute(among, {"ids": part.to_list()})]
        return to_frame(rows, types)


def _typed(connection: Connection, name: str, values: Mapping[str, Any]) -> TextClause:
    """The statement with its times and JSON bound as such: drivers disagree on how to write them."""
    times = [bindparam(key, type_=DateTime()) for key, value in values.items() if isinstance(value, datetime)]
    on_postgres = connection.dialect.name == "postgresql"
    json = [bindparam(key, type_=JSONB()) for key in values if key in JSON and on_postgres]
    return text(statement(name, connection.dialect.name)).bindparams(*times, *json)


def _example(rows: pl.DataFrame, key: str) -> datetime | None:
    return datetime.min if isinstance(rows.schema[key], pl.Datetime) else None


def copy_rows(connection: Connection, copy: str, rows: pl.DataFrame) -> None:
    """COPY ``rows`` in as CSV with a header, which PostgreSQL holds against the columns of the statement."""
    import psycopg

    driver = connection.connection.dbapi_connection
    assert driver is not None
    written = partial(pl.DataFrame.write_csv, quote_style="non_numeric", null_value="")  # in quotes: "" is not null
    try:
        with driver.cursor().copy(copy) as sink:
            sink.write(written(rows.clear()))
            for some in rows.iter_slices(COPIED_AT_ONCE):  # all of them as text would be as large as the frame again
                sink.write(written(some, include_header=False))
    except psycopg.Error as error:
        raise DBAPIError.instance(copy, None, error, psycopg.Error, dialect=connection.dialect) from error
