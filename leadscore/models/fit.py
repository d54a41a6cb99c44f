"""A fit by a recipe: features, members, calibration, curve, cutoff and reference."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Input
from leadscore.models.calibration import Calibration, choose_kind
from leadscore.models.curve import Curve
from leadscore.models.cutoff import Cutoff, choose_cutoff
from leadscore.models.ensemble import Ensemble
from leadscore.models.members.bag import Bag
from leadscore.models.members.member import Coded, Floats, Sample
from leadscore.models.out_of_fold import OutOfFold, at_random, fit_members, in_time, learn_folds, out_of_fold
from leadscore.models.recipe import Part, Recipe, TrainingContext, TrainingSet, told
from leadscore.models.reference import Reference
from leadscore.models.shap import Explainer


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Folds are fitted side by side; BLAS with threads of its own made small fits take ten times as long."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@dataclass(frozen=True)
class Fit:
    """All that training learned, enough to score a lead."""

    features: FeatureMap
    ensemble: Ensemble
    calibration: Calibration
    curve: Curve
    cutoff: Cutoff
    reference: Reference

    def probability(self, leads: pl.DataFrame, *, threads: int | None = None) -> Floats:
        """The calibrated probability (n,) that ``leads`` convert, before any base-rate adjustment."""
        return self.calibration.apply(self.ensemble.log_odds(self.features.transform(leads), threads=threads))

    def explainer(self) -> Explainer:
        """What scores and explains leads by the vote of the members, before calibration."""
        return Explainer(self.ensemble.members, self.ensemble.weights, self.features.sources)


Grow = Callable[[TrainingSet, Sequence[Input], Recipe, TrainingContext], tuple[FeatureMap, list[Bag]]]


def grow_here(
    known: TrainingSet, inputs: Sequence[Input], recipe: Recipe, context: TrainingContext
) -> tuple[FeatureMap, list[Bag]]:
    """Learn the feature map of all ``known`` leads, and the members of a recipe with its rounds, in this process."""
    features, matrix = FeatureMap.learn(known.leads, known.converted.astype(np.float64), inputs, context.training.seed)
    return features, fit_parts(Sample(matrix, known.converted), features.coded, recipe, context)


@one_blas_thread()
def fit_recipe(
    known: TrainingSet,
    inputs: Sequence[Input],
    recipe: Recipe,
    context: TrainingContext,
    found: OutOfFold | None = None,
    grow: Grow = grow_here,
) -> tuple[Fit, Recipe]:
    """Learn all of a fit from ``known`` and nothing else; and the recipe with the rounds that were found.

    ``found`` is the vote out of the folds that recipes are chosen by, where a search on the same leads has it already.
    Where these are in time, calibration, cutoff and reference learn from random ones, too. Where ``known`` is a sample,
    ``grow`` learns features and members from all the leads.
    """
    kept = [each for each in inputs if each.source not in recipe.left_out]
    ordered = in_time(known, context)
    if found is None:
        pairs = ordered or at_random(known, context)
        found, recipe = out_of_fold(learn_folds(known, kept, pairs, context), recipe, context)
    kind = choose_kind(found.log_odds, found.converted, found.fold)
    if ordered:
        pairs = at_random(known, context)
        found += out_of_fold(learn_folds(known, kept, pairs, context), recipe, context)[0]
    seed, started = context.training.seed, time.perf_counter()
    features, bags = grow(known, kept, recipe, context)
    context.progress(f"all {len(known.converted):,} leads, {told(recipe)}, {time.perf_counter() - started:.1f} s")
    calibration = Calibration.fit(found.log_odds, found.converted).bent(found.log_odds, found.converted, kind)
    probability = calibration.apply(found.log_odds)
    curve = Curve.of(probability, found.converted)
    chosen = choose_cutoff(curve, context.cutoff, leads_per_week=context.leads_per_week, seed=seed)
    ensemble = Ensemble.of(bags, [part.weight for part in recipe.parts])
    return Fit(features, ensemble, calibration, curve, chosen, Reference.of(probability)), recipe


def fit_parts(sample: Sample, coded: Coded, recipe: Recipe, context: TrainingContext) -> list[Bag]:
    """The members of each part, as many parts at once as there are threads: see `by_fold` for why."""
    at_once = min(context.threads, len(recipe.parts))
    threads = context.threads // at_once

    def fit_part(part: Part) -> Bag:
        return fit_members(part.family, sample, recipe, context.setup(part, coded, threads))

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(fit_part, recipe.parts))
