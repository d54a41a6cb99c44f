"""`automl`: the AutoML entry of write-up 000_d9242ba1c0ecde82.txt, FLAML (Wang et al. 2021) on the same columns.

An extra: `pip install leadscore[automl]`. FLAML chooses family and parameters by a holdout of its own within the
training leads; the cutoff is Youden's, as in `boosted_youden`, on the latest fold that its choice, refitted, has not
seen. The write-up names no library, so FLAML stands in.
"""

import warnings
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import polars as pl

from leadscore.features.encoders import Encoder
from leadscore.features.inputs import Inputs
from leadscore.models.curve import Curve
from leadscore.models.cutoff import Youden
from leadscore.models.members.member import Floats
from leadscore.models.out_of_fold import at_random, in_time
from leadscore.models.recipe import TrainingSet
from leadscore.recipes.boosted_youden import features
from leadscore.recipes.method import Fitted, Method, Work
from leadscore.recipes.tree_vote import learn_fold, of_few_folds
from leadscore.recipes.voting import best_f1_cutoff

FAMILIES = ("lgbm", "xgboost", "rf", "extra_tree")
SEARCHED = 0.6  # of the budget; the rest is for the refits
MOST_S = 1800.0  # where there is no budget


@dataclass(frozen=True)
class Chosen:
    """FLAML's model, with the ``cutoff``."""

    encoder: Encoder
    model: Any
    cutoff: float

    def probability(self, leads: pl.DataFrame) -> Floats:
        return positive(self.model, self.encoder.transform(leads))


@dataclass(frozen=True, kw_only=True)
class AutoML(Method):
    def lacks(self) -> str | None:
        return None if find_spec("flaml") else "FLAML is not installed: pip install leadscore[automl]."

    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        from sklearn.base import clone

        encoding, context = features(inputs), of_few_folds(work.context)
        encoder, matrix = encoding.learn(known.leads, known.converted.astype(np.float64), context.training.seed)
        seconds = SEARCHED * min(work.budget.left, MOST_S)
        context.progress(f"FLAML searches for {seconds:.0f} s")
        with warnings.catch_warnings(action="ignore"):  # its own, about what it is built on
            found = searched(matrix, known.converted, seconds, context.training.seed, context.threads)
            fold = learn_fold(encoding, known, (in_time(known, context) or at_random(known, context))[-1], 0)
            again = clone(found.model.estimator).fit(*fold.sample[:2])
            unseen = positive(again, fold.unseen)
            cutoff = Youden(policy="youden").choose(Curve.of(unseen, fold.converted))
            by_f1 = best_f1_cutoff(fold.converted, unseen)
        model = found.model.estimator
        notes = (f"FLAML chose {found.best_estimator}, in {seconds:.0f} s.",)
        return Fitted(Chosen(encoder, model, cutoff), {"cutoff by F1": Chosen(encoder, model, by_f1)}, notes)


def searched(matrix: Floats, converted: Floats | Any, seconds: float, seed: int, threads: int) -> Any:
    search: Any = import_module("flaml").AutoML()  # it ships no types
    search.fit(
        matrix,
        converted,
        task="classification",
        metric="log_loss",
        time_budget=seconds,
        estimator_list=list(FAMILIES),
        seed=seed,
        n_jobs=threads,
        verbose=0,
    )
    return search


def positive(model: Any, matrix: Floats) -> Floats:
    return np.asarray(model.predict_proba(matrix)[:, 1], np.float64)


RECIPE = AutoML(
    name="automl",
    write_up="000_d9242ba1c0ecde82.txt",
    summary="FLAML's choice of family and parameters, on the columns of boosted_youden.",
)
