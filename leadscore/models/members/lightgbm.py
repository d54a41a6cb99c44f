"""LightGBM (Ke et al. 2017): gradient boosting, leaf by leaf."""

from typing import TYPE_CHECKING, ClassVar

from leadscore.models.members.member import MAX_ROUNDS, PATIENCE, Params, Sample, Setup, prior_weights
from leadscore.models.members.trees import TreeFamily, Trees

if TYPE_CHECKING:
    import optuna

FIXED: Params = {
    "objective": "binary",
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


class LightGBM(TreeFamily):
    name = "lightgbm"
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

    def fit(self, sample: Sample, setup: Setup) -> Trees:
        import lightgbm

        settings = FIXED | self.defaults | setup.params | {"num_threads": setup.threads, "seed": setup.seed}
        data = lightgbm.Dataset(sample.matrix, sample.converted, weight=sample.weight, params=settings)
        judge = setup.judge
        booster = lightgbm.train(
            settings,
            data,
            num_boost_round=setup.rounds or MAX_ROUNDS,
            valid_sets=[data.create_valid(*judge, prior_weights(judge[1], sample))] if judge else None,
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)] if judge else None,
        )
        return Trees(self.name, booster)
