"""Two fits of one recipe: one judged on leads that it never saw, one on all leads for use."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leadscore.errors import ConfigError
from leadscore.features.inputs import Input
from leadscore.features.selection import Overlap
from leadscore.models.budget import Budget
from leadscore.models.choosing import Chosen, choose
from leadscore.models.importance import permutation_importance
from leadscore.models.members.member import Floats, Labels
from leadscore.models.metrics import Measures, measure
from leadscore.models.recipe import Fit, Recipe, TrainingContext, TrainingSet, fit_recipe
from leadscore.models.selecting import select
from leadscore.models.split import Rows, Split
from leadscore.sections import Features


@dataclass(frozen=True)
class Trained:
    """The two fits, and what is known of them.

    ``overlap`` is of the columns of the training leads, ``importance`` by column of the evaluation fit on the holdout;
    ``left_out`` are columns that the settings on selection took out before both fits.
    """

    evaluation: Fit
    shipped: Fit
    chosen: Chosen
    recipe: Recipe
    split: Split
    holdout_converted: Labels
    holdout_probability: Floats
    measures: Measures
    train_base_rate: float
    overlap: Overlap
    importance: dict[str, float]
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
) -> Trained:
    """Choose a recipe and fit it on the leads before the holdout, judge it there, then fit it on the rows ``shipped``.

    The ``inputs`` become features, as far as the ``limits`` on their selection let them. Last week's recipe is tried
    ``first``.
    """
    before, seed = known[parts.train], context.training.seed
    selected = select(before.leads, before.converted, inputs, limits, seed, context.threads)
    kept = [each for each in inputs if each.source not in selected.left_out]
    if not kept:
        raise ConfigError(
            "The limits on the selection of columns leave none.",
            "raise max_correlation or max_vif, or lower min_importance, under [features].",
        )
    chosen = choose(before, kept, context, first=first, journals=journals, budget=budget)
    context.progress("evaluation fit, on the leads before the holdout")
    evaluation, recipe = fit_recipe(before, kept, chosen.recipe, context, chosen.found)
    held = known[parts.holdout]
    unseen = evaluation.features.transform(held.leads)
    probability = evaluation.calibration.apply(evaluation.ensemble.log_odds(unseen, threads=context.threads))
    measures = measure(held.converted, probability, evaluation.cutoff.value, seed=seed)
    context.progress(f"holdout: {measures.n:,} leads, {measures.conversions:,} conversions, F1 {measures.f1.value:.3f}")
    context.progress("shipped fit, on all leads")
    final, _ = fit_recipe(known[shipped], kept, recipe, context)
    return Trained(
        evaluation=evaluation,
        shipped=final,
        chosen=chosen,
        recipe=recipe,
        split=parts,
        holdout_converted=held.converted,
        holdout_probability=probability,
        measures=measures,
        train_base_rate=float(before.converted.mean()),
        overlap=selected.overlap,
        importance=permutation_importance(
            evaluation.ensemble, unseen, held.converted, evaluation.features.sources, threads=context.threads, seed=seed
        ),
        left_out=selected.left_out,
    )
