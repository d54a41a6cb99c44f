"""How good probabilities are on leads with a known outcome, with bootstrap intervals."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

Labels = NDArray[np.int64]
Probability = NDArray[np.float64]

RESAMPLES = 200
BINS = 10


class Estimate(BaseModel):
    """A figure and its 95% interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} (95% interval {self.low:.3f} to {self.high:.3f})"


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


def measure(converted: Labels, probability: Probability, cutoff: float, *, seed: int) -> Measures:
    """Judge ``probability`` (n,) against ``converted`` (n,), which holds both outcomes."""
    values = bootstrap(lambda y, p: point_measures(y, p, cutoff), converted, probability, seed=seed)
    return Measures(n=len(converted), conversions=int(converted.sum()), **values)


def bootstrap(
    figures: Callable[[Labels, Probability], dict[str, float]],
    converted: Labels,
    probability: Probability,
    *,
    seed: int,
) -> dict[str, Estimate]:
    """``figures`` of the leads, with percentile bootstrap intervals (Efron and Tibshirani 1993, chapter 13)."""
    drawn = [figures(converted[rows], probability[rows]) for rows in resamples(converted, seed)]
    low, high = np.percentile([list(each.values()) for each in drawn], [2.5, 97.5], axis=0)
    points = figures(converted, probability)
    return {name: Estimate(value=value, low=low[i], high=high[i]) for i, (name, value) in enumerate(points.items())}


def resamples(converted: Labels, seed: int) -> Iterator[NDArray[np.int64]]:
    """Row numbers (n,) drawn with replacement; a draw of one outcome only, which has no AUC, is drawn again."""
    rng = np.random.default_rng(seed)
    found = 0
    while found < RESAMPLES:
        rows = rng.integers(0, len(converted), len(converted))
        if 0 < converted[rows].sum() < len(rows):
            found += 1
            yield rows


def point_measures(converted: Labels, probability: Probability, cutoff: float) -> dict[str, float]:
    """The figures of ``Measures``, without intervals."""
    precision, recall, f1, _ = precision_recall_fscore_support(
        converted, probability >= cutoff, average="binary", zero_division=0
    )
    return {
        "base_rate": float(converted.mean()),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
        "roc_auc": float(roc_auc_score(converted, probability)),
        "average_precision": float(average_precision_score(converted, probability)),
        "log_loss": float(log_loss(converted, probability)),
        "brier_score": float(brier_score_loss(converted, probability)),
        "calibration_error": calibration_error(converted, probability),
    }


def calibration_error(converted: Labels, probability: Probability) -> float:
    """Expected calibration error (Naeini et al. 2015) over ten bins of about equal count that cut through no tie."""
    edges = np.unique(np.quantile(probability, np.arange(1, BINS) / BINS))
    gaps = np.bincount(np.searchsorted(edges, probability, side="right"), weights=probability - converted)
    return float(np.abs(gaps).sum() / len(converted))
