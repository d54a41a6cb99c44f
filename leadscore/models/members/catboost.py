"""CatBoost (Prokhorenkova et al. 2018): boosting of symmetric trees. An extra, needed for fitting only.

Its trees, written by itself as JSON, become a sum of trees like the others', so that scoring needs no CatBoost.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from leadscore.errors import ConfigError
from leadscore.models.members.member import MAX_ROUNDS, PATIENCE, Params, Sample, Setup, prior_weights
from leadscore.models.members.tree import Tree
from leadscore.models.members.trees import TreeFamily, Trees

if TYPE_CHECKING:
    import optuna

FIXED: Params = {
    "loss_function": "Logloss",
    "bootstrap_type": "Bernoulli",
    "leaf_estimation_iterations": 10,  # else it is 1 or 10 by the number of rounds, and a refit is another model
    "allow_writing_files": False,
    "logging_level": "Silent",
}


class CatBoost(TreeFamily):
    name = "catboost"
    defaults: ClassVar[Params] = {
        "learning_rate": 0.05,
        "depth": 5,
        "l2_leaf_reg": 3.0,
        "rsm": 0.7,
        "subsample": 0.8,
        "random_strength": 1.0,
    }

    def available(self) -> bool:
        return find_spec("catboost") is not None

    def suggest(self, trial: "optuna.Trial") -> Params:
        return {
            "depth": trial.suggest_int("depth", 1, 8),
            "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 0.3, 30.0, log=True),
            "rsm": trial.suggest_float("rsm", 0.2, 1.0),
            "subsample": trial.suggest_float("subsample", 0.4, 1.0),
            "random_strength": trial.suggest_float("random_strength", 0.1, 10.0, log=True),
        }

    def fit(self, sample: Sample, setup: Setup) -> Trees:
        """Raises ConfigError where CatBoost is not installed."""
        if not self.available():
            raise ConfigError(
                "The settings ask for CatBoost, which is not installed.",
                "pip install leadscore[catboost], or take catboost out of the members.",
            )
        import catboost

        judge = None
        if setup.judge:
            judge = catboost.Pool(*setup.judge, weight=prior_weights(setup.judge[1], sample))
        run = {"iterations": setup.rounds or MAX_ROUNDS, "thread_count": setup.threads, "random_seed": setup.seed}
        model = catboost.CatBoost(FIXED | self.defaults | setup.params | run)
        model.fit(
            catboost.Pool(sample.matrix, sample.converted, weight=sample.weight),
            eval_set=judge,
            use_best_model=judge is not None,
            early_stopping_rounds=PATIENCE if judge else None,
        )
        return Trees.of(self.name, trees_of(as_json(model)), sample.matrix.shape[1])


def as_json(model: Any) -> dict[str, Any]:
    """The model as CatBoost writes it into a JSON file; it writes nowhere else."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


def trees_of(model: dict[str, Any]) -> list[Tree]:
    """The trees of CatBoost's JSON, scaled; the bias goes into the first."""
    scale, (bias,) = model["scale_and_bias"]
    features = model["features_info"]["float_features"]
    nan_left = {each["feature_index"]: each["nan_value_treatment"] != "AsTrue" for each in features}
    return [
        symmetric(tree, nan_left, scale, 0.0 if number else bias)
        for number, tree in enumerate(model["oblivious_trees"])
    ]


def symmetric(tree: dict[str, Any], nan_left: dict[int, bool], scale: float, bias: float) -> Tree:
    """One symmetric tree: bit i of a leaf's number says whether x > border of split i.

    Branches that no x can take, since the tree splits a feature more than once, are left out.
    """
    splits = [(each["float_feature_index"], float(np.float32(each["border"]))) for each in tree["splits"] or ()]
    values = scale * np.array(tree["leaf_values"]) + bias
    counts = np.maximum(np.round(tree["leaf_weights"]), 1).astype(np.int64)
    nodes: list[tuple[int, int, int, float, bool, int, float]] = []

    def grow(level: int, leaf: int, within: dict[int, tuple[float, float]]) -> int:
        """Append the subtree below the answers ``leaf`` to the first ``level`` splits; returns its root's number."""
        if level == len(splits):
            nodes.append((-1, -1, 0, 0.0, False, int(counts[leaf]), float(values[leaf])))
            return len(nodes) - 1
        feature, border = splits[level]
        low, high = within.get(feature, (-np.inf, np.inf))
        if border >= high:
            return grow(level + 1, leaf, within)
        if border <= low:
            return grow(level + 1, leaf | 1 << level, within)
        here = len(nodes)
        nodes.append((0, 0, feature, border, nan_left[feature], 0, 0.0))
        left = grow(level + 1, leaf, within | {feature: (low, border)})
        right = grow(level + 1, leaf | 1 << level, within | {feature: (border, high)})
        nodes[here] = (left, right, *nodes[here][2:5], nodes[left][5] + nodes[right][5], 0.0)
        return here

    grow(0, 0, {})
    return Tree(*(np.array(column) for column in zip(*nodes, strict=True)))
