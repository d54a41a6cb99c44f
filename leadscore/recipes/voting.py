"""How members become one probability, and which way has the best F1 out of fold at its own cutoff."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from leadscore.models.calibration import Calibration
from leadscore.models.curve import Curve
from leadscore.models.cutoff import FBeta, Policy
from leadscore.models.ensemble import cross_voted, stacking
from leadscore.models.members.member import Floats, Labels
from leadscore.models.split import Rows

Weigh = Callable[[Floats], Floats]  # from the log-odds of m members (n, m) to a probability (n,)


@dataclass(frozen=True)
class Candidate:
    """One way to vote, and what it gives the leads of all folds (n,) that its members have not seen."""

    out_of_fold: Floats
    weigh: Weigh


@dataclass(frozen=True)
class Choice:
    """The ``candidates`` with the cutoff and the F1 out of fold of each."""

    candidates: Mapping[str, Candidate]
    cutoffs: Mapping[str, float]
    f1: Mapping[str, float]

    @classmethod
    def of(cls, candidates: Mapping[str, Candidate], converted: Labels, cutoff: Policy | float) -> "Choice":
        cutoffs = {name: cutoff_of(cutoff, each.out_of_fold, converted) for name, each in candidates.items()}
        f1 = {name: f1_at(converted, each.out_of_fold, cutoffs[name]) for name, each in candidates.items()}
        return cls(candidates, cutoffs, f1)

    @property
    def best(self) -> str:
        """The name of the one with the highest F1, of equals the first."""
        return max(self.f1, key=lambda name: self.f1[name])

    @property
    def told(self) -> str:
        figures = ", ".join(f"{name} {value:.3f}" for name, value in self.f1.items())
        return f"Chosen by F1 out of fold: {self.best}, of {figures}."


def soft_vote(families: Sequence[str], weights: Mapping[str, float]) -> Weigh:
    """The mean of the members' probabilities, as write-ups have it; a family without a weight has 1."""
    shares = np.array([weights.get(family, 1.0) for family in families])
    return lambda log_odds: np.asarray(expit(log_odds) @ shares / shares.sum())


def stacked(log_odds: Floats, converted: Labels, fold: Rows) -> Candidate:
    """A logistic regression on the members; what it gives a ``fold`` (n,) is by weights from the others."""
    weights = stacking(log_odds, converted, fold)
    line = Calibration.fit(log_odds @ weights, converted)
    unseen = cross_voted(log_odds, converted, fold, stacking)
    return Candidate(line.apply(unseen), lambda some: line.apply(some @ weights))


def alone(log_odds: Floats, place: int) -> Candidate:
    """The member at that ``place``."""

    def weigh(some: Floats) -> Floats:
        return np.asarray(expit(some[:, place]))

    return Candidate(weigh(log_odds), weigh)


def cutoff_of(wanted: Policy | float, probability: Floats, converted: Labels) -> float:
    """The cutoff that the policy chooses by these leads (n,), or the one that is set."""
    return wanted if isinstance(wanted, float) else wanted.choose(Curve.of(probability, converted))


def best_f1_cutoff(converted: Labels, probability: Floats) -> float:
    """The cutoff with the highest F1."""
    return FBeta(policy="f1").choose(Curve.of(probability, converted))


def f1_at(converted: Labels, probability: Floats, cutoff: float) -> float:
    called = probability >= cutoff
    return float(2 * converted[called].sum() / max(called.sum() + converted.sum(), 1))
