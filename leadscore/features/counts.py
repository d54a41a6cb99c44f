"""What the feature map is learned from, as counts: those of two halves of the leads add up to those of the whole.

So leads that are too many for one machine are counted where they are, in partitions, and only counts travel:

- of a category how many leads have each value, and how many of them converted, by fold;
- of a group the same by fold or, where times are known, by the day on which the outcomes were known;
- of a number its values, with how many leads have each; of many values as many as `MOST` that stand for as many leads;
- of all leads how many there are, and how many converted, by fold.

A lead's fold is drawn, without a look at its outcome; rates of a fold's leads are learned from the other folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.folds import FOLDS
from leadscore.features.inputs import TIMES, Input, Role
from leadscore.features.numbers import finite
from leadscore.schema import Kind

MOST = 4096  # values that stand for all of a number: a quantile is off by a share of 1/4096 of the leads at most
EVERY = ""  # the key of the counts of all leads: no input has this name

Labels = NDArray[np.int64]
Folds = NDArray[np.int32]


@dataclass(frozen=True)
class Part:
    """Training leads (n,) as the feature map reads them, their outcomes and their folds."""

    leads: pl.DataFrame
    converted: Labels
    fold: Folds

    @classmethod
    def of(cls, leads: pl.DataFrame, converted: Labels, seed: int) -> Self:
        fold = np.random.default_rng(seed).integers(FOLDS, size=len(converted), dtype=np.int32)
        return cls(leads, converted, fold)


@dataclass(frozen=True)
class Counts:
    """Frames by input. Of categories and groups ``value``, ``by`` (fold or day), ``n`` and ``won``; of numbers
    ``value`` and ``n``.
    """

    by_input: dict[str, pl.DataFrame]

    @classmethod
    def of(cls, part: Part, inputs: Sequence[Input]) -> Self:
        every = tallied(pl.repeat(EVERY, len(part.fold), eager=True), pl.Series(part.fold), part.converted)
        found = {each.name: counted(part, each) for each in inputs}
        return cls({EVERY: every} | {name: frame for name, frame in found.items() if frame is not None})

    def __add__(self, other: "Counts") -> "Counts":
        return Counts({name: added(frame, other.by_input[name]) for name, frame in self.by_input.items()})

    @property
    def every(self) -> pl.DataFrame:
        """How many leads there are (``n``) and how many converted (``won``), ``by`` fold, all folds in order."""
        return self.by_input[EVERY].sort("by")

    @property
    def base_rate(self) -> float:
        """The share of all leads that converted."""
        return float(self.every["won"].to_numpy().sum() / self.every["n"].to_numpy().sum())


def total(counts: Sequence[Counts]) -> Counts:
    """The sum of all."""
    return reduce(lambda one, other: one + other, counts)


def counted(part: Part, each: Input) -> pl.DataFrame | None:
    """The counts of one input; None of one about which nothing is learned but of all leads."""
    values = part.leads[each.name]
    if each.role is Role.PAST or each.kind is Kind.BOOLEAN:
        return None
    if each.role is Role.DATED_GROUP:
        return tallied(values, days(part.leads[TIMES["known_at"]]), part.converted)
    if each.role is Role.GROUP or each.kind is Kind.CATEGORY:
        return tallied(values, pl.Series(part.fold), part.converted)
    known = finite(values).drop_nulls().alias("value")
    return thinned(known.value_counts(name="n").cast({"value": pl.Float64, "n": pl.Int64}))


def tallied(values: pl.Series, by: pl.Series, converted: Labels) -> pl.DataFrame:
    """Leads and conversions by value and ``by``; those that lack one of the two count nowhere."""
    leads = pl.DataFrame({"value": values, "by": by.cast(pl.Int32), "won": pl.Series(converted, dtype=pl.Int64)})
    return leads.drop_nulls().group_by("value", "by").agg(n=pl.len().cast(pl.Int64), won=pl.col("won").sum())


def added(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The counts of both."""
    keys = [name for name in ("value", "by") if name in one.columns]
    both = pl.concat([one, other]).group_by(keys).agg(pl.exclude(keys).sum())
    return both if "by" in keys else thinned(both)


def thinned(counts: pl.DataFrame) -> pl.DataFrame:
    """At most `MOST` of the values, each with the leads of those next to it: the median of as many leads as others."""
    if counts.height <= MOST:
        return counts
    middle = pl.col("n").cum_sum() - pl.col("n") / 2
    place = (middle / pl.col("n").sum() * MOST).cast(pl.Int64).alias("place")
    grouped = counts.sort("value").group_by(place, maintain_order=True)
    return grouped.agg(pl.col("value").get(pl.len() // 2), pl.col("n").sum()).drop("place")


def days(times: pl.Series) -> pl.Series:
    """Whole days since 1970, null where no time is known."""
    return times.dt.epoch("d")
