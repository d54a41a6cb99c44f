"""Columns that tell when a lead came in: a campaign's number, an interest rate of that month.

A member that has one can look up the conversion rate of its time, which validation at random rewards, and on leads to
come it has seen no value of it. So where leads come in an order of time, members without these columns are tried.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadscore.models.members.member import Floats, Matrix
from leadscore.models.split import ranked

TELLS = 0.8  # share of the variance of the leads' places in time that the column explains
BINS = 500  # at most: each value of a monthly rate, or code of a campaign, needs a bin of its own
LEADS_A_BIN = 4  # at least


def clocks(matrix: Matrix, sources: Sequence[str], order: NDArray[Any]) -> tuple[str, ...]:
    """The sources of the columns of ``matrix`` (n, k) by which the place in ``order`` (n,) can be told."""
    place = ranked(order).astype(np.float64)
    telling = [source for source, column in zip(sources, matrix.T, strict=True) if explained(place, column) >= TELLS]
    return tuple(dict.fromkeys(telling))


def explained(place: Floats, column: Floats) -> float:
    """The share of the variance of ``place`` (n,) between the bins of ``column`` (n,), NaN a bin of its own.

    It is the correlation ratio (Pearson 1905), less what as many bins of noise would explain.
    """
    n_bins, known = min(BINS, len(column) // LEADS_A_BIN), column[~np.isnan(column)]
    edges = np.unique(np.quantile(known, np.arange(1, n_bins) / n_bins)) if len(known) and n_bins else np.empty(0)
    bins = np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="right"))
    counts = np.bincount(bins)
    means = np.bincount(bins, place) / np.maximum(counts, 1)
    total, used = place.var(), int((counts > 0).sum())
    if total == 0 or len(place) <= used:
        return 0.0
    return float(1 - (1 - means[bins].var() / total) * (len(place) - 1) / (len(place) - used))
