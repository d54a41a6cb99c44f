"""How good probabilities are on leads with a known outcome, with bootstrap intervals.

A bootstrap draw is a weight a lead, so leads are sorted once for all draws. The figures are scikit-learn's with
``sample_weight``, which tests prove; calling it for each draw took 20 times as long.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]

RESAMPLES = 400
BINS = 10


class Estimate(BaseModel):
    """A figure and its 95% interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float


class Measures(BaseModel):
    """The figures of one model on one set of leads. Precision, recall and F1 are at the cutoff."""

    model_config = ConfigDict(frozen=True)

    n: int
    conversions: int
    base_rate: Estimate
    precision: Estimate
    recall: Estimate
    f1: Estimate
    roc_auc: Estimate
    average_precision: Estimate
    log_loss: Estimate
    brier_score: Estimate
    calibration_error: Estimate


def measure(converted: Labels, probability: Floats, cutoff: float, *, seed: int) -> Measures:
    """Judge ``probability`` (n,) against ``converted`` (n,), which holds both outcomes."""
    rank = np.lexsort((converted, -probability))
    y, p = converted[rank], probability[rank]
    ends = tie_ends(p)
    loss, error, will = log_losses(y, p), (p - y) ** 2, p >= cutoff
    bins = bin_starts(ends)

    def figures(weight: Floats) -> dict[str, float]:
        n, won = float(weight.sum()), float(weight @ y)
        called, hit = float(weight @ will), float(weight @ (y * will))
        roc_auc, average_precision = ranking(y, ends, weight)
        return {
            "base_rate": won / n,
            "precision": hit / max(called, 1),
            "recall": hit / won,
            "f1": 2 * hit / (won + called),
            "roc_auc": roc_auc,
            "average_precision": average_precision,
            "log_loss": float(weight @ loss) / n,
            "brier_score": float(weight @ error) / n,
            "calibration_error": float(np.abs(np.add.reduceat(weight * (p - y), bins)).sum()) / n,
        }

    return Measures(n=len(y), conversions=int(y.sum()), **bootstrap(figures, y, seed=seed))


def bootstrap(figures: Callable[[Floats], Mapping[str, float]], converted: Labels, *, seed: int) -> dict[str, Estimate]:
    """The ``figures`` of leads weighted (n,), with percentile bootstrap intervals (Efron and Tibshirani 1993, ch. 13).

    ``figures`` is called with weights of one for the figures themselves, then with how often each lead was drawn.
    """
    drawn = [list(figures(weight).values()) for weight in draws(converted, seed)]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    points = figures(np.ones(len(converted))).items()
    return {name: Estimate(value=value, low=low[i], high=high[i]) for i, (name, value) in enumerate(points)}


def draws(converted: Labels, seed: int) -> Iterator[Floats]:
    """How often each lead (n,) is drawn with replacement; a draw of one outcome only, without AUC, is repeated."""
    rng = np.random.default_rng(seed)
    n, found = len(converted), 0
    while found < RESAMPLES:
        weight = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        if 0 < weight @ converted < n:
            found += 1
            yield weight


def tie_ends(ranked: Floats) -> NDArray[np.int64]:
    """The last row of each run of equal values in ``ranked`` (n,)."""
    return np.flatnonzero(np.append(np.diff(ranked) != 0, True))


def bin_starts(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first rows of at most ten bins of about equal count, which cut through no tie."""
    starts = np.append(0, ends[:-1] + 1)
    return starts[np.unique(starts * BINS // (ends[-1] + 1), return_index=True)[1]]


def ranking(ranked: Labels, ends: NDArray[np.int64], weight: Floats) -> tuple[float, float]:
    """ROC AUC and average precision of outcomes (n,) from the highest probability to the lowest."""
    won, lost = np.cumsum(weight * ranked)[ends], np.cumsum(weight * (1 - ranked))[ends]
    recall, precision = won / won[-1], won / np.maximum(won + lost, 1)
    gained = np.diff(recall, prepend=0)
    lower = lost / lost[-1]
    return float(gained @ (1 - lower + np.diff(lower, prepend=0) / 2)), float(gained @ precision)


def log_losses(converted: Labels, probability: Floats) -> Floats:
    """Minus the log of the probability (n,) that was given to what happened."""
    tiny = np.finfo(np.float64).eps
    given: Floats = np.where(converted == 1, probability, 1 - probability).clip(tiny, 1 - tiny)
    return -np.log(given)
