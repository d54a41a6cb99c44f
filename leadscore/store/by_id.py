"""Rows in the order of their ids, taken range by range: so two tables are compared without holding either."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl
import sqlalchemy as sa

from leadscore.errors import SourceError
from leadscore.schema import Type

BYTEWISE = {"postgresql": "C", "sqlite": "BINARY"}  # collations that order text by its bytes in UTF-8, as Polars does


def ordered(column: sa.ColumnElement[Any], type_: Type | None, dialect: str) -> sa.ColumnElement[Any]:
    """What to ORDER BY, so that ids, whole numbers or text, come as Polars sorts them."""
    if type_ is not Type.TEXT:
        return column
    text = sa.cast(column, sa.Text)
    return sa.collate(text, BYTEWISE[dialect]) if dialect in BYTEWISE else text


def cut(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Frames ordered by ``lead_id``, cut between two ids, so that equal ones stay together; rows without one come last.

    Raises SourceError if they are in another order.
    """
    rest, nameless = pl.DataFrame(), list[pl.DataFrame]()
    for frame in frames:
        missing = pl.col("lead_id").is_null()
        nameless.append(frame.filter(missing))
        rest = pl.concat([rest, frame.filter(~missing)] if rest.width else [frame.filter(~missing)])
        _require_order(rest["lead_id"])
        whole = pl.col("lead_id") < pl.col("lead_id").max()
        yield rest.filter(whole)
        rest = rest.filter(~whole)
    if nameless:
        yield pl.concat([rest, *nameless])


def _require_order(ids: pl.Series) -> None:
    if not ids.is_sorted():
        raise SourceError(
            "The database orders the ids of the leads by another rule than their characters.",
            "name an id of whole numbers, or a [leads] query that gives the id in a binary collation.",
        )


class Ranges:
    """Frames ordered by ``lead_id``, those without one at the end, handed out up to one id after the other."""

    def __init__(self, frames: Iterator[pl.DataFrame]) -> None:
        self._frames = frames
        self._rest = next(frames)

    def upto(self, last: Any) -> pl.DataFrame:
        """The next rows, to those of the id ``last``; all that are left if it is None."""
        parts = []
        while True:
            within = self._rest if last is None else self._rest.filter(pl.col("lead_id") <= last)
            parts.append(within)
            self._rest = self._rest[within.height :]
            more = next(self._frames, None) if self._rest.is_empty() else None
            if more is None:
                return pl.concat(parts)
            self._rest = more
