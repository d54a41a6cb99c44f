"""Rows of a database driver as Polars frames of known types."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from leadscore.schema import Type
from leadscore.times import UTC_NAIVE, to_utc


def to_frame(rows: Sequence[Sequence[Any]], types: Mapping[str, Type | None]) -> pl.DataFrame:
    """A frame with a column for each name in ``types``.

    A column whose cells do not all fit its type (SQLite lets text into a number column) becomes text, so that
    validation can name the cell; a column of unknown type takes what its cells suggest.
    """
    cells = list(zip(*rows, strict=True)) or [()] * len(types)
    return pl.DataFrame(
        [_series(name, type_, column) for (name, type_), column in zip(types.items(), cells, strict=True)]
    )


def store_times(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The same frame with ``columns``, times as the store hands them over, as naive UTC."""
    return frame.with_columns(to_utc(pl.col(name), frame.schema[name], "UTC").alias(name) for name in columns)


def _series(name: str, type_: Type | None, cells: Sequence[Any]) -> pl.Series:
    if type_ is Type.TIME:
        return _times(name, cells)
    try:
        return pl.Series(name, cells, dtype=type_.polars if type_ else None, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        return _numbers(name, type_, cells)


def _numbers(name: str, type_: Type | None, cells: Sequence[Any]) -> pl.Series:
    """Drivers hand over Decimal or bool where a number is due: take it if nothing is lost, else text."""
    loose = pl.Series(name, cells, dtype=type_.polars if type_ else None, strict=False)
    lost = any(cell is not None and kept is None for cell, kept in zip(cells, loose, strict=True))
    exact = type_ in (Type.FLOAT, Type.BOOLEAN) and not lost
    return loose if exact and not any(isinstance(cell, str) for cell in cells) else _text(name, cells)


def _times(name: str, cells: Sequence[Any]) -> pl.Series:
    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds:
        return pl.Series(name, cells, dtype=UTC_NAIVE)
    return pl.Series(name, cells) if kinds in ({datetime}, {date}, {str}) else _text(name, cells)


def _text(name: str, cells: Sequence[Any]) -> pl.Series:
    return pl.Series(name, [_as_text(cell) for cell in cells], dtype=pl.String)


def _as_text(cell: Any) -> str | None:
    """As the cell would read in a column of its own kind: an identifier stored as 174.0 is 174."""
    if cell is None:
        return None
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
