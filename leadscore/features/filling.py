"""What is done about gaps in a matrix: a number is told from the other columns by a random forest, or is the median."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.association import cramers_v
from leadscore.features.encoders import Encoder, Encoding
from leadscore.features.linear import LinearView
from leadscore.features.selection import telling

Matrix = NDArray[np.float64]

TREES, LEAVES = 50, 256  # of the forest: gaps are filled, not predicted to the last digit


@dataclass(frozen=True)
class Filled:
    """What ``encoding`` gives, its gaps filled: those of the columns ``told`` by the others, all else by the median.

    Then of two columns that correlate more than ``max_correlation`` the later goes, and the worst of those whose
    variance inflation is above ``max_vif``.
    """

    encoding: Encoding
    told: tuple[str, ...]
    max_correlation: float
    max_vif: float

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        encoder, matrix = self.encoding.learn(leads, converted, seed)
        fill = learn_filling(matrix, [encoder.names.index(name) for name in self.told if name in encoder.names], seed)
        filled = fill(matrix)
        kept = telling(LinearView.learn(filled).transform(filled), self.max_correlation, self.max_vif)
        names = tuple(encoder.names[i] for i in kept)
        return Encoder(names, lambda some: fill(encoder.transform(some))[:, kept]), filled[:, kept]


@dataclass(frozen=True)
class Related:
    """What ``then`` makes of the leads, their gaps filled from the column that tells most of each, by Cramér's V.

    A gap becomes the most frequent value beside that of the other column, if this tells as much as ``least``.
    """

    columns: tuple[str, ...]
    least: float
    then: Encoding

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        found = [beside(leads, name, self.columns, self.least) for name in self.columns]
        fills = [each for each in found if each is not None]
        encoder, matrix = self.then.learn(leads.with_columns(fills), converted, seed)
        return Encoder(encoder.names, lambda some: encoder.transform(some.with_columns(fills))), matrix


def beside(leads: pl.DataFrame, column: str, columns: Sequence[str], least: float) -> pl.Expr | None:
    """``column``, its gaps filled; None where it has none, or no other column tells enough of it."""
    known = leads.drop_nulls(column)
    if known.height in (0, leads.height):
        return None
    told = {name: cramers_v(known[column], known[name]) for name in columns if name != column}
    best = max(told, key=lambda name: told[name], default=None)
    if best is None or told[best] < least:
        return None
    modes = known.group_by(best).agg(pl.col(column).mode().sort().first()).drop_nulls()
    return pl.col(column).fill_null(pl.col(best).replace_strict(modes[best], modes[column], default=None))


def learn_filling(matrix: Matrix, told: list[int], seed: int) -> Callable[[Matrix], Matrix]:
    """Learn from the training matrix (n, k) how to fill its like; outcomes take no part."""
    median = np.array([np.median(known) if len(known) else 0.0 for known in (c[~np.isnan(c)] for c in matrix.T)])
    with_medians = np.where(np.isnan(matrix), median, matrix)
    forests = {i: forest for i in told if (forest := _forest(matrix, with_medians, i, seed)) is not None}

    def fill(some: Matrix) -> Matrix:
        filled = np.where(np.isnan(some), median, some)
        found = {i: forest(np.delete(filled, i, axis=1)) for i, forest in forests.items()}
        for i, values in found.items():
            filled[:, i] = np.where(np.isnan(some[:, i]), values, some[:, i]).astype(np.float32)
        return filled

    return fill


def _forest(matrix: Matrix, filled: Matrix, column: int, seed: int) -> Callable[[Matrix], Matrix] | None:
    """A forest that tells one column from the others; None where there is no gap, or nothing but gaps."""
    from sklearn.ensemble import RandomForestRegressor

    known = ~np.isnan(matrix[:, column])
    if known.all() or not known.any():
        return None
    others = np.delete(filled, column, axis=1)
    forest = RandomForestRegressor(TREES, max_leaf_nodes=LEAVES, max_features=0.5, random_state=seed, n_jobs=1)
    forest.fit(others[known], matrix[known, column])
    return lambda some: np.asarray(forest.predict(some))
