"""Frames as tables of a user's database: what the examples are loaded with."""

from collections.abc import Iterable
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from leadscore.store.engine import writing

COLUMN_TYPES: dict[type[pl.DataType], type[TypeEngine[Any]]] = {
    pl.Int64: sa.BigInteger,
    pl.Float64: sa.Float,
    pl.Boolean: sa.Boolean,
    pl.String: sa.Text,
    pl.Datetime: sa.DateTime,
}


def load_table(engine: sa.Engine, name: str, chunks: Iterable[pl.DataFrame], key: str) -> int:
    """Write ``chunks`` of one schema to a new table with the primary key ``key``; the number of rows."""
    rows = 0
    table: sa.Table | None = None
    for chunk in chunks:
        with writing(engine) as connection:
            if table is None:
                table = _table(name, chunk, key)
                table.create(connection)
            connection.execute(sa.insert(table), chunk.to_dicts())
        rows += chunk.height
    return rows


def _table(name: str, like: pl.DataFrame, key: str) -> sa.Table:
    columns = [
        sa.Column(column, COLUMN_TYPES[dtype.base_type()], primary_key=column == key, autoincrement=False)
        for column, dtype in like.schema.items()
    ]
    return sa.Table(name, sa.MetaData(), *columns)
