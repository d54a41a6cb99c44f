"""Statements from ``sql/``: one file, one purpose. Values are always bound."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, CursorResult, DateTime, TextClause, bindparam, text

import leadscore
from leadscore.schema import Type
from leadscore.store.frames import to_frame

SQL = Path(leadscore.__file__).parents[1] / "sql"  # beside the package, in the repository and in the wheel alike


@cache
def statement(name: str) -> str:
    """The text of ``sql/queries/<name>.sql``."""
    return (SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def execute(connection: Connection, name: str, **values: Any) -> CursorResult[Any]:
    """Run a statement once with ``values``."""
    return connection.execute(_typed(name, values), values)


def execute_many(connection: Connection, name: str, rows: pl.DataFrame) -> None:
    """Run a statement for each row, its columns being the bound values. Nothing happens for no rows."""
    records = rows.to_dicts()
    if records:
        connection.execute(_typed(name, {key: _example(rows, key) for key in rows.columns}), records)


def select(connection: Connection, name: str, types: Mapping[str, Type | None], **values: Any) -> pl.DataFrame:
    """The result of a SELECT as a frame with the columns of ``types``."""
    return to_frame(execute(connection, name, **values).fetchall(), types)


def _typed(name: str, values: Mapping[str, Any]) -> TextClause:
    """The statement with its times bound as times: drivers disagree on how to write them."""
    times = [bindparam(key, type_=DateTime()) for key, value in values.items() if isinstance(value, datetime)]
    return text(statement(name)).bindparams(*times)


def _example(rows: pl.DataFrame, key: str) -> datetime | None:
    return datetime.min if isinstance(rows.schema[key], pl.Datetime) else None
