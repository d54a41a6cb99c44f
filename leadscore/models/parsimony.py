"""When a simpler candidate is as good as the best."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def simplest(candidates: Sequence[NDArray[np.float64]]) -> int:
    """Of losses by fold (k,), those of the simplest candidate first, the first within one standard error of the best.

    The rule of Breiman, Friedman, Olshen and Stone (1984, section 3.4.3), with the standard error of the differences
    from the best: of two candidates on the same leads, most of the error is common to both. It is corrected for the
    training leads that k folds share (Nadeau and Bengio, Machine Learning 52, 2003, section 3).
    """
    losses = np.stack(candidates)
    k = losses.shape[1]
    if k == 1:
        return int(np.argmin(losses))
    worse = losses - losses[np.argmin(losses.mean(axis=1))]
    error = worse.std(axis=1, ddof=1) * np.sqrt(1 / k + 1 / (k - 1))
    return int(np.argmax(worse.mean(axis=1) <= error))
