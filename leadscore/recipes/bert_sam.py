"""A language model that reads each lead as one text, trained by sharpness-aware minimisation.

The write-up is 003_a74d9952749fb523.txt; it shows no code. As there: a lead is "column_value column_value ...", a
missing value is the word nan, stop signs are taken out; the five columns that a random forest makes the least of are
not told; each conversion is copied eight times with a fifth of its values blanked; multilingual BERT, SAM around AdamW,
weight decay, dropout, early stopping by the loss on unseen leads, checkpoints, then fine-tuning on the conversions.

What differs, and why. Length, rates and patience are not in the write-up (`leadscore.text_model.options`). Values are
read by the library first, which unifies spellings and drops addresses. Columns are told in the order of their worth, so
that a text too long loses its least. Copies are of leads that are learned from, never of those that judge; the base
rate that they move is taken off the log-odds (`leadscore.text_model.augmentation`). Fine-tuning on conversions alone
teaches above all that every lead converts: what all log-odds rise by is taken off, and the old weights come back where
the new ones predict unseen leads no better (`leadscore.text_model.tuning`). The write-up was judged by the board alone,
so there is no protocol of its own to repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit

from leadscore.features.inputs import Input, Inputs
from leadscore.models.calibration import Calibration
from leadscore.models.curve import Curve
from leadscore.models.cutoff import choose_cutoff
from leadscore.models.ensemble import soft_vote
from leadscore.models.folds import learn_fold
from leadscore.models.members.member import Floats, Labels
from leadscore.models.recipe import Fit, Part, Recipe, TrainingContext, TrainingSet, fit_recipe, out_of_fold
from leadscore.recipes.method import Fitted, Method, Scorer, Work

if TYPE_CHECKING:  # an extra
    from leadscore.text_model.options import Options
    from leadscore.text_model.text_model import Learned, TextModel

NEEDED = ("torch", "transformers", "pytorch_optimizer")
BOOSTERS = Recipe(
    left_out=(),
    treatment="none",
    parts=tuple(Part(family=family, params={}, rounds=None, weight=0.5) for family in ("lightgbm", "xgboost")),
    bags=1,
)


@dataclass(frozen=True)
class Reader:
    """The text ``model`` alone; it calls leads from its ``cutoff`` on."""

    model: "TextModel"
    cutoff: float
    threads: int

    def probability(self, leads: pl.DataFrame) -> Floats:
        return np.asarray(expit(self.model.log_odds(leads, threads=self.threads)))


@dataclass(frozen=True)
class Vote:
    """The ``boosters`` and the text ``model``, by the ``weights`` of their log-odds."""

    boosters: Fit
    model: "TextModel"
    weights: tuple[float, ...]
    calibration: Calibration
    cutoff: float
    threads: int

    def probability(self, leads: pl.DataFrame) -> Floats:
        boosted = self.boosters.ensemble.log_odds(self.boosters.features.transform(leads), threads=self.threads)
        read = self.model.log_odds(leads, threads=self.threads)
        return self.calibration.apply(np.stack([boosted, read], axis=1) @ np.array(self.weights))


@dataclass(frozen=True)
class Boosters:
    """The ``fit`` of the boosters alone, which the vote is to be better than."""

    fit: Fit
    threads: int

    @property
    def cutoff(self) -> float:
        return self.fit.cutoff.value

    def probability(self, leads: pl.DataFrame) -> Floats:
        return self.fit.probability(leads, threads=self.threads)


@dataclass(frozen=True, kw_only=True)
class BertSam(Method):
    """``options`` None: those of the write-up, with the checkpoint of the settings."""

    options: "Options | None" = None

    def lacks(self) -> str | None:
        missing = [name for name in NEEDED if find_spec(name) is None]
        return f"It needs {', '.join(missing)}: pip install leadscore[text]." if missing else None

    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        """Raises ConfigError where the checkpoint cannot be had.

        ``beside`` are LightGBM and XGBoost with their defaults, alone and with the text model in their vote.
        """
        from leadscore.text_model.options import Options
        from leadscore.text_model.text_model import learn

        context = work.context
        options = self.options or Options(checkpoint=context.training.text_checkpoint)
        learned = learn(known, inputs.columns, options, context, work.budget, work.folder)
        boosters, recipe = fit_recipe(known, inputs.columns, BOOSTERS, context.quiet)
        vote = voted(known, inputs.columns, learned, boosters, recipe, context)
        told = f"weights in the vote: boosters {vote.weights[0]:.2f}, text model {vote.weights[1]:.2f}"
        converted = known.converted[learned.parts.holdout]
        cutoff = cutoff_of(np.asarray(expit(learned.judged)), converted, context)
        alone = Reader(learned.model, cutoff, context.threads)
        beside: dict[str, Scorer] = {"boosters alone": Boosters(boosters, context.threads), "boosters and text": vote}
        return Fitted(alone, beside, (*learned.notes, told))


def voted(
    known: TrainingSet,
    inputs: Sequence[Input],
    learned: "Learned",
    boosters: Fit,
    recipe: Recipe,
    context: TrainingContext,
) -> Vote:
    """Weights, calibration and cutoff by the leads that judged the text model, which boosters fitted for this have not
    seen either; the ``boosters`` of the vote have, as in any retrain.
    """
    pair = (learned.parts.train, learned.parts.holdout)
    fold = learn_fold(known.leads, known.converted, inputs, pair, context.training.seed)
    found, _ = out_of_fold([fold], recipe, context.quiet)
    members = np.stack([found.log_odds, learned.judged], axis=1)
    weights = soft_vote(members, found.converted, found.fold)
    calibration = Calibration.fit(members @ weights, found.converted)
    cutoff = cutoff_of(calibration.apply(members @ weights), found.converted, context)
    return Vote(boosters, learned.model, tuple(weights.tolist()), calibration, cutoff, context.threads)


def cutoff_of(probability: Floats, converted: Labels, context: TrainingContext) -> float:
    """By the policy of the settings, on leads (m,) that were not learned from."""
    curve = Curve.of(probability, converted)
    chosen = choose_cutoff(curve, context.cutoff, leads_per_week=context.leads_per_week, seed=context.training.seed)
    return chosen.value


RECIPE = BertSam(
    name="bert_sam",
    summary="BERT on leads as texts, by sharpness-aware minimisation",
    write_up="003_a74d9952749fb523.txt",
)
