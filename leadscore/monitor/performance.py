"""How well the model does: what its probabilities promise of the open leads, and what outcomes say since.

The first needs no label: of leads that convert with calibrated probabilities p, the sum of p of the called ones will be
true positives, and so on for each cell of the confusion matrix (confidence-based performance estimation, as in NannyML;
J. Bialek et al., "We don't need no labels", arXiv 2401.08348, 2024). It sees what other leads do to the figures and,
through an adjusted base rate, what another base rate does; it does not see that the same leads convert differently:
outcomes do.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from leadscore.models.curve import Curve, ratio
from leadscore.monitor.drift import CHANCE

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Z = float(ndtri(CHANCE))


@dataclass(frozen=True)
class Counted:
    """True positives, false positives and false negatives, real or expected."""

    hits: float
    false_alarms: float
    missed: float

    @classmethod
    def of(cls, won: Array, lost: Array, called: NDArray[np.bool_]) -> Self:
        """Of groups (g,) of leads."""
        return cls(float(won[called].sum()), float(lost[called].sum()), float(won[~called].sum()))

    @property
    def precision(self) -> float:
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        return _share(self.hits, self.hits + self.missed)

    @property
    def f1(self) -> float:
        return _share(2 * self.hits, 2 * self.hits + self.false_alarms + self.missed)

    @property
    def f1_error(self) -> float:
        """The standard error of F1 = 2 J / (1 + J), where J is the share of hits among those called or won."""
        n = self.hits + self.false_alarms + self.missed
        j = _share(self.hits, n)
        return float(2 / (1 + j) ** 2 * np.sqrt(j * (1 - j) / n)) if n else 0.0


@dataclass(frozen=True)
class Present:
    """The open leads in groups (g,), the least likely first: those of one ``score`` that are ``called``, or are not.

    ``n`` are the leads of each, ``won`` those that will convert by the sum of their probabilities.
    """

    score: Counts
    called: NDArray[np.bool_]
    n: Counts
    won: Array

    @property
    def lost(self) -> Array:
        return self.n - self.won

    @property
    def n_leads(self) -> int:
        return int(self.n.sum())

    @property
    def base_rate(self) -> float:
        return _share(float(self.won.sum()), self.n_leads)

    @property
    def counted(self) -> Counted:
        return Counted.of(self.won, self.lost, self.called)

    @property
    def auc(self) -> float:
        return auc(self.won, self.lost)


@dataclass(frozen=True)
class Realised:
    """Leads whose outcome is known: so many ``leads``, ``won`` of them and ``predicted`` to be; ``called`` by their
    first published score, and ``called_won`` of these.
    """

    leads: int = 0
    won: int = 0
    predicted: float = 0.0
    called: int = 0
    called_won: int = 0

    @property
    def counted(self) -> Counted:
        return Counted(self.called_won, self.called - self.called_won, self.won - self.called_won)


def auc(won: Array, lost: Array) -> float:
    """The ROC AUC of groups (g,) of leads, the least likely first: inside a group half of the pairs are in order."""
    below = np.cumsum(lost) - lost / 2
    return float(ratio(np.asarray(won @ below), np.asarray(won.sum() * lost.sum())))


def auc_error(area: float, won: float, lost: float) -> float:
    """No more than this is the standard error of an AUC (Birnbaum and Klose 1957)."""
    fewer = min(won, lost)
    return float(np.sqrt(area * (1 - area) / fewer)) if fewer > 0 else 0.0


def trained_f1(curve: Curve, base_rate: float, raw_cutoff: float) -> float:
    """F1 of the training leads out of fold from a cutoff on, had so many converted and nothing else been different."""
    won, lost = np.array(curve.won, np.float64), np.array(curve.lost, np.float64)
    won, lost = won * base_rate / won.sum(), lost * (1 - base_rate) / lost.sum()
    return Counted.of(won, lost, np.array(curve.values) >= raw_cutoff).f1


def trained_auc(curve: Curve) -> float:
    """The ROC AUC of the training leads out of fold."""
    return auc(np.array(curve.won, np.float64), np.array(curve.lost, np.float64))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
