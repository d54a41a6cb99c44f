"""Numbers far from the others: where they lie, how many they are, and whether they convert.

Far out is what lies more than three times the interquartile range beyond the quartiles (J. Tukey, Exploratory Data
Analysis, 1977: the outer fences). Counts and sums of money have long tails on one side, so much of them lies there
without being wrong; an impossible value is shown by the lowest and the highest one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from leadscore.explore.groups import Group, grouped
from leadscore.features.numbers import finite

FENCE = 3.0  # interquartile ranges
SHARES = (0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0)


@dataclass(frozen=True)
class Outliers:
    """``quantiles`` (7,) at `SHARES` of the numbers in ``column``, and the leads ``far`` out and ``within``.

    ``infinite`` cells are no numbers. Where half of the leads have one value there are no fences, and nobody is far
    out.
    """

    column: str
    quantiles: tuple[float, ...]
    far: Group
    within: Group
    infinite: int


def outliers(columns: Iterable[pl.Series], outcome: pl.Series) -> list[Outliers]:
    """Those ``columns`` (n,) of numbers that hold more than two, by the ``outcome`` (n,), the most far out first."""
    found = [_outliers(column, outcome) for column in columns if finite(column).drop_nulls().n_unique() > 2]
    return sorted(found, key=lambda each: (-each.far.n, each.column))


def _outliers(column: pl.Series, outcome: pl.Series) -> Outliers:
    numbers = finite(column)
    known = numbers.drop_nulls().to_numpy()
    quantiles = np.quantile(known, SHARES)
    low, high = fences(quantiles[2], quantiles[4])
    state = (numbers.is_between(low, high)).cast(pl.String)
    sides = {each.name: each for each in grouped(state, outcome, least=0).named}
    far, within = (sides.get(name, Group(name, 0, 0, 0)) for name in ("false", "true"))
    infinite = int(column.is_infinite().sum()) if column.dtype.is_float() else 0
    return Outliers(column.name, tuple(quantiles.tolist()), far, within, infinite)


def fences(lower_quartile: float, upper_quartile: float) -> tuple[float, float]:
    """What is below the first or above the second is far out; where the quartiles are one value, nothing is."""
    reach = FENCE * (upper_quartile - lower_quartile)
    return (lower_quartile - reach, upper_quartile + reach) if reach > 0 else (-np.inf, np.inf)
