"""The two boosters, LightGBM and XGBoost, and their soft vote in log-odds."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import lightgbm
    import xgboost

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

MAX_ROUNDS = 600
PATIENCE = 40  # rounds without a better log loss on the validation leads, after which a booster stops

LIGHTGBM = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "max_depth": 4,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}

XGBOOST = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "learning_rate": 0.05,
    "max_depth": 4,
    "min_child_weight": 3,
    "colsample_bytree": 0.7,
    "subsample": 0.8,
    "reg_lambda": 1.0,
    "verbosity": 0,
}


class Rounds(BaseModel):
    """Trees of each booster."""

    model_config = ConfigDict(frozen=True)

    lightgbm: int
    xgboost: int


@dataclass(frozen=True)
class Boosters:
    """Two fitted boosters. They read float64 matrices (n, k) of numbers that float32 can hold; NaN is missing."""

    lightgbm: "lightgbm.Booster"
    xgboost: "xgboost.Booster"

    @property
    def rounds(self) -> Rounds:
        return Rounds(lightgbm=self.lightgbm.num_trees(), xgboost=self.xgboost.num_boosted_rounds())

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> NDArray[np.float64]:
        """The soft vote (n,): the mean of both boosters' log-odds.

        Not the mean of their probabilities: only this way the SHAP values of the vote are the mean of the boosters'
        SHAP values and add up to it exactly, and stay so after Platt scaling, which is linear in log-odds.
        """
        if threads:
            self.xgboost.set_param({"nthread": threads})
        first = self.lightgbm.predict(matrix, raw_score=True, num_threads=threads or 0)
        second = self.xgboost.inplace_predict(matrix, predict_type="margin")
        return (np.asarray(first, np.float64) + np.asarray(second, np.float64)) / 2

    def to_bytes(self) -> tuple[bytes, bytes]:
        """LightGBM's text and XGBoost's UBJSON, the same whatever the number of threads."""
        text = re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", self.lightgbm.model_to_string())
        return text.encode(), bytes(self.xgboost.save_raw("ubj"))

    @classmethod
    def from_bytes(cls, lightgbm_text: bytes, xgboost_ubjson: bytes) -> Self:
        """The boosters that ``to_bytes`` wrote. Raises ValueError where these are no models."""
        import lightgbm
        import xgboost

        second = xgboost.Booster()
        second.load_model(bytearray(xgboost_ubjson))
        try:
            first = lightgbm.Booster(model_str=lightgbm_text.decode())
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(str(error)) from error
        return cls(first, second)


def fit_boosters(
    matrix: Matrix,
    converted: Labels,
    *,
    rounds: Rounds | None,
    valid: tuple[Matrix, Labels] | None,
    threads: int,
    seed: int,
) -> Boosters:
    """Fit both boosters: ``rounds`` trees, or where None as many as give the least log loss on ``valid``."""
    judge = valid if rounds is None else None
    most = rounds or Rounds(lightgbm=MAX_ROUNDS, xgboost=MAX_ROUNDS)
    each = max(threads // 2, 1)
    with ThreadPoolExecutor(min(threads, 2)) as pool:
        first = pool.submit(_fit_lightgbm, matrix, converted, most.lightgbm, judge, each, seed)
        second = pool.submit(_fit_xgboost, matrix, converted, most.xgboost, judge, each, seed)
        return Boosters(first.result(), second.result())


def _fit_lightgbm(
    matrix: Matrix,
    converted: Labels,
    rounds: int,
    judge: tuple[Matrix, Labels] | None,
    threads: int,
    seed: int,
) -> "lightgbm.Booster":
    import lightgbm

    params = LIGHTGBM | {"num_threads": threads, "seed": seed}
    data = lightgbm.Dataset(matrix, converted, params=params)
    return lightgbm.train(
        params,
        data,
        num_boost_round=rounds,
        valid_sets=[data.create_valid(*judge)] if judge else None,
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)] if judge else None,
    )


def _fit_xgboost(
    matrix: Matrix,
    converted: Labels,
    rounds: int,
    judge: tuple[Matrix, Labels] | None,
    threads: int,
    seed: int,
) -> "xgboost.Booster":
    import xgboost

    data = xgboost.QuantileDMatrix(matrix, converted, nthread=threads)
    return xgboost.train(
        XGBOOST | {"nthread": threads, "seed": seed},
        data,
        num_boost_round=rounds,
        evals=[(xgboost.QuantileDMatrix(*judge, ref=data, nthread=threads), "valid")] if judge else [],
        callbacks=[xgboost.callback.EarlyStopping(rounds=PATIENCE, save_best=True)] if judge else [],
        verbose_eval=False,
    )
