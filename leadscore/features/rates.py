"""Shrunken conversion rates of what came before: of the lead's account, and of groups that are frozen in the bundle.

A rate is (won + SHRINKAGE * prior) / (closed + SHRINKAGE): groups of which little is known stay near the prior, the
conversion rate of the training leads (empirical Bayes with a fixed strength, as in Efron and Morris 1975).
"""

from typing import Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.features.folds import Rows, cross_fitted
from leadscore.features.history import tally
from leadscore.reading.text import digests

SHRINKAGE = 5.0  # leads at the prior rate that each group is given
MIN_CLOSED = 3  # outcomes from which a group has a rate of its own: fewer hardly move it

Floats = NDArray[np.float64]


def shrunken(closed: Floats, won: Floats, prior: float | Floats) -> Floats:
    """The rates, with values of float32 (see `numbers`)."""
    rates: Floats = ((won + SHRINKAGE * prior) / (closed + SHRINKAGE)).astype(np.float32).astype(np.float64)
    return rates


def told(closed: pl.Series, won: pl.Series, name: str) -> pl.Series:
    """What a reason shows: "2 of 3 earlier leads converted"."""
    counts = pl.DataFrame({"closed": closed.fill_null(0).cast(pl.Int64), "won": won.fill_null(0).cast(pl.Int64)})
    some = pl.format("{} of {} earlier leads converted", "won", "closed")
    return counts.select(pl.when(pl.col("closed") > 0).then(some).otherwise(pl.lit("none yet")).alias(name)).to_series()


class PastMap(BaseModel):
    """A tally of earlier leads, as of each lead's creation: how many, their rate, and the days since the last one."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["past"] = "past"
    column: str
    source: str
    prior: float

    @classmethod
    def learn(cls, tallies: pl.Series, converted: Floats, *, source: str) -> tuple[Self, Floats]:
        """The map and the features (n, 3) of the training leads, which are made as those of any other lead."""
        learned = cls(column=tallies.name, source=source, prior=float(converted.mean()))
        return learned, learned.transform(tallies)

    @property
    def width(self) -> int:
        """The number of feature columns."""
        return 3

    def transform(self, tallies: pl.Series) -> Floats:
        """The features (n, 3) of structs of closed, won and days."""
        parts = tallies.struct.unnest()
        closed, won = (parts[name].to_numpy() for name in ("closed", "won"))
        days = parts["days"].cast(pl.Float32).cast(pl.Float64).fill_null(np.nan).to_numpy()
        return np.column_stack([closed, shrunken(closed, won, self.prior), days])

    def display(self, tallies: pl.Series) -> pl.Series:
        """What a reason shows."""
        parts = tallies.struct.unnest()
        return told(parts["closed"], parts["won"], tallies.name)


class GroupMap(BaseModel):
    """The conversion rate of a group of leads, such as those of one seller or of one country and product.

    ``keys`` are hashes of the groups' values: a value may be a name. At night the rates are those of the training;
    in training each lead has the rate that was known when it came in, or that of the other folds where no times are.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["group"] = "group"
    column: str
    source: str
    prior: float
    keys: tuple[str, ...]
    closed: tuple[float, ...]
    won: tuple[float, ...]

    @classmethod
    def learn(
        cls, values: pl.Series, converted: Floats, times: pl.DataFrame | None, seed: int, *, source: str
    ) -> tuple[Self, Floats]:
        """Learn from the training leads: the map, and their features (n, 1).

        ``times`` has their created_at and known_at; an outcome that was known nobody knows when counts nowhere.
        """
        if times is None:

            def rates(others: Rows, fold: Rows) -> Floats:
                return cls.frozen(values[others], converted[others], source).transform(values[fold])[:, 0]

            return cls.frozen(values, converted, source), cross_fitted(len(values), seed, rates)[:, None]
        known = times["known_at"].is_not_null()
        learned = cls.frozen(values.set(~known, None), converted, source)
        leads = times.with_columns(key=values, label=pl.Series(converted).cast(pl.Int64))
        return learned, learned.rates(tally(leads, leads, ["key"]))

    @classmethod
    def frozen(cls, values: pl.Series, converted: Floats, source: str) -> Self:
        """The rates of all groups by now; a lead without a value is of none."""
        leads = pl.DataFrame({"key": values, "label": converted}).drop_nulls()
        groups = leads.group_by("key").agg(closed=pl.len().cast(pl.Float64), won=pl.col("label").sum())
        return cls.of_groups(groups, float(converted.mean()), values.name, source)

    @classmethod
    def of_groups(cls, groups: pl.DataFrame, prior: float, column: str, source: str) -> Self:
        """The same of how many leads of each ``key`` are ``closed``, and how many of these are ``won`` (Float64)."""
        known = groups.filter(pl.col("closed") >= MIN_CLOSED)
        known = known.with_columns(digests(known["key"])).sort("key")
        return cls(
            column=column,
            source=source,
            prior=prior,
            keys=tuple(known["key"]),
            closed=tuple(known["closed"]),
            won=tuple(known["won"]),
        )

    def rates(self, known: pl.DataFrame) -> Floats:
        """The feature (n, 1) of what is ``known``, closed and won, of each lead's group."""
        enough = known.select(pl.col("closed", "won") * (pl.col("closed") >= MIN_CLOSED))
        return shrunken(enough["closed"].to_numpy(), enough["won"].to_numpy(), self.prior)[:, None]

    @property
    def width(self) -> int:
        """The number of feature columns."""
        return 1

    def transform(self, values: pl.Series) -> Floats:
        """The features (n, 1)."""
        return self.rates(self._look_up(values))

    def display(self, values: pl.Series) -> pl.Series:
        """What a reason shows."""
        found = self._look_up(values)
        return told(found["closed"], found["won"], values.name)

    def _look_up(self, values: pl.Series) -> pl.DataFrame:
        known = pl.DataFrame(
            {"digest": self.keys, "closed": self.closed, "won": self.won},
            schema={"digest": pl.String, "closed": pl.Float64, "won": pl.Float64},
        )
        distinct = values.alias("key").drop_nulls().unique()
        rates = distinct.to_frame().with_columns(digests(distinct).alias("digest")).join(known, on="digest")
        found = values.alias("key").to_frame().join(rates, on="key", how="left", maintain_order="left")
        return found.select(pl.col("closed", "won").fill_null(0.0))
