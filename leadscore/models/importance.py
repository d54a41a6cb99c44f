"""How much worse predictions of unseen leads get when a column tells nothing: permutation importance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from leadscore.models.ensemble import Ensemble

MOST_LEADS = 5_000  # drawn from the unseen leads
REPEATS = 3

Matrix = NDArray[np.float64]


def permutation_importance(
    ensemble: Ensemble, matrix: Matrix, converted: NDArray[np.int64], sources: Sequence[str], *, threads: int, seed: int
) -> dict[str, float]:
    """The rise of the log loss by source column (Breiman 2001; Fisher, Rudin and Dominici 2019), largest first.

    ``matrix`` (n, k) and ``converted`` (n,) are of leads that the members have not seen; all columns of a source are
    shuffled together.
    """
    from sklearn.metrics import log_loss

    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(matrix))[:MOST_LEADS])
    matrix, converted = matrix[rows], converted[rows]
    of = np.array(sources)

    def loss(tried: Matrix) -> float:
        return float(log_loss(converted, expit(ensemble.log_odds(tried, threads=threads)), labels=[0, 1]))

    def shuffled(source: str) -> float:
        tried = matrix.copy()
        columns = np.flatnonzero(of == source)
        tried[:, columns] = matrix[rng.permutation(len(matrix))][:, columns]
        return loss(tried)

    whole = loss(matrix)
    found = {name: float(np.mean([shuffled(name) for _ in range(REPEATS)])) - whole for name in dict.fromkeys(sources)}
    return dict(sorted(found.items(), key=lambda item: -item[1]))
