"""XGBoost (Chen and Guestrin 2016): gradient boosting, level by level."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from scipy.special import logit

from leadscore.errors import ConfigError
from leadscore.models.members.member import (
    MAX_ROUNDS,
    PATIENCE,
    Family,
    Floats,
    Matrix,
    Params,
    Sample,
    Setup,
    prior_weights,
)
from leadscore.models.members.tree import Tree
from leadscore.models.tree_shap import Forest

if TYPE_CHECKING:
    import optuna
    import xgboost

FIXED: Params = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "verbosity": 0,
}


@dataclass(frozen=True)
class XGBoosted:
    """A booster of XGBoost, kept as JSON."""

    booster: "xgboost.Booster"
    family: str = "xgboost"

    @property
    def trees(self) -> int:
        return int(self.booster.num_boosted_rounds())

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        if threads:
            self.booster.set_param({"nthread": threads})
        return np.asarray(self.booster.inplace_predict(matrix, predict_type="margin"), np.float64)

    def to_bytes(self) -> bytes:
        return bytes(self.booster.save_raw("json"))

    def explain(self, rows: Sequence[int], weight: float) -> Forest:
        return explain(self.to_bytes(), rows, weight)


def on_cpu(booster: "xgboost.Booster") -> XGBoosted:
    """The member of a ``booster``, wherever it was trained: scores are of the CPU, the same on every machine."""
    booster.set_param({"device": "cpu"})
    return XGBoosted(booster)


def require_device(device: str) -> None:
    """Raise ConfigError where XGBoost finds no card for ``device`` cuda: it would only warn, and take the CPU."""
    if device == "cpu":
        return
    import xgboost

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stump = xgboost.train({"device": device, "tree_method": "hist"}, xgboost.DMatrix([[0.0], [1.0]], [0, 1]), 1)
    used = json.loads(stump.save_config())["learner"]["generic_param"]["device"]
    if not used.startswith(device):
        raise ConfigError(
            f"[compute] device is {device}, but XGBoost finds no card that it can be trained on.",
            'see that the driver is there (nvidia-smi) where training is, or take device = "cpu".',
        )


def explain(data: bytes, rows: Sequence[int], weight: float) -> Forest:
    """The trees in a booster's JSON, times ``weight``, ready to explain."""
    learner = json.loads(data)["learner"]
    trees = [tree_of(each) for each in learner["gradient_booster"]["model"]["trees"]]
    [base_rate] = json.loads(learner["learner_model_param"]["base_score"])
    return Forest.of(trees, weight, rows, strict=True, base=float(logit(np.float32(base_rate))))


def tree_of(saved: dict[str, Any]) -> Tree:
    """A tree of XGBoost's JSON, whose numbers are of float32. Of x = t it sends x to the right."""
    values = np.array(saved["split_conditions"], dtype=np.float32).astype(np.float64)
    return Tree(
        left=np.array(saved["left_children"]),
        right=np.array(saved["right_children"]),
        feature=np.array(saved["split_indices"]),
        threshold=values,
        nan_left=np.array(saved["default_left"], dtype=np.bool_),
        count=np.array(saved["sum_hessian"], dtype=np.float32).astype(np.float64),
        value=values,
    )


class XGBoost(Family):
    name = "xgboost"
    suffix = ".json"
    defaults: ClassVar[Params] = {
        "learning_rate": 0.05,
        "max_depth": 4,
        "min_child_weight": 3.0,
        "colsample_bytree": 0.7,
        "subsample": 0.8,
        "reg_lambda": 1.0,
    }

    def suggest(self, trial: "optuna.Trial") -> Params:
        return {
            "max_depth": trial.suggest_int("max_depth", 1, 8),
            "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 50.0, log=True),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.2, 1.0),
            "subsample": trial.suggest_float("subsample", 0.4, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 0.01, 30.0, log=True),
        }

    def fit(self, sample: Sample, setup: Setup) -> XGBoosted:
        import xgboost

        threads = setup.threads
        data = xgboost.QuantileDMatrix(sample.matrix, sample.converted, weight=sample.weight, nthread=threads)
        evals, callbacks = [], []
        if setup.judge:
            like = prior_weights(setup.judge[1], sample)
            evals = [(xgboost.QuantileDMatrix(*setup.judge, weight=like, ref=data, nthread=threads), "valid")]
            callbacks = [xgboost.callback.EarlyStopping(rounds=PATIENCE, save_best=True)]
        booster = xgboost.train(
            FIXED | self.defaults | setup.params | {"nthread": threads, "seed": setup.seed, "device": setup.device},
            data,
            num_boost_round=setup.rounds or MAX_ROUNDS,
            evals=evals,
            callbacks=callbacks,
            verbose_eval=False,
        )
        return on_cpu(booster)

    def from_bytes(self, data: bytes) -> XGBoosted:
        import xgboost

        if not data.startswith(b"{"):
            raise ValueError("it is no JSON object")  # of no bytes XGBoost would abort the process
        booster = xgboost.Booster()
        booster.load_model(bytearray(data))
        return XGBoosted(booster)

    def explain(self, data: bytes, rows: Sequence[int], weight: float) -> Forest:
        return explain(data, rows, weight)
