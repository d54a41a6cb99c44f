"""How strongly two categories hang together: Cramér's V without the bias that many values and few leads give it.

The plain V of two columns that have nothing to do with each other grows with their numbers of values: a thousand
sellers seem to tell the outcome. The corrected one (W. Bergsma, A bias-correction for Cramér's V and Tschuprow's T,
Journal of the Korean Statistical Society 42, 2013) takes off what chance alone is expected to give.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.explore.groups import LEAST

FEWEST = 5  # leads of a value that counts as one of its own: rarer ones are one value together
MOST_VALUES = 50  # of each of two columns that are compared with each other

Counts = NDArray[np.int64]


class Link(NamedTuple):
    """Two columns and their V, by the ``n`` leads that say both."""

    first: str
    second: str
    v: float
    n: int


def cramers_v(table: Counts) -> float:
    """Bergsma's V of a table of counts (r, c): 0 where nothing but chance is seen, 1 where one tells the other."""
    from scipy.stats import chi2_contingency

    filled = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n, (rows, columns) = int(filled.sum()), filled.shape
    if min(rows, columns) < 2 or n < 2:
        return 0.0
    phi2 = chi2_contingency(filled, correction=False).statistic / n
    corrected = max(phi2 - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    smaller = min(size - (size - 1) ** 2 / (n - 1) for size in (rows, columns))
    return float(np.sqrt(corrected / (smaller - 1))) if smaller > 1 else 0.0


def with_outcome(names: Mapping[str, pl.Series], outcome: pl.Series) -> dict[str, Link]:
    """The V of each column of group ``names`` (n,) with the ``outcome`` (n,), 1, 0 or null."""
    label = outcome.cast(pl.String).rename("outcome")
    return {name: linked(folded(values, FEWEST), label)._replace(first=name) for name, values in names.items()}


def between(names: Sequence[pl.Series]) -> list[Link]:
    """The V of each two columns (n,), the strongest first."""
    few = [folded(each, LEAST, MOST_VALUES) for each in names]
    return sorted((linked(*pair) for pair in combinations(few, 2)), key=lambda link: -link.v)


def linked(first: pl.Series, second: pl.Series) -> Link:
    """The V of two columns (n,), by the leads that say both."""
    both = pl.DataFrame({"first": first, "second": second}).drop_nulls()
    counts = both.group_by("first", "second").len()
    rows, columns = (counts[side].rank("dense").to_numpy().astype(np.int64) - 1 for side in ("first", "second"))
    table = np.zeros((rows.max(initial=-1) + 1, columns.max(initial=-1) + 1), np.int64)
    table[rows, columns] = counts["len"].to_numpy()
    return Link(first.name, second.name, cramers_v(table) if both.height else 0.0, both.height)


def folded(names: pl.Series, least: int, most: int | None = None) -> pl.Series:
    """The same with one name for all that fewer than ``least`` leads have, and for all but the ``most`` frequent."""
    counts = names.drop_nulls().alias("name").value_counts(name="n").filter(pl.col("n") >= least)
    kept = counts.sort(["n", "name"], descending=[True, False]).head(most or counts.height)["name"]
    held = pl.col(names.name)
    rare = pl.when(held.is_in(kept.implode()) | held.is_null()).then(held).otherwise(pl.lit("\0rare"))
    return names.to_frame().select(rare.alias(names.name)).to_series()
