"""Numbers as they are, in the precision of the boosters, and as the bands that reasons show.

XGBoost compares in float32. A matrix of float64 that holds float32 values is read alike by XGBoost, LightGBM and the
explainer of reasons; any other makes reasons differ from scores wherever a value lies next to a split.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.schema import Kind

Floats = NDArray[np.float64]

FEW = 30  # distinct training values up to which a value is shown itself
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
REPEATED = 10  # leads that share a value on average, from which it is counted how many do
MOST_COUNTED = 10_000  # values: a bundle holds them all
CLIPPED = (0.001, 0.999)  # quantiles beyond which a number of a column of many values counts as the quantile
LARGEST = 1e30  # well inside float32: XGBoost refuses infinity, and adds to a column's largest value
DIGITS = 4  # significant digits of a fraction that is shown itself


class NumberMap(BaseModel):
    """One column: ``edges`` (e,) are the upper ends of all its bands but the last, ``bands`` (e + 1,) their names.

    Both are empty where reasons show the value itself. ``low`` and ``high`` are where outliers are clipped: what is
    worth telling apart lies between them, spikes at single values too.

    ``shared`` are values, rising, and ``by`` how many training leads share each, where that is a second feature: many
    a number, such as a day's rate, stands for a group of leads, and the size of the group tells of them.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["number", "boolean"] = "number"
    column: str
    source: str
    low: float = -LARGEST
    high: float = LARGEST
    edges: tuple[float, ...] = ()
    bands: tuple[str, ...] = ()
    shared: tuple[float, ...] = ()
    by: tuple[int, ...] = ()

    @classmethod
    def learn(cls, values: pl.Series, kind: Kind, *, source: str, counted: bool) -> tuple[Self, Floats]:
        """Learn from the training leads, in any order: the map, and their features (n, width).

        ``counted`` says that values are counted where they repeat; a training lead does not count itself.
        """
        learned = cls._described(values, kind, source)
        if counted and learned.bands:
            learned = learned.model_copy(update=repeats(values))
        features = learned.transform(values)
        if learned.shared:
            features[:, 1] -= 1
        return learned, features

    @classmethod
    def _described(cls, values: pl.Series, kind: Kind, source: str) -> Self:
        """The map with its clips and bands."""
        if kind is Kind.BOOLEAN:
            return cls(kind="boolean", column=values.name, source=source)
        return cls.of_values(finite(values).drop_nulls(), None, values.name, source)

    @classmethod
    def of_values(cls, known: pl.Series, weights: pl.Series | None, column: str, source: str) -> Self:
        """The same of the ``known`` values alone, each of which stands for one lead, or for so many as it weighs."""
        if known.n_unique() <= FEW:
            return cls(column=column, source=source)
        asked = (CLIPPED[0], *QUANTILES, CLIPPED[1])
        low, *quantiles, high = np.quantile(known, asked, method="inverted_cdf", weights=weights).tolist()
        edges = rounded(sorted(set(quantiles)))
        bands = band_names(edges, whole=bool((known % 1 == 0).all()))
        return cls(column=column, source=source, low=low, high=high, edges=edges, bands=bands)

    @property
    def width(self) -> int:
        """The number of feature columns."""
        return 2 if self.shared else 1

    def transform(self, values: pl.Series) -> Floats:
        """The features (n, width): the number, clipped, and how many training leads share it; NaN where missing."""
        number = finite(values)
        clipped = number.clip(self.low, self.high).cast(pl.Float32).cast(pl.Float64).fill_null(math.nan).to_numpy()
        return np.column_stack([clipped, self._counts(number)] if self.shared else [clipped])

    def _counts(self, number: pl.Series) -> Floats:
        exact = number.fill_null(math.nan).to_numpy()
        shared, by = np.array(self.shared), np.array(self.by, np.float64)
        place = np.searchsorted(shared, exact).clip(max=len(shared) - 1)
        return np.where(np.isnan(exact), np.nan, np.where(shared[place] == exact, by[place], 0.0))

    def display(self, values: pl.Series) -> pl.Series:
        """What a reason shows: the value, its band, or "missing"; "yes" or "no" for a boolean."""
        number = finite(values)
        if self.kind == "boolean":
            shown = (number != 0).replace_strict({True: "yes", False: "no"}, return_dtype=pl.String)
        elif self.bands:
            shown = self._banded(number)
        else:
            shown = number.to_frame().select(as_text(pl.col(values.name))).to_series()
        return shown.fill_null("missing").alias(values.name)

    def _banded(self, number: pl.Series) -> pl.Series:
        band = pl.Series(self.edges).search_sorted(number.fill_null(0.0), side="left")  # the first edge not below it
        names = pl.Series(self.bands).gather(band)
        return names.zip_with(number.is_not_null(), pl.Series([None], dtype=pl.String))


def repeats(values: pl.Series) -> dict[str, tuple[float, ...]]:
    """``shared`` and ``by`` of a `NumberMap`, or nothing where values hardly repeat or are too many to be kept."""
    known = finite(values).drop_nulls().to_numpy()
    shared, by = np.unique(known, return_counts=True)
    if len(shared) > min(MOST_COUNTED, len(known) / REPEATED):
        return {}
    return {"shared": tuple(shared.tolist()), "by": tuple(by.tolist())}


def finite(values: pl.Series) -> pl.Series:
    """``values`` as Float64 within float32, null where they are missing, NaN or infinite."""
    number = pl.col(values.name)
    clipped = pl.when(number.is_finite()).then(number.clip(-LARGEST, LARGEST)).name.keep()
    return values.to_frame().select(clipped).to_series()


def as_text(number: pl.Expr) -> pl.Expr:
    """Whole numbers without a decimal point, fractions to `DIGITS` significant digits."""
    whole = (number == number.round()) & (number.abs() < 2**53)
    fraction = number.round_sig_figs(DIGITS).cast(pl.String)
    return pl.when(whole).then(number.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(fraction)


def rounded(edges: Sequence[float]) -> tuple[float, ...]:
    """Rising ``edges`` rounded for people, so that no two meet.

    Each is rounded to a power of ten of at most a fifth of the gap to its nearer neighbour, so it moves by at most
    a tenth of that gap.
    """
    if len(edges) == 1:
        return (float(f"{edges[0]:.2g}"),)
    gaps = [high - low for low, high in pairwise(edges)]
    nearer = [min(gap) for gap in zip([gaps[0], *gaps], [*gaps, gaps[-1]], strict=True)]
    return tuple(
        round(edge, -math.floor(math.log10(gap) - math.log10(5))) for edge, gap in zip(edges, nearer, strict=True)
    )


def band_names(edges: Sequence[float], *, whole: bool) -> tuple[str, ...]:
    """Names of the bands that ``edges`` close: "up to 3", "4 to 20" (``whole`` numbers) or "3 to 20", "over 20"."""
    text = [f"{edge:.15g}" for edge in edges]
    starts = [f"{edge + 1:.15g}" for edge in edges] if whole else text
    between = [start if start == end else f"{start} to {end}" for start, end in zip(starts, text[1:], strict=False)]
    return (f"up to {text[0]}", *between, f"over {text[-1]}")
