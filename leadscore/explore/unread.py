"""Columns whose values are not shown, told without any cell: texts by their length, dates by when most are."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from leadscore.schema import Kind, Schema
from leadscore.times import to_utc

UNREAD = (Kind.DATE, Kind.TEXT, Kind.IGNORE)
MOST = (0.01, 0.99)  # quantiles between which nearly all leads are: the first and the last date are one lead's own


@dataclass(frozen=True)
class Unread:
    """A column of this ``kind``: how many leads say it, its ``distinct`` values, and what they are like."""

    column: str
    kind: Kind
    filled: int
    distinct: int
    words: str


def unread(raw: pl.DataFrame, schema: Schema, timezone: str) -> list[Unread]:
    """The columns of ``raw`` (n, k) whose values are not shown."""
    kinds = {column.name: column.kind for column in schema.columns}
    return [_described(column, kinds[column.name], timezone) for column in raw if kinds[column.name] in UNREAD]


def _described(column: pl.Series, kind: Kind, timezone: str) -> Unread:
    known = column.drop_nulls()
    return Unread(column.name, kind, len(known), known.n_unique(), _words(known, kind, timezone))


def _words(known: pl.Series, kind: Kind, timezone: str) -> str:
    if known.is_empty():
        return "empty"
    if kind is Kind.DATE:
        return _dates(known, timezone)
    if kind is Kind.TEXT and known.dtype == pl.String:
        few, middle, many = np.quantile(known.str.len_chars().to_numpy(), (*MOST[:1], 0.5, *MOST[1:]))
        return f"{few:,.0f} to {many:,.0f} characters, {middle:,.0f} in the middle"
    return "one value" if known.n_unique() == 1 else "ignored"


def _dates(known: pl.Series, timezone: str) -> str:
    """From when to when nearly all are, to the month."""
    times = known.to_frame().select(to_utc(pl.col(known.name), known.dtype, timezone)).to_series().drop_nulls().sort()
    if times.is_empty():
        return "no dates that can be read"
    first, last = (times[round(share * (len(times) - 1))] for share in MOST)
    return f"nearly all from {first:%Y-%m} to {last:%Y-%m}"
