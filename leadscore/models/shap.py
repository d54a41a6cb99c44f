"""What each feature adds to a lead's log-odds: the exact SHAP values of weighted members (see `tree_shap`)."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Effects = dict[str, NDArray[np.float64]]


class Explained(Protocol):
    """The exact SHAP values of a member, times its weight."""

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        """Add what the columns of ``matrix`` (n, k) contribute to ``effects``, arrays (n,) by name."""


class Explains(Protocol):
    """A member (see `leadscore.models.members`), as far as it is needed here."""

    def explain(self, names: list[str], weight: float) -> Explained: ...


class Explainer:
    """Explains the sum over ``members`` of weight x log-odds.

    ``names`` (k,) are those by which the columns of the matrix are summed up: what they were made of.
    """

    def __init__(self, members: Sequence[Explains], weights: Sequence[float], names: Sequence[str]) -> None:
        pairs = zip(members, weights, strict=True)
        self.names = list(dict.fromkeys(names))
        self._parts = [member.explain(list(names), weight) for member, weight in pairs]

    def contributions(self, matrix: Matrix) -> Matrix:
        """The effects (n, s) in log-odds of the rows of ``matrix`` (n, k), by `names` (s,), each once, in their order.

        In every row they sum to the weighted log-odds less one constant.
        """
        total = np.zeros((len(matrix), len(self.names)), order="F")
        effects = dict(zip(self.names, total.T, strict=True))  # views of the columns of `total`
        self.add_to(effects, np.asfortranarray(matrix))  # it is read by columns
        return total

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        for part in self._parts:
            part.add_to(effects, matrix)
