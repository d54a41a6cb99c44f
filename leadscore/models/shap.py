"""What each feature adds to a lead's log-odds: the exact SHAP values of weighted members (see `tree_shap`).

They add up to the log-odds, so that a lead is scored by what explains it: the trees of the boosters are gone through
once, not once to predict and once more to explain. Beside the boosters' own predictions that is exact to some 1e-7, at
which XGBoost rounds its sums (see `leadscore.training.bundling`, where the two are held against each other).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Effects = NDArray[np.float64]


class Explained(Protocol):
    """The exact SHAP values of a member, times its weight; its log-odds are their sum and one ``constant``."""

    @property
    def constant(self) -> float: ...

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        """Add what the columns of ``matrix`` (n, k) contribute to their rows of ``effects`` (s, n)."""


class Explains(Protocol):
    """A member (see `leadscore.models.members`), as far as it is needed here."""

    def explain(self, rows: Sequence[int], weight: float) -> Explained: ...


@dataclass(frozen=True)
class Sum:
    """Several, added one after the other."""

    parts: tuple[Explained, ...]

    @classmethod
    def of(cls, members: Sequence[Explains], weights: Sequence[float], rows: Sequence[int]) -> Self:
        """The ``members`` times their ``weights``, their columns added to the ``rows``."""
        return cls(tuple(member.explain(rows, weight) for member, weight in zip(members, weights, strict=True)))

    @property
    def constant(self) -> float:
        return sum(part.constant for part in self.parts)

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        for part in self.parts:
            part.add_to(effects, matrix)


class Explainer:
    """Explains the sum over ``members`` of weight x log-odds.

    ``names`` (k,) are those by which the columns of the matrix are summed up: what they were made of.
    """

    def __init__(self, members: Sequence[Explains], weights: Sequence[float], names: Sequence[str]) -> None:
        self.names = list(dict.fromkeys(names))
        self._sum = Sum.of(members, weights, [self.names.index(name) for name in names])

    def contributions(self, matrix: Matrix) -> Matrix:
        """The effects (n, s) in log-odds of the rows of ``matrix`` (n, k), by `names` (s,), each once, in their order.

        In every row they sum to the weighted log-odds less one constant (see `log_odds`).
        """
        effects = np.zeros((len(self.names), len(matrix)))
        self._sum.add_to(effects, np.asfortranarray(matrix))  # it is read by columns
        return effects.T

    def log_odds(self, contributions: Matrix) -> Matrix:
        """The weighted log-odds (n,) of leads with these ``contributions`` (n, s)."""
        total = np.full(len(contributions), self._sum.constant)
        for effect in contributions.T:  # one after the other: the order does not depend on the number of rows
            total += effect
        return total
