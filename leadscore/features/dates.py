"""Dates as of the lead's own: how long before or after the lead came in something was, or is to be.

Days until today would change every night, and with them the scores of leads about which nothing is new. Where nobody
knows when leads came in, a date tells its month and its day of the week, and nothing of its distance.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.features.numbers import CLIPPED
from leadscore.times import DAY

Floats = NDArray[np.float64]

SPANS = (0, 7, 30, 90, 180, 365, 1095, 3650, 7300, 10950, 14600, 18250, 21900)  # days; the last are people's ages
YEAR = 365  # days: bands that begin later are told in years
CALENDAR = {"month": "%B", "weekday": "%A"}  # what a date tells by itself, and how it is written


class DaysMap(BaseModel):
    """One column of whole days before the lead (`leadscore.times.days_before`), clipped to ``low`` to ``high``."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["days"] = "days"
    column: str
    source: str
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def learn(cls, values: pl.Series, *, source: str) -> tuple[Self, Floats]:
        """Learn from the training leads: the map, and their features (n, 1)."""
        learned = cls.of_values(values.drop_nulls(), None, values.name, source)
        return learned, learned.transform(values)

    @classmethod
    def of_values(cls, known: pl.Series, weights: pl.Series | None, column: str, source: str) -> Self:
        """The map of ``known`` days, each of which stands for one lead, or for so many as it weighs."""
        if known.is_empty():
            return cls(column=column, source=source)
        low, high = np.quantile(known, CLIPPED, method="inverted_cdf", weights=weights).tolist()
        return cls(column=column, source=source, low=low, high=high)

    @property
    def width(self) -> int:
        """The number of feature columns."""
        return 1

    def transform(self, values: pl.Series) -> Floats:
        """The features (n, 1): the days, NaN where missing."""
        clipped = values.clip(self.low, self.high).cast(pl.Float32).cast(pl.Float64)
        return clipped.fill_null(np.nan).to_numpy()[:, None]

    def display(self, values: pl.Series) -> pl.Series:
        """What a reason shows: "31 to 90 days before the lead"."""
        edges, names = pl.Series([-edge - 1 for edge in reversed(SPANS)] + list(SPANS)), pl.Series(tuple(band_names()))
        band = names.gather(edges.cast(pl.Float64).search_sorted(values.fill_null(0.0), side="left"))
        return band.zip_with(values.is_not_null(), pl.Series(["missing"])).alias(values.name)


def band_names() -> Iterator[str]:
    """The bands of days before the lead, those after it first, the farthest at the head."""
    spans = [told(first + 1, last) for first, last in pairwise(SPANS)] + [f"over {SPANS[-1] // YEAR} years"]
    yield from (f"{span} after the lead" for span in reversed(spans))
    yield "on the day of the lead"
    yield from (f"{span} before the lead" for span in spans)


def told(first: int, last: int) -> str:
    """A span of days: "31 to 90 days", "1 to 3 years"."""
    return f"{first} to {last} days" if last <= YEAR else f"{first // YEAR} to {last // YEAR} years"


def on_calendar(days: pl.Series, what: str) -> pl.Series:
    """The month or the weekday (see `CALENDAR`) of times in `leadscore.times.days_since_1970`: "may"."""
    times = (days * DAY).cast(pl.Int64).cast(pl.Datetime("us"))
    return times.dt.strftime(CALENDAR[what]).str.to_lowercase()
