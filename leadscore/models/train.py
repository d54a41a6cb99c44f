"""Two fits of one recipe: one judged on leads that it never saw, one on all leads for use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from leadscore.errors import ConfigError
from leadscore.features.inputs import Input
from leadscore.features.selection import Overlap
from leadscore.models.budget import Budget
from leadscore.models.choosing import Chosen, choose
from leadscore.models.fit import Fit, Grow, fit_recipe, grow_here
from leadscore.models.importance import permutation_importance
from leadscore.models.members.member import Floats, Labels
from leadscore.models.metrics import Measures, measure
from leadscore.models.recipe import Recipe, TrainingContext, TrainingSet
from leadscore.models.selecting import select
from leadscore.models.split import Rows, Split
from leadscore.sections import Features


@dataclass(frozen=True)
class Holdout:
    """How the evaluation fit does on the leads that were held out: their outcomes (h,) and probabilities (h,).

    ``importance`` is by column.
    """

    converted: Labels
    probability: Floats
    measures: Measures
    importance: dict[str, float]

    @classmethod
    def of(cls, fit: Fit, held: TrainingSet, context: TrainingContext) -> Self:
        """Judge the ``fit`` on leads that it never saw."""
        seed, threads = context.training.seed, context.threads
        unseen = fit.features.transform(held.leads)
        probability = fit.calibration.apply(fit.ensemble.log_odds(unseen, threads=threads))
        found = measure(held.converted, probability, fit.cutoff.value, seed=seed)
        context.progress(f"holdout: {found.n:,} leads, {found.conversions:,} conversions, F1 {found.f1.value:.3f}")
        importance = permutation_importance(
            fit.ensemble, unseen, held.converted, fit.features.sources, threads=threads, seed=seed
        )
        return cls(held.converted, probability, found, importance)


@dataclass(frozen=True)
class Trained:
    """The two fits, and what is known of them.

    ``overlap`` is of the columns of the training leads; ``left_out`` are columns that the settings on selection took
    out before both fits.
    """

    evaluation: Fit
    shipped: Fit
    chosen: Chosen
    recipe: Recipe
    split: Split
    holdout: Holdout
    train_base_rate: float
    overlap: Overlap
    left_out: tuple[str, ...]


def train(
    known: TrainingSet,
    parts: Split,
    shipped: Rows,
    inputs: Sequence[Input],
    limits: Features,
    context: TrainingContext,
    *,
    first: Recipe | None = None,
    journals: Path | None = None,
    budget: Budget,
    grow: tuple[Grow, Grow] = (grow_here, grow_here),
) -> Trained:
    """Choose a recipe and fit it on the leads before the holdout, judge it there, then fit it on the rows ``shipped``.

    The ``inputs`` become features, as far as the ``limits`` on their selection let them. Last week's recipe is tried
    ``first``. Where ``known`` is a sample, the two of ``grow`` learn from all leads before the holdout, and from all.
    """
    before = known[parts.train]
    selected = select(before.leads, before.converted, inputs, limits, context.training.seed, context.threads)
    kept = [each for each in inputs if each.source not in selected.left_out]
    if not kept:
        raise ConfigError(
            "The limits on the selection of columns leave none.",
            "raise max_correlation or max_vif, or lower min_importance, under [features].",
        )
    chosen = choose(before, kept, context, first=first, journals=journals, budget=budget)
    context.progress("evaluation fit, on the leads before the holdout")
    evaluation, recipe = fit_recipe(before, kept, chosen.recipe, context, chosen.found, grow[0])
    holdout = Holdout.of(evaluation, known[parts.holdout], context)
    context.progress("shipped fit, on all leads")
    final, _ = fit_recipe(known[shipped], kept, recipe, context, grow=grow[1])
    return Trained(
        evaluation=evaluation,
        shipped=final,
        chosen=chosen,
        recipe=recipe,
        split=parts,
        holdout=holdout,
        train_base_rate=float(before.converted.mean()),
        overlap=selected.overlap,
        left_out=selected.left_out,
    )
