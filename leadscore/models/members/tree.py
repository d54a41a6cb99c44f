"""Decision trees as arrays, and LightGBM's text format, in which they are kept whoever grew them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadscore.models.members.member import Floats

NAN_RIGHT, NAN_LEFT = 8, 10  # LightGBM's decision types: NaN is missing (8), and goes to the left by default (2)


@dataclass(frozen=True)
class Tree:
    """Nodes (m,), the root first. ``left`` and ``right`` are the numbers of the children, -1 at a leaf.

    x <= ``threshold`` goes to the left, and so does NaN where ``nan_left``. ``count`` are the training leads of a
    node, or their weight, above 0: path-dependent SHAP values follow from them. ``value`` is what a leaf adds to the
    log-odds.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: Floats
    nan_left: NDArray[np.bool_]
    count: NDArray[np.int64] | Floats
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


def read_trees(text: str) -> Iterator[Tree]:
    """The trees of a model in LightGBM's text format, whose splits are none of categories."""
    body = text.partition("end of trees")[0]
    for block in body.split("\nTree=")[1:]:
        yield _read(dict(line.split("=", 1) for line in block.splitlines() if "=" in line))


def _read(fields: dict[str, str]) -> Tree:
    """One tree: splits first, then the leaves."""

    def numbers(name: str, dtype: type) -> NDArray[Any]:
        return np.array(fields.get(name, "").split(), dtype=dtype)

    values, threshold, decisions = (
        numbers("leaf_value", float),
        numbers("threshold", float),
        numbers("decision_type", int),
    )
    splits, leaves = len(threshold), np.full(len(values), -1)
    children = [numbers(side, int) for side in ("left_child", "right_child")]
    left, right = (np.concatenate([np.where(child < 0, splits - 1 - child, child), leaves]) for child in children)
    nothing, missing = np.zeros(len(values)), decisions & NAN_RIGHT > 0
    return Tree(
        left=left,
        right=right,
        feature=np.concatenate([numbers("split_feature", int), leaves]),
        threshold=np.concatenate([threshold, nothing]),
        # A column that had no NaN in training has no such type: then NaN counts as 0 (NumericalDecision in tree.h).
        nan_left=np.concatenate([np.where(missing, decisions & 2 > 0, threshold >= 0), nothing > 0]),
        count=np.concatenate([numbers("internal_count", int), numbers("leaf_count", int)]),
        value=np.concatenate([np.zeros(splits), values]),
    )


def joined(values: Iterable[Any]) -> str:
    return " ".join(map(str, values))
