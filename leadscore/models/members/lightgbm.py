"""LightGBM (Ke et al. 2017): gradient boosting, leaf by leaf."""

from typing import TYPE_CHECKING, ClassVar

from leadscore.models.members.member import (
    MAX_ROUNDS,
    PATIENCE,
    Coded,
    Family,
    Floats,
    Labels,
    Matrix,
    Params,
    prior_weights,
)
from leadscore.models.members.trees import Trees

if TYPE_CHECKING:
    import optuna

FIXED: Params = {
    "objective": "binary",
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


class LightGBM(Family):
    name = "lightgbm"
    suffix = ".txt"
    defaults: ClassVar[Params] = {
        "learning_rate": 0.05,
        "num_leaves": 15,
        "max_depth": 4,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "lambda_l2": 1.0,
    }

    def suggest(self, trial: "optuna.Trial") -> Params:
        return {
            "max_depth": trial.suggest_int("max_depth", 1, 8),
            "num_leaves": trial.suggest_int("num_leaves", 4, 64, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 200, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1.0),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.4, 1.0),
            "lambda_l2": trial.suggest_float("lambda_l2", 0.01, 30.0, log=True),
        }

    def fit(
        self,
        matrix: Matrix,
        converted: Labels,
        *,
        weight: Floats | None = None,
        params: Params,
        rounds: int | None,
        valid: tuple[Matrix, Labels] | None,
        coded: Coded,
        threads: int,
        seed: int,
    ) -> Trees:
        import lightgbm

        settings = FIXED | self.defaults | params | {"num_threads": threads, "seed": seed}
        data = lightgbm.Dataset(matrix, converted, weight=weight, params=settings)
        judge = valid if rounds is None else None
        booster = lightgbm.train(
            settings,
            data,
            num_boost_round=rounds or MAX_ROUNDS,
            valid_sets=[data.create_valid(*judge, prior_weights(judge[1], converted, weight))] if judge else None,
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)] if judge else None,
        )
        return Trees(self.name, booster)

    def from_bytes(self, data: bytes) -> Trees:
        return Trees.from_bytes(self.name, data)
