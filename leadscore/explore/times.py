"""When leads come in, how long they take to convert, and how old a lead has to be before its outcome is known."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from leadscore.explore.bands import between
from leadscore.explore.groups import Groups, grouped
from leadscore.training.maturity import Curve, conversion_curve, window_days

AT = pl.col("at")
PERIODS = (AT.dt.strftime("%Y-%m"), pl.format("{} Q{}", AT.dt.year(), AT.dt.quarter()), AT.dt.strftime("%Y"))
MOST_PERIODS = 36
SPANS = (1, 7, 14, 30, 90, 180, 365)  # days
SPAN_NAMES = (
    "within a day",
    "2 to 7 days",
    "8 to 14 days",
    "15 to 30 days",
    "31 to 90 days",
    "91 to 180 days",
    "181 to 365 days",
    "more than a year",
)
QUANTILES = (0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Waiting:
    """Leads by the days from coming in to closing, in ``spans``; ``backwards`` are those that closed before they came.

    The days at `QUANTILES` (4,) of leads that ``converted`` and of those that were ``lost``; None where there are none.
    """

    spans: Groups
    converted: tuple[float, ...] | None
    lost: tuple[float, ...] | None
    backwards: int


@dataclass(frozen=True)
class Maturing:
    """Of all leads, the share that has ``converted`` and the share whose outcome is ``known``, by age.

    ``window`` days are those within which 95% of the leads that convert have; None where too few tell.
    """

    converted: Curve | None
    known: Curve | None
    window: float | None


def by_period(lives: pl.DataFrame) -> Groups:
    """The leads by the month in which they came in; by quarter or year where that would be more than 36."""
    times = lives["created_at"].to_frame("at")
    for name in PERIODS:
        names = times.select(name).to_series()
        if names.n_unique() <= MOST_PERIODS + 1:
            break
    order = names.drop_nulls().unique().sort().to_list()
    return grouped(names, lives["outcome"], order, least=1, most=len(order))


def waiting(lives: pl.DataFrame) -> Waiting | None:
    """How long the leads took that have closed; None where no lead says when it came in and when it closed."""
    days = pl.col("closed_at") - pl.col("created_at")
    closed = lives.select("label", days=days.dt.total_microseconds() / 86_400e6).drop_nulls()
    if closed.is_empty():
        return None
    sound = closed.filter(pl.col("days") >= 0)
    spans = between(sound["days"], SPANS, SPAN_NAMES)
    won, lost = (_quantiles(sound.filter(pl.col("label") == label)["days"]) for label in (1, 0))
    return Waiting(
        spans=grouped(spans, sound["label"], SPAN_NAMES, least=1),
        converted=won,
        lost=lost,
        backwards=closed.height - sound.height,
    )


def _quantiles(days: pl.Series) -> tuple[float, ...] | None:
    return tuple(np.quantile(days.to_numpy(), QUANTILES).tolist()) if len(days) else None


def maturing(lives: pl.DataFrame, as_of: datetime) -> Maturing:
    """How outcomes become known as leads grow older."""
    won, closed = (lives["label"] == 1).fill_null(False), lives["closed_at"].is_not_null()
    times = lives["created_at"], lives["closed_at"]
    return Maturing(
        converted=conversion_curve(*times, won.to_numpy().astype(np.int64), as_of),
        known=conversion_curve(*times, closed.to_numpy().astype(np.int64), as_of),
        window=window_days(*times, won.to_numpy().astype(np.int64), as_of),
    )
