"""When a simpler candidate is as good as the best."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def simplest(candidates: Sequence[NDArray[np.float64]]) -> int:
    """Of losses (n,), those of the simplest candidate first, the first within one standard error of the best.

    The rule of Breiman, Friedman, Olshen and Stone (1984, section 3.4.3), with the standard error of the mean of the
    leads' differences from the best: of two candidates on the same leads, most of the error is common to both.
    """
    stacked = np.stack(candidates)
    worse = stacked - stacked[np.argmin(stacked.mean(axis=1))]
    error = worse.std(axis=1) / np.sqrt(worse.shape[1])
    return int(np.argmax(worse.mean(axis=1) <= error))
