"""How much columns say the same: rank correlation and variance inflation; and what is left if limits are set."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.categories import CategoryMap
from leadscore.features.feature_map import FeatureMap
from leadscore.features.linear import LinearView

Matrix = NDArray[np.float64]

TOLD = 0.9  # absolute rank correlation from which a pair is reported
RIDGE = 1e-9  # keeps the factor of an exact sum of other columns finite, and huge


@dataclass(frozen=True)
class Overlap:
    """``pairs`` of columns with their rank correlation, strongest first; ``vif``: variance inflation by column."""

    pairs: tuple[tuple[str, str, float], ...]
    vif: dict[str, float]


def overlap(features: FeatureMap, matrix: Matrix) -> Overlap:
    """How much the source columns of the training ``matrix`` (n, k) overlap."""
    names, view = by_source(features, matrix)
    ranks = rank_correlation(view)
    pairs = [(names[i], names[j], float(ranks[i, j])) for j in range(len(names)) for i in range(j)]
    told = sorted((pair for pair in pairs if abs(pair[2]) >= TOLD), key=lambda pair: -abs(pair[2]))
    return Overlap(tuple(told), dict(zip(names, inflation(view).tolist(), strict=True)))


def redundant(
    features: FeatureMap, matrix: Matrix, max_correlation: float | None, max_vif: float | None
) -> tuple[str, ...]:
    """The source columns to leave out: of a pair that correlates more than allowed the later one; then, as long as a
    variance inflation factor is larger than allowed, the column with the largest.
    """
    names, view = by_source(features, matrix)
    kept = telling(view, max_correlation, max_vif)
    return tuple(name for j, name in enumerate(names) if j not in kept)


def telling(view: Matrix, max_correlation: float | None, max_vif: float | None) -> list[int]:
    """The columns of the standardised ``view`` (n, k), rising, that are left of those that say the same."""
    ranks = np.abs(rank_correlation(view))
    kept: list[int] = []
    for j in range(view.shape[1]):
        if max_correlation is None or not any(ranks[i, j] > max_correlation for i in kept):
            kept.append(j)
    while max_vif is not None and len(kept) > 1:
        factors = inflation(view[:, kept])
        worst = int(np.argmax(factors))
        if factors[worst] <= max_vif:
            break
        del kept[worst]
    return kept


def by_source(features: FeatureMap, matrix: Matrix) -> tuple[list[str], Matrix]:
    """One standardised column a source: a category's conversion rate where it has one, else its first column."""
    chosen: dict[str, int] = {}
    start = 0
    for column in features.columns:
        last = start + column.width - 1
        chosen.setdefault(column.source, last if isinstance(column, CategoryMap) else start)
        start += column.width
    picked = matrix[:, list(chosen.values())]
    return list(chosen), LinearView.learn(picked).transform(picked)


def rank_correlation(view: Matrix) -> Matrix:
    """Spearman's rank correlation (k, k) of the columns of ``view`` (n, k); 0 with a constant."""
    ranks = pl.DataFrame(view).select(pl.all().rank()).to_numpy()
    with np.errstate(invalid="ignore"):
        found = np.nan_to_num(np.atleast_2d(np.corrcoef(ranks, rowvar=False)))
    return np.asarray(found)


def inflation(view: Matrix) -> Matrix:
    """Variance inflation factors (k,): the diagonal of the inverse correlation matrix (Belsley, Kuh, Welsch 1980)."""
    with np.errstate(invalid="ignore"):
        correlation = np.nan_to_num(np.atleast_2d(np.corrcoef(view, rowvar=False)))
    np.fill_diagonal(correlation, 1.0 + RIDGE)
    return np.asarray(np.diag(np.linalg.inv(correlation)))
