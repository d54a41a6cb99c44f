"""The leads that are explored: all by who they are and how they stand, a sample of them by all their columns."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from leadscore.reading.readings import ReadColumn, Readings
from leadscore.schema import Kind, Schema


@dataclass(frozen=True)
class Explored:
    """All leads by their ``lives`` (n,), and a sample of them, ``sampled`` (m,), by all their columns.

    Lives are `leadscore.store.source.Chunk.lives` with ``open`` and ``outcome``: 1 or 0 where it is known and no longer
    depends on luck in waiting, else null. ``raw`` (m, k) are the columns as the source holds them, ``read`` (m, r) as
    they are read. ``unsound`` leads have no key, label or time that can be read, and are in neither.
    """

    as_of: datetime
    lives: pl.DataFrame
    unsound: int
    sampled: pl.DataFrame
    raw: pl.DataFrame
    read: pl.DataFrame
    schema: Schema
    readings: Readings
    maturity_days: float | None
    account: str | None
    owner: str | None
    timezone: str
    excluded: int

    @property
    def outcome(self) -> pl.Series:
        """The outcomes (m,) of the sample."""
        return self.sampled["outcome"]

    @property
    def is_whole(self) -> bool:
        """Whether the sample holds all leads."""
        return self.sampled.height == self.lives.height

    @property
    def columns(self) -> tuple[ReadColumn, ...]:
        """The columns of ``read`` that have values to show: sentences and dates have none."""
        return tuple(each for each in self.readings.columns if each.kind not in (Kind.DATE, Kind.TEXT))

    @property
    def identifiers(self) -> list[str]:
        """The columns of accounts, of sellers, and of what else has ids."""
        return list(dict.fromkeys(name for name in (self.account, self.owner, *self.readings.identifiers) if name))

    def read_as(self, kind: str) -> list[str]:
        """The columns of text that are read as ``kind``: a country, a timeline, or the name of a vocabulary."""
        return [name for name, each in self.readings.names.items() if each == kind]
