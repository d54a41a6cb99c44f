"""What each feature adds to a lead's log-odds: exact SHAP values of weighted members.

Those of trees are path-dependent TreeSHAP (Lundberg et al., "From local explanations to global understanding with
explainable AI for trees", 2020, algorithm 2), as LightGBM's ``pred_contrib`` and XGBoost's ``pred_contribs`` return
them, computed by WOODELF (Nadel and Wettenstein, "From Decision Trees to Boolean Logic", 2025), which is many times
as fast on large chunks.

A lead's values do not depend on the leads beside it, to the last bit: all that is added is read from tables that
follow from the trees alone, and it is added in the order of the trees. So `WoodelfExplainer` itself is not used: it
adds a chunk of fewer than 10 * 2**depth rows in another order, in float32, which moves values by 1e-6 and thereby
now and then the third decimal of a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # importing them takes a second
    import lightgbm
    import pandas as pd
    import xgboost
    from woodelf.core.trees.decision_trees_ensemble import DecisionTreeNode

    Booster = lightgbm.Booster | xgboost.Booster

Matrix = NDArray[np.float64]
Effects = dict[str, NDArray[np.float64]]


class Explained(Protocol):
    """The exact SHAP values of a member, times its weight."""

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        """Add what the features of the rows of ``matrix`` (n, k) contribute to ``effects``, k arrays (n,) by name."""


class Explains(Protocol):
    """A member (see `leadscore.models.members`), as far as it is needed here."""

    def explain(self, names: list[str], weight: float) -> Explained: ...


class Explainer:
    """Explains the sum over ``members`` of weight x log-odds.

    ``names`` (k,) are the names of the columns that they were trained on.
    """

    def __init__(self, members: Sequence[Explains], weights: Sequence[float], names: Sequence[str]) -> None:
        self._names = list(names)
        pairs = zip(members, weights, strict=True)
        self._parts = [member.explain(self._names, weight) for member, weight in pairs]

    def contributions(self, matrix: Matrix) -> Matrix:
        """The effects (n, k) in log-odds of the rows of ``matrix`` (n, k), float64 with values of float32.

        In every row they sum to the weighted log-odds less one constant, to about 1e-5.
        """
        total = np.zeros(matrix.shape, order="F")
        effects = dict(zip(self._names, total.T, strict=True))  # views of the columns of `total`
        self.add_to(effects, np.asfortranarray(matrix))  # woodelf goes by columns: this halves its time
        return total

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        for part in self._parts:
            part.add_to(effects, matrix)


@dataclass(frozen=True)
class Forest:
    """The parsed trees of one booster. ``strict`` ones send x to the left if x < t, the others if x <= t."""

    trees: list["DecisionTreeNode"]
    tables: "Tables"
    strict: bool

    @classmethod
    def of(cls, booster: "Booster", weight: float, names: list[str]) -> Self:
        from woodelf.core.trees.parse_models import load_decision_tree_ensemble_model  # takes a second to import

        parsed = load_decision_tree_ensemble_model(booster, names)
        strict = type(booster).__module__.startswith("xgboost")
        return cls(parsed.trees, Tables(parsed.max_depth, weight), strict)

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        """Add what the features of the rows of ``matrix`` (n, k) contribute to ``effects``, k arrays (n,) by name."""
        from woodelf.high_depth_woodelf import woodelf_for_high_depth_single_tree

        frame = self.frame(matrix, list(effects))
        for tree in self.trees:
            woodelf_for_high_depth_single_tree(tree, frame, None, effects, self.tables, use_neighbor_leaf_trick=True)

    def frame(self, matrix: Matrix, names: list[str]) -> "pd.DataFrame":
        """The columns as woodelf wants them, around the same memory where that will do."""
        import pandas as pd

        return pd.DataFrame(just_below(matrix) if self.strict else matrix, columns=names, copy=False)


class Tables:
    """What each decision pattern at a leaf contributes, times ``weight``, by feature; each leaf's made only once.

    In place of woodelf's own calculator, which makes them anew in every call, half the time of a small chunk.
    """

    def __init__(self, depth: int, weight: float) -> None:
        from woodelf.core.cube_metric import ShapleyValues
        from woodelf.core.path_to_s_vectors.woodelf_p2s import HighDepthWoodelfPathToSVectors

        self._calculator = HighDepthWoodelfPathToSVectors(ShapleyValues(), depth)
        self._weight = weight
        self._made: dict[tuple[str | float | None, ...], Effects] = {}

    def get_path_dependent_s_matrix(
        self, features: list[str], patterns: NDArray[np.integer], covers: Matrix, value: float, neighbor: float | None
    ) -> Effects:
        """The tables (2**features,) of a leaf, float64, and so are the sums of what is read from them."""
        key = (*features, *covers.tolist(), value, neighbor)
        if key not in self._made:
            made = self._calculator.get_path_dependent_s_matrix(features, patterns, covers, value, neighbor)
            self._made[key] = {name: self._weight * table.astype(np.float64) for name, table in made.items()}
        return self._made[key]


def just_below(matrix: Matrix) -> Matrix:
    """The next lower float64 of each value, which sends values of float32 where XGBoost sends them.

    XGBoost goes left if x < t. Woodelf lowers t by one step of float32, which is right for values that are not yet
    rounded to float32, and wrong for an x that is: the x one step below t would go right. x < t is the same as
    "just below x" < t lowered.
    """
    return np.nextafter(matrix, -np.inf)
