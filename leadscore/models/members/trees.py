"""Sums of decision trees in LightGBM's text format, whoever grew them: one file, one prediction path, exact SHAP."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from leadscore.models.members.member import Floats, Matrix
from leadscore.models.shap import Explained, Forest

if TYPE_CHECKING:
    import lightgbm

NAN_RIGHT, NAN_LEFT = 8, 10  # LightGBM's decision types: NaN is missing (8), and goes to the left by default (2)


@dataclass(frozen=True)
class Trees:
    """A member whose log-odds are a sum over trees."""

    family: str
    booster: "lightgbm.Booster"

    @property
    def trees(self) -> int:
        return int(self.booster.num_trees())

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        return np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=threads or 0), np.float64)

    def to_bytes(self) -> bytes:
        return re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", self.booster.model_to_string()).encode()

    def explain(self, names: list[str], weight: float) -> Explained:
        return Forest.of(self.booster, weight, names)

    @classmethod
    def from_bytes(cls, family: str, data: bytes) -> Self:
        """Raises ValueError where ``data`` is no LightGBM text."""
        import lightgbm

        try:
            return cls(family, lightgbm.Booster(model_str=data.decode()))
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(str(error)) from error

    @classmethod
    def of(cls, family: str, trees: Sequence["Tree"], columns: int) -> Self:
        """The sum of ``trees`` that split on the first ``columns`` columns."""
        return cls.from_bytes(family, model_text(trees, columns).encode())


@dataclass(frozen=True)
class Tree:
    """Nodes (m,), the root first. ``left`` and ``right`` are the numbers of the children, -1 at a leaf.

    x <= ``threshold`` goes to the left, and so does NaN where ``nan_left``. ``count`` are the training leads of a
    node, at least 1: path-dependent SHAP values follow from them. ``value`` is what a leaf adds to the log-odds.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Floats
    nan_left: NDArray[np.bool_]
    count: NDArray[np.int64]
    value: Floats


def model_text(trees: Sequence[Tree], columns: int) -> str:
    """The model in LightGBM's text format, version 4 (GBDT::SaveModelToString and Tree::ToString in its source)."""
    head = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={columns - 1}",
        "objective=binary sigmoid:1",
        f"feature_names={joined(f'f{i}' for i in range(columns))}",
        f"feature_infos={joined(['[-inf:inf]'] * columns)}",
    ]
    return "\n".join([*head, "", *(tree_text(i, tree) for i, tree in enumerate(trees)), "end of trees", ""])


def tree_text(number: int, tree: Tree) -> str:
    """One tree. LightGBM numbers splits and leaves apart, and writes leaf i as the child -1 - i."""
    leaf = tree.left < 0
    named = np.where(leaf, -np.cumsum(leaf, dtype=np.int64), np.cumsum(~leaf) - 1)
    fields = {
        "Tree": number,
        "num_leaves": leaf.sum(),
        "num_cat": 0,
        "split_feature": joined(tree.feature[~leaf]),
        "threshold": joined(map(repr, tree.threshold[~leaf].tolist())),
        "decision_type": joined(np.where(tree.nan_left[~leaf], NAN_LEFT, NAN_RIGHT)),
        "left_child": joined(named[tree.left[~leaf]]),
        "right_child": joined(named[tree.right[~leaf]]),
        "leaf_value": joined(map(repr, tree.value[leaf].tolist())),
        "leaf_count": joined(tree.count[leaf]),
        "internal_count": joined(tree.count[~leaf]),
        "shrinkage": 1,
    }
    return "\n".join([*(f"{key}={value}" for key, value in fields.items()), "", ""])


def joined(values: Iterable[Any]) -> str:
    return " ".join(map(str, values))
