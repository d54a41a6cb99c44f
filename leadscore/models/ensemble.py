"""The vote of the members: a weighted sum of their log-odds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit

from leadscore.models.calibration import losses
from leadscore.models.members.bag import Bag
from leadscore.models.members.member import Floats, Labels, Matrix, Member
from leadscore.models.split import Rows

Learner = Callable[[Floats, Labels, Rows], Floats]

RIDGE = 1e-3  # penalty on half the squared weights of stacking, per lead: members say nearly the same
NEGLIGIBLE = 0.05  # a weight below this share of their sum is none: a member costs time every night


@dataclass(frozen=True)
class Ensemble:
    """Fitted ``members`` and the ``weights`` of their votes."""

    members: Sequence[Member]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, bags: Sequence[Bag], weights: Sequence[float]) -> Self:
        """The members of all ``bags``, each with its share of the weight of its bag."""
        pairs = [(member, w / len(bag.members)) for bag, w in zip(bags, weights, strict=True) for member in bag.members]
        return cls(tuple(member for member, _ in pairs), tuple(weight for _, weight in pairs))

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        """The vote (n,) before calibration."""
        total = np.zeros(len(matrix))
        for member, weight in zip(self.members, self.weights, strict=True):
            total += weight * member.log_odds(matrix, threads=threads)
        return total


def soft_vote(log_odds: Floats, converted: Labels, fold: Rows) -> Floats:
    """Non-negative weights (m,) of members by their out-of-fold ``log_odds`` (n, m)."""
    found = _weights(log_odds, converted, fold, lowest=0.0, ridge=0.0)
    return found if found.any() else np.ones(len(found)) / len(found)


def stacking(log_odds: Floats, converted: Labels, fold: Rows) -> Floats:
    """Weights (m,) of either sign: a logistic meta-learner (Wolpert 1992)."""
    return _weights(log_odds, converted, fold, lowest=None, ridge=RIDGE)


def _weights(log_odds: Floats, converted: Labels, fold: Rows, lowest: float | None, ridge: float) -> Floats:
    """Those with the least log loss where every fold has an intercept of its own: the level is not theirs to mend."""
    from scipy.optimize import minimize

    m, folds = log_odds.shape[1], np.unique(fold, return_inverse=True)[1]
    n_folds = int(folds.max()) + 1

    def loss(at: Floats) -> tuple[float, Floats]:
        weights, levels = at[:m], at[m:]
        vote = log_odds @ weights + levels[folds]
        slope = expit(vote) - converted
        gradient = np.concatenate([log_odds.T @ slope, np.bincount(folds, slope, n_folds)]) / len(slope)
        gradient[:m] += ridge * weights
        return losses(vote, converted).mean() + ridge * weights @ weights / 2, gradient

    start = np.concatenate([np.ones(m) / m, np.zeros(n_folds)])
    bounds = [(lowest, None)] * m + [(None, None)] * n_folds
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}).x
    weights = np.asarray(found[:m], np.float64)
    return np.where(np.abs(weights) < NEGLIGIBLE * np.abs(weights).sum(), 0.0, weights)


VOTES: dict[str, Learner] = {"soft vote": soft_vote, "stacking": stacking}  # the simpler one first


def cross_voted(log_odds: Floats, converted: Labels, fold: Rows, learn: Learner) -> Floats:
    """The votes (n,) on each fold by weights that ``learn`` found on the other folds."""
    found = np.empty(len(converted))
    for number in np.unique(fold):
        rest, here = fold != number, fold == number
        found[here] = log_odds[here] @ learn(log_odds[rest], converted[rest], fold[rest])
    return found
