"""Frames as tables of a user's database: what the examples are loaded with."""

from collections.abc import Iterable
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from leadscore.errors import StoreError
from leadscore.store.arrow import NUMBERED
from leadscore.store.engine import writing
from leadscore.store.queries import copy_rows, statement

COLUMN_TYPES: dict[type[pl.DataType], type[TypeEngine[Any]]] = {
    pl.Int64: sa.BigInteger,
    pl.Float64: sa.Float,
    pl.Boolean: sa.Boolean,
    pl.String: sa.Text,
    pl.Datetime: sa.DateTime,
}


def load_table(engine: sa.Engine, name: str, chunks: Iterable[pl.DataFrame], key: str) -> int:
    """Write ``chunks`` of one schema to a new table with the primary key ``key``; the number of rows.

    Raises StoreError if there is such a table.
    """
    if sa.inspect(engine).has_table(name):
        raise StoreError(f"There is a table {name} in this database already.", "name an empty one.")
    rows = 0
    table: sa.Table | None = None
    for chunk in chunks:
        with writing(engine) as connection:
            if table is None:
                table = _table(name, chunk, key)
                table.create(connection)
            insert_rows(connection, table, chunk)
        rows += chunk.height
    return rows


def insert_rows(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """Write ``rows``, whose columns are those of ``table``: by COPY on PostgreSQL."""
    if rows.is_empty():  # of no rows SQLAlchemy makes one of defaults
        return
    if connection.dialect.name != "postgresql":
        times = pl.selectors.datetime().dt.strftime("%Y-%m-%d %H:%M:%S%.6f")  # as SQLAlchemy writes them
        insert = sa.insert(table).compile(dialect=connection.dialect)  # by itself it takes longer than SQLite
        connection.exec_driver_sql(str(insert), rows.with_columns(times).rows())
        return
    name = NUMBERED.identifier_preparer.format_table(table)
    copy_rows(connection, statement("load_table", "postgresql").format(table=name), rows)


def _table(name: str, like: pl.DataFrame, key: str) -> sa.Table:
    columns = [
        sa.Column(column, COLUMN_TYPES[dtype.base_type()], primary_key=column == key, autoincrement=False)
        for column, dtype in like.schema.items()
    ]
    return sa.Table(name, sa.MetaData(), *columns)
