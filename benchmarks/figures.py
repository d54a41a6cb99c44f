"""The figures by which probabilities are judged on leads with a known outcome, ours and others' alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from leadscore.models.curve import Confusion, tally
from leadscore.models.metrics import bootstrap, point_measures
from leadscore.sample.truth import best_possible

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Result = dict[str, Any]  # as JSON
FIGURES = ("average_precision", "log_loss", "roc_auc", "brier_score", "f1", "f1_in_hindsight")


@dataclass(frozen=True)
class Judged:
    """Leads with their outcome (n,), their probability (n,) and the cutoff from which they are called."""

    converted: Labels
    probability: Floats
    cutoff: float

    def figures(self, seed: int) -> Result:
        """Each of `FIGURES` with its bootstrap interval, and how many leads they are of."""
        found = bootstrap(self._points, self.converted, self.probability, seed=seed)
        counts = {"n": len(self.converted), "conversions": int(self.converted.sum())}
        return {**counts, **{name: estimate.model_dump() for name, estimate in found.items()}}

    def _points(self, converted: Labels, probability: Floats) -> dict[str, float]:
        points = point_measures(converted, probability, self.cutoff)
        points["f1_in_hindsight"] = f1_in_hindsight(converted, probability)
        return {name: points[name] for name in FIGURES}


@dataclass(frozen=True)
class Best:
    """What the true probabilities themselves reach on the same leads.

    ``expected_over_best`` is the log loss to expect of the model under the true probabilities, over the least to
    expect: the luck of the outcomes, which moves the other figures, is not in it.
    """

    log_loss: float
    roc_auc: float
    f1: float
    expected_over_best: float

    @classmethod
    def of(cls, converted: Labels, true: Floats, found: Floats) -> "Best":
        f1, log_loss = best_possible(converted, true)
        least = expected_log_loss(true, true)
        return cls(log_loss, float(roc_auc_score(converted, true)), f1, expected_log_loss(true, found) / least)


def f1_in_hindsight(converted: Labels, probability: Floats) -> float:
    """F1 at the cutoff that is the best for these very leads: what no cutoff chosen before can exceed."""
    return float(Confusion.of(*tally(probability, converted)[1:]).f_score(1).max())


def expected_log_loss(true: Floats, found: Floats) -> float:
    """The log loss of the probabilities ``found`` (n,) to expect where the ``true`` ones hold."""
    p = np.clip(found, 1e-6, 1 - 1e-6)
    return float(-(true * np.log(p) + (1 - true) * np.log1p(-p)).mean())
