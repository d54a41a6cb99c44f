"""`bert_sam`: write-up 003_a74d9952749fb523.txt, a language model that reads each lead as one text.

The write-up shows no code. As there: a lead is "column_value column_value ...", a missing value is the word nan, stop
signs are taken out; the five columns that a random forest makes the least of are not told; each conversion is copied
eight times with a fifth of its values blanked; multilingual BERT, SAM around AdamW, weight decay, dropout, early
stopping by the loss on unseen leads, checkpoints, then fine-tuning on the conversions.

What differs, and why. Length, rates and patience are not in the write-up (`leadscore.text_model.options`). Values are
read by the library first, which unifies spellings and drops addresses. Columns are told in the order of their worth, so
that a text too long loses its least. Copies are of leads that are learned from, never of those that judge; the base
rate that they move is taken off the log-odds (`leadscore.text_model.augmentation`). Fine-tuning on conversions alone
teaches above all that every lead converts: what all log-odds rise by is taken off, and the old weights come back where
the new ones predict unseen leads no better (`leadscore.text_model.tuning`). The write-up was judged by the board alone,
so there is no protocol of its own to repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import expit

from leadscore.features.inputs import Input, Inputs
from leadscore.models.budget import Budget
from leadscore.models.calibration import Calibration
from leadscore.models.choosing import choose
from leadscore.models.ensemble import soft_vote
from leadscore.models.fit import Fit, fit_recipe
from leadscore.models.folds import learn_fold
from leadscore.models.members.member import Floats
from leadscore.models.out_of_fold import out_of_fold
from leadscore.models.recipe import Recipe, TrainingContext, TrainingSet, told
from leadscore.recipes.champion import FitScorer
from leadscore.recipes.method import Fitted, Method, Scorer, Work
from leadscore.recipes.voting import best_f1_cutoff

if TYPE_CHECKING:  # they are of an extra
    from leadscore.text_model.options import Options
    from leadscore.text_model.text_model import Learned, TextModel

NEEDED = ("torch", "transformers", "pytorch_optimizer")
QUICK = {"trials": 0, "imbalance": "none", "bags": 1}  # settings by which the other members are chosen


@dataclass(frozen=True)
class Reader:
    """The text ``model`` alone."""

    model: "TextModel"
    cutoff: float
    threads: int

    def probability(self, leads: pl.DataFrame) -> Floats:
        return np.asarray(expit(self.model.log_odds(leads, threads=self.threads)))


@dataclass(frozen=True)
class Vote:
    """The ``others`` and the text ``model``, by the ``weights`` of their log-odds, in this order."""

    others: Fit
    model: "TextModel"
    weights: tuple[float, ...]
    calibration: Calibration
    cutoff: float
    threads: int

    def probability(self, leads: pl.DataFrame) -> Floats:
        others = self.others.ensemble.log_odds(self.others.features.transform(leads), threads=self.threads)
        read = self.model.log_odds(leads, threads=self.threads)
        return self.calibration.apply(np.stack([others, read], axis=1) @ np.array(self.weights))


@dataclass(frozen=True, kw_only=True)
class BertSam(Method):
    """``options`` None: those of the write-up, with the checkpoint of the settings."""

    options: "Options | None" = None

    def lacks(self) -> str | None:
        missing = [name for name in NEEDED if find_spec(name) is None]
        return f"It needs {', '.join(missing)}: pip install leadscore[text]." if missing else None

    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        """``beside`` it is the vote of the members in the settings, chosen as in a retrain but with default parameters,
        without the text model and with it.

        Raises ConfigError where the checkpoint cannot be had.
        """
        from leadscore.text_model.options import Options
        from leadscore.text_model.text_model import learn

        context, columns = work.context, inputs.columns
        options = self.options or Options(checkpoint=context.training.text_checkpoint)
        learned = learn(known, columns, options, context, work.budget, work.folder)
        quick = replace(context.quiet, training=context.training.model_copy(update=QUICK))
        chosen = choose(known, columns, quick, first=None, journals=None, budget=Budget())
        others, recipe = fit_recipe(known, columns, chosen.recipe, quick, chosen.found)
        vote = voted(known, columns, learned, others, recipe, context)
        cutoff = best_f1_cutoff(known.converted[learned.parts.holdout], np.asarray(expit(learned.judged)))
        beside: dict[str, Scorer] = {"vote without it": FitScorer(others, context.threads), "vote with it": vote}
        weights = f"The vote with it: {vote.weights[0]:.2f} of {told(recipe)}, {vote.weights[1]:.2f} text model."
        return Fitted(Reader(learned.model, cutoff, context.threads), beside, (*learned.notes, weights))


def voted(
    known: TrainingSet,
    inputs: Sequence[Input],
    learned: "Learned",
    others: Fit,
    recipe: Recipe,
    context: TrainingContext,
) -> Vote:
    """The soft vote, as of any members: weights, calibration and cutoff by leads that neither has seen.

    These are the leads that judged the text model, and the ``recipe`` is fitted without them to find the weights. The
    ``others`` of the vote itself have learned from all training leads, as in a retrain.
    """
    pair = (learned.parts.train, learned.parts.holdout)
    fold = learn_fold(known.leads, known.converted, inputs, pair, context.training.seed)
    found, _ = out_of_fold([fold.without(recipe.left_out)], recipe, context.quiet)
    members = np.stack([found.log_odds, learned.judged], axis=1)
    weights = soft_vote(members, found.converted, found.fold)
    calibration = Calibration.fit(members @ weights, found.converted)
    cutoff = best_f1_cutoff(found.converted, calibration.apply(members @ weights))
    return Vote(others, learned.model, tuple(weights.tolist()), calibration, cutoff, context.threads)


RECIPE = BertSam(
    name="bert_sam",
    write_up="003_a74d9952749fb523.txt",
    summary="BERT on leads as texts, trained by sharpness-aware minimisation on augmented conversions.",
)
