"""How well each column alone tells the outcome, and how much columns say the same.

The first is the leak guard's cross-fitted ROC AUC (`leadscore.leaks.strength`), so a column of ids is not strong for
knowing each lead by name. The others are Spearman's rank correlation and variance inflation factors (D. Belsley, E. Kuh
and R. Welsch, Regression Diagnostics, 1980): a factor of 10 says that nine tenths of what a column says, others say
together. A category stands for its conversion rate there, learned from other leads than the one that has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.linear import LinearView
from leadscore.features.numbers import finite
from leadscore.features.selection import inflation, rank_correlation
from leadscore.leaks.codes import coded
from leadscore.leaks.strength import Scores, Trial
from leadscore.models.slices import enough

MOST_LEADS = 20_000  # more change an AUC by less than 0.01

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Overlap:
    """The ``names`` (k,) of columns, their rank correlations (k, k) and variance inflation factors (k,)."""

    names: tuple[str, ...]
    correlation: Matrix
    inflation: Matrix

    @property
    def pairs(self) -> list[tuple[str, str, float]]:
        """Each two columns with their correlation, the strongest first, of either sign."""
        places = combinations(range(len(self.names)), 2)
        found = [(self.names[i], self.names[j], float(self.correlation[i, j])) for i, j in places]
        return sorted(found, key=lambda pair: -abs(pair[2]))


def sample(outcome: pl.Series, seed: int) -> NDArray[np.int64]:
    """At most 20,000 rows with a known outcome, drawn at random; none where these are too few to tell anything."""
    known = np.flatnonzero(outcome.is_not_null().to_numpy())
    rows = np.sort(np.random.default_rng(seed).permutation(known)[:MOST_LEADS])
    return rows if enough(outcome[rows].to_numpy().astype(np.int64)) else rows[:0]


def trial(read: pl.DataFrame, outcome: pl.Series, seed: int) -> Trial:
    """Judge each column of ``read`` (n, k) alone by the outcomes (n,), all known and of both sorts."""
    return Trial.of([coded(column) for column in read], outcome.to_numpy().astype(np.int64), seed)


def overlap(read: pl.DataFrame, scores: Mapping[str, Scores]) -> Overlap | None:
    """How much columns of ``read`` (n, k) say the same; text takes part by its ``scores`` (n,), or not at all.

    None of fewer than two columns that vary.
    """
    told = [column for column in read if column.dtype != pl.String or column.name in scores]
    columns = {column.name: _values(column, scores) for column in told}
    varied = {name: values for name, values in columns.items() if len(np.unique(values[~np.isnan(values)])) > 1}
    if len(varied) < 2:
        return None
    matrix = np.column_stack(list(varied.values()))
    view = LinearView.learn(matrix).transform(matrix)
    return Overlap(tuple(varied), rank_correlation(view), inflation(view))


def _values(column: pl.Series, scores: Mapping[str, Scores]) -> Scores:
    return scores[column.name] if column.dtype == pl.String else finite(column).fill_null(np.nan).to_numpy()
