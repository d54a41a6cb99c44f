"""How often the training leads that show a value converted: what puts a reason into perspective.

Counted over the leads that the shipped fit learned from, by what reasons show of each column and never by raw text.
Histories are left out: what they show tells its own rate.
"""

from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.features.rates import SHRINKAGE

MIN_LEADS = 30  # leads that show a value, from which their rate is kept: of fewer, chance says more
MOST_VALUES = 100  # of a column, the most frequent ones: a bundle stays small

Tally = tuple[int, int]  # leads, and how many of them converted


class Perspective(BaseModel):
    """How often leads with one value convert, and how often all the others do, as shares."""

    model_config = ConfigDict(frozen=True)

    rate: float
    others: float

    @property
    def times(self) -> float:
        """How many times as often as the others."""
        return self.rate / self.others


class ShownRates(BaseModel):
    """The tallies of ``values`` by source column and value, and of ``every`` training lead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Tally = (0, 0)
    values: dict[str, dict[str, Tally]] = {}

    @classmethod
    def learn(cls, shown: pl.DataFrame, converted: NDArray[np.bool_ | np.int_ | np.float64]) -> Self:
        """Count what the training leads have ``shown`` (n, s), a text column a source, beside their outcomes (n,)."""
        won = pl.Series("won", converted).cast(pl.Int64)
        counted = {column.name: _counted(column, won) for column in shown}
        return cls(every=(len(won), int(won.sum())), values={name: found for name, found in counted.items() if found})

    def perspective(self, source: str, value: str) -> Perspective | None:
        """How leads with ``value`` convert beside all others; None of one that is rare or that all leads have.

        The rate is shrunken: each value is given as many leads at the rate of the others as `rates.SHRINKAGE` says.
        """
        n, won = self.values.get(source, {}).get(value, (0, 0))
        n_others, won_others = self.every[0] - n, self.every[1] - won
        if not n or not won_others:
            return None
        others = won_others / n_others
        return Perspective(rate=(won + SHRINKAGE * others) / (n + SHRINKAGE), others=others)


def _counted(shown: pl.Series, won: pl.Series) -> dict[str, Tally]:
    tallies = pl.DataFrame({"value": shown, "won": won}).group_by("value").agg(pl.len(), pl.col("won").sum())
    frequent = tallies.drop_nulls().filter(pl.col("len") >= MIN_LEADS).sort(["len", "value"], descending=[True, False])
    return {value: (n, converted) for value, n, converted in frequent.head(MOST_VALUES).rows()}
