"""Conversion rates that know nothing of the lead that has them: each is learned from the other folds."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FOLDS = 5

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


def cross_fitted(n: int, seed: int, rates: Callable[[Rows, Rows], Floats], each: tuple[int, ...] = ()) -> Floats:
    """The rates (n, *each) of ``n`` leads, where ``rates`` gives those of a fold's rows by the rows of the others.

    Folds do not look at the outcome: a lead's own outcome then changes none of its features.
    """
    from sklearn.model_selection import KFold

    found = np.empty((n, *each))
    for others, fold in KFold(FOLDS, shuffle=True, random_state=seed).split(found):
        found[fold] = rates(others, fold)
    return found
