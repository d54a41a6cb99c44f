"""Random forest (Breiman 2001) and extra trees (Geurts et al. 2006), grown by scikit-learn, kept as a sum of trees.

A forest of probabilities is no sum in log-odds, so each tree votes with the log-odds of its leaf, smoothed towards
the base rate by an m-estimate (Cestnik 1990), and the forest with the mean of these.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.special import logit

from leadscore.models.members.member import Params, Sample, Setup, base_rate
from leadscore.models.members.tree import Tree
from leadscore.models.members.trees import TreeFamily, Trees

if TYPE_CHECKING:
    import optuna


class Forest(TreeFamily):
    """``pseudo_count`` leads of the base rate are added to each leaf; all other parameters are scikit-learn's.

    Depth and leaves are limited: the time that reasons take grows with the leaves, their memory with 2**depth.
    """

    defaults: ClassVar[Params] = {
        "n_estimators": 100,
        "max_depth": 8,
        "max_leaf_nodes": 128,
        "min_samples_leaf": 10,
        "max_features": 0.3,
        "pseudo_count": 3.0,
    }

    @abstractmethod
    def grower(self, **settings: Any) -> Any:
        """scikit-learn's estimator."""

    def suggest(self, trial: "optuna.Trial") -> Params:
        return {
            "max_depth": trial.suggest_int("max_depth", 1, 8),
            "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 8, 128, log=True),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 100, log=True),
            "max_features": trial.suggest_float("max_features", 0.05, 1.0, log=True),
            "pseudo_count": trial.suggest_float("pseudo_count", 0.3, 30.0, log=True),
        }

    def fit(self, sample: Sample, setup: Setup) -> Trees:
        settings = self.defaults | setup.params | ({"n_estimators": setup.rounds} if setup.rounds else {})
        pseudo_count = float(settings.pop("pseudo_count"))
        grown = self.grower(**settings, n_jobs=setup.threads, random_state=setup.seed)
        grown.fit(sample.matrix.astype(np.float32), sample.converted, sample_weight=sample.weight)
        base = base_rate(sample)
        trees = [tree_of(each.tree_, base, pseudo_count, len(grown)) for each in grown.estimators_]
        return Trees.of(self.name, trees, sample.matrix.shape[1])


class RandomForest(Forest):
    name = "random_forest"

    def grower(self, **settings: Any) -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(**settings)


class ExtraTrees(Forest):
    name = "extra_trees"

    def grower(self, **settings: Any) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier

        return ExtraTreesClassifier(**settings)


def tree_of(grown: Any, base: float, pseudo_count: float, trees: int) -> Tree:
    """A tree of scikit-learn (its ``tree_``) as one of so many ``trees``."""
    n = grown.weighted_n_node_samples
    won = n * grown.value[:, 0, 1]
    return Tree(
        left=grown.children_left,
        right=grown.children_right,
        feature=grown.feature,
        threshold=grown.threshold,
        nan_left=grown.missing_go_to_left.astype(bool),
        count=grown.n_node_samples,
        value=logit((won + pseudo_count * base) / (n + pseudo_count)) / trees,
    )
