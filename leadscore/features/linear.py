"""The matrix as a linear member needs it: no gaps, counts logged, every column on one scale."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Matrix = NDArray[np.float64]

SKEWED = 20.0  # medians (or ones, if that is more) from which the 99th percentile tells a long tail


class LinearView(BaseModel):
    """Learned from the training matrix (n, k); each tuple has k entries.

    A missing value becomes the ``median``; the natural logarithm of 1 + x is taken where ``logged``; then ``mean``
    is taken off and divided by ``scale``.
    """

    model_config = ConfigDict(frozen=True)

    median: tuple[float, ...]
    logged: tuple[bool, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def learn(cls, matrix: Matrix) -> Self:
        """Learn from ``matrix`` (n, k), NaN where missing."""
        median = np.array([np.median(known) if len(known) else 0.0 for known in map(_known, matrix.T)])
        logged = np.array([_is_count(known) for known in map(_known, matrix.T)], dtype=bool)
        view = cls(
            median=tuple(median.tolist()),
            logged=tuple(logged.tolist()),
            mean=(0.0,) * matrix.shape[1],
            scale=(1.0,) * matrix.shape[1],
        )
        plain = view.transform(matrix)
        scale = plain.std(axis=0)
        scale[scale == 0] = 1.0
        return view.model_copy(update={"mean": tuple(plain.mean(axis=0).tolist()), "scale": tuple(scale.tolist())})

    def transform(self, matrix: Matrix) -> Matrix:
        """The matrix (n, k) without NaN, about standard normal where the training leads are."""
        filled = np.where(np.isnan(matrix), self.median, matrix)
        logs = np.where(self.logged, np.log1p(np.maximum(filled, 0.0)), filled)
        return np.asarray((logs - np.array(self.mean)) / np.array(self.scale))


def _known(column: Matrix) -> Matrix:
    return column[~np.isnan(column)]


def _is_count(known: Matrix) -> bool:
    """Whether a column of numbers has the long tail of counts and sums of money."""
    if len(known) == 0 or known.min() < 0 or known.max() <= 1:
        return False
    spread = np.quantile(known, [0.5, 0.99])
    return bool(spread[1] > SKEWED * max(spread[0], 1.0))
