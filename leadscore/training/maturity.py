"""How long a lead may take to convert: before that, no conversion yet is not a no.

A lead that came in last week and has not converted is counted as a loss by a table that knows only conversions. How
long to wait is learned from the times to conversion. Their plain quantile is too short, since of the latest leads
only the fast ones have converted yet; the survival curve (E. Kaplan and P. Meier, Journal of the American Statistical
Association 53, 1958) counts each lead only for as long as it was watched. Most leads never convert, so that curve
levels off, and the window ends where it has come 95% of the way to that level (a cure model: R. Maller and X. Zhou,
Survival Analysis with Long-Term Survivors, 1996).
"""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

SHARE = 0.95  # of the conversions still to come that a window waits for
MIN_CONVERSIONS = 30  # with fewer, the last twentieth of the curve is one lead or two
STILL_WATCHED = 0.05  # share of the leads at which the curve ends: a conversion among the last few moves it too far
MOST = 0.5  # share of the lost leads with a closing time from which on the source has a lost state

Array = NDArray[np.float64]


class Curve(NamedTuple):
    """The ``share`` (k,) of the leads that have converted within so many ``days`` (k,), both rising."""

    days: Array
    share: Array


def window_days(
    created_at: pl.Series, closed_at: pl.Series, converted: NDArray[np.int64], as_of: datetime
) -> float | None:
    """Days within which 95% of the leads that convert at all have converted; None where too few tell.

    The arguments are those of `conversion_curve`.
    """
    curve = conversion_curve(created_at, closed_at, converted, as_of)
    return None if curve is None else float(curve.days[np.argmax(curve.share >= SHARE * curve.share[-1])])


def conversion_curve(
    created_at: pl.Series, closed_at: pl.Series, converted: NDArray[np.int64], as_of: datetime
) -> Curve | None:
    """How many leads have converted at which age; None where too few tell.

    The times are (n,), nulls among them; what happened after ``as_of`` has not happened yet. A lead that is lost by
    then stays among those that did not convert in time: it was watched, and will not convert. Leads that came in
    before the first conversion on record do not count, since nobody knows what was recorded then. The curve ends at
    the age that one lead in twenty has: where hardly any is older than the window should be, it is too short.
    """
    from scipy.stats import CensoredData, ecdf

    days = _days(created_at, closed_at, converted, as_of)
    end = days["age"].quantile(1 - STILL_WATCHED)
    if end is None:
        return None
    within = (days["taken"] <= end).fill_null(False)
    if within.sum() < MIN_CONVERSIONS:
        return None
    unconverted = days.filter(~within).select(pl.col("age").clip(upper_bound=end)).to_series()
    curve = ecdf(CensoredData(uncensored=days["taken"].filter(within).to_numpy(), right=unconverted.to_numpy())).cdf
    return Curve(curve.quantiles, curve.probabilities)


def has_lost_state(closed_at: pl.Series, converted: NDArray[np.int64]) -> bool:
    """Whether the source says when a lead was lost: most leads that did not convert have a closing time."""
    lost = closed_at.filter(pl.Series(converted == 0))
    return len(lost) > 0 and lost.is_not_null().sum() >= MOST * len(lost)


def _days(created_at: pl.Series, closed_at: pl.Series, converted: NDArray[np.int64], as_of: datetime) -> pl.DataFrame:
    """The ``age`` of each lead in days and, where it converted by ``as_of``, the days ``taken``.

    Left out are leads without a time that is needed, and conversions that precede their lead.
    """
    life = pl.DataFrame({"created": created_at, "closed": closed_at, "converted": converted == 1})
    timely = ~pl.col("converted") | (pl.col("closed") >= pl.col("created"))  # null without a closing time: left out
    life = life.filter(pl.col("created") <= as_of, timely)
    life = life.filter(pl.col("created") >= pl.col("closed").filter("converted").min())
    done = pl.col("converted") & (pl.col("closed") <= as_of)
    taken = pl.when(done).then(pl.col("closed") - pl.col("created"))
    return life.select(age=_in_days(as_of - pl.col("created")), taken=_in_days(taken))


def _in_days(span: pl.Expr) -> pl.Expr:
    return span.dt.total_microseconds() / 86_400e6
