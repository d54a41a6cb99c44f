"""The two boosters that learn on workers, each from the partitions that it holds, by their own Dask sides.

Their histograms are summed over the workers, so that they grow the trees that one machine would grow, but for sums in
another order and for bins that are sketched by parts.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from leadscore.models.members import lightgbm as of_lightgbm
from leadscore.models.members import xgboost as of_xgboost
from leadscore.models.members.member import Member, Setup
from leadscore.models.members.trees import Trees

if TYPE_CHECKING:
    from distributed import Client

AS_SCIKIT_LEARN = {  # what LightGBM's estimators call some of its parameters
    "bagging_fraction": "subsample",
    "bagging_freq": "subsample_freq",
    "feature_fraction": "colsample_bytree",
    "lambda_l2": "reg_lambda",
    "min_data_in_leaf": "min_child_samples",
}
NETWORK = ("machines", "local_listen_port", "num_machines", "time_out")  # where workers were is no part of a model

quiet = logging.getLogger("lightgbm")  # it would tell, and warn, of what its Dask side always does
quiet.setLevel(logging.ERROR)

Booster = Callable[["Client", Any, Any, Setup], Member]  # of a Dask array (n, k) and outcomes (n,), both in partitions


def boosted_by_xgboost(client: "Client", matrix: Any, converted: Any, setup: Setup) -> Member:
    from xgboost import dask

    family = of_xgboost.XGBoost
    data = dask.DaskQuantileDMatrix(client, matrix, converted)
    settings = of_xgboost.FIXED | family.defaults | setup.params | {"seed": setup.seed, "device": setup.device}
    return of_xgboost.on_cpu(dask.train(client, settings, data, num_boost_round=setup.rounds)["booster"])


def boosted_by_lightgbm(client: "Client", matrix: Any, converted: Any, setup: Setup) -> Member:
    from lightgbm import DaskLGBMClassifier, register_logger

    register_logger(quiet)
    family = of_lightgbm.LightGBM
    settings = of_lightgbm.FIXED | family.defaults | setup.params
    named: dict[str, Any] = {AS_SCIKIT_LEARN.get(name, name): value for name, value in settings.items()}
    named |= {"n_estimators": setup.rounds, "random_state": setup.seed}
    grown = DaskLGBMClassifier(client=client, **named)
    text = grown.fit(matrix, converted).booster_.model_to_string()
    lines = (line for line in text.splitlines() if not line.startswith(tuple(f"[{name}:" for name in NETWORK)))
    return Trees.from_bytes(family.name, "\n".join((*lines, "")).encode())


BOOSTERS: dict[str, Booster] = {"lightgbm": boosted_by_lightgbm, "xgboost": boosted_by_xgboost}
