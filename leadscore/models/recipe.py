"""What a retrain decides, and a fit by it: features, members, calibration, curve, cutoff and reference."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from threadpoolctl import threadpool_limits

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Input
from leadscore.models.calibration import Calibration, choose_kind
from leadscore.models.curve import Curve
from leadscore.models.cutoff import Cutoff, choose_cutoff
from leadscore.models.ensemble import Ensemble
from leadscore.models.folds import Fold, Pair, learn_fold, rolling
from leadscore.models.imbalance import resampled
from leadscore.models.members.bag import Bag, fit_bag
from leadscore.models.members.member import Coded, Floats, Labels, Matrix, Params, Sample, Setup
from leadscore.models.members.registry import FAMILIES
from leadscore.models.reference import Reference
from leadscore.models.split import Rows
from leadscore.models.split import folds as account_folds
from leadscore.sections import CutoffSettings, Training

Progress = Callable[[str], None]

VERY_MANY, FEWEST = 100_000, 2  # leads, and the folds that are enough for more


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Folds are fitted side by side; BLAS with threads of its own made small fits take ten times as long."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


class Part(BaseModel):
    """One family in the vote. ``rounds`` are its boosting rounds or trees, None where they are still to be found."""

    model_config = ConfigDict(frozen=True)

    family: str
    params: Params
    rounds: int | None
    weight: float


class Recipe(BaseModel):
    """All that a search decided: next week's search tries it first, and a backtest refits it.

    ``left_out`` are source columns, ``treatment`` is one of `leadscore.models.imbalance`, ``bags`` the members of each
    part, which differ in their seed.
    """

    model_config = ConfigDict(frozen=True)

    left_out: tuple[str, ...]
    treatment: str
    parts: tuple[Part, ...]
    bags: int

    def without_rounds(self) -> "Recipe":
        """The same, with the rounds still to be found."""
        parts = tuple(part.model_copy(update={"rounds": None}) for part in self.parts)
        return self.model_copy(update={"parts": parts})


@dataclass(frozen=True)
class TrainingSet:
    """Leads as the feature map reads them, with their outcomes (n,), accounts (n,) and places in time (n,)."""

    leads: pl.DataFrame
    converted: Labels
    account: NDArray[Any] | None
    order: NDArray[Any] | None

    def __getitem__(self, rows: Rows) -> "TrainingSet":
        account, order = (None if each is None else each[rows] for each in (self.account, self.order))
        return TrainingSet(self.leads[rows], self.converted[rows], account, order)


@dataclass(frozen=True)
class OutOfFold:
    """The vote (m,) on leads that it was not trained on, their outcomes (m,) and the numbers of their folds (m,)."""

    log_odds: Floats
    converted: Labels
    fold: Rows

    def __add__(self, other: "OutOfFold") -> "OutOfFold":
        """This and other folds, whose numbers go on from these."""
        shifted = replace(other, fold=other.fold + self.fold.max() + 1)
        parts = zip(vars(self).values(), vars(shifted).values(), strict=True)
        return OutOfFold(*(np.concatenate(pair) for pair in parts))


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


@dataclass(frozen=True)
class TrainingContext:
    """What every fit needs beside its leads. ``leads_per_week`` came in during training, where that is known.

    ``device`` is that of `leadscore.models.members.member.Setup`.
    """

    training: Training
    cutoff: CutoffSettings
    leads_per_week: float | None
    threads: int
    progress: Progress
    device: str = "cpu"

    def setup(self, part: Part, coded: Coded, threads: int, valid: tuple[Matrix, Labels] | None = None) -> Setup:
        """How the members of a ``part`` are fitted; ``valid`` leads tell boosters when to stop."""
        return Setup(
            params=part.params,
            rounds=part.rounds,
            coded=coded,
            threads=threads,
            seed=self.training.seed,
            valid=valid,
            device=self.device,
        )

    @property
    def quiet(self) -> "TrainingContext":
        """The same, without progress."""
        return replace(self, progress=lambda words: None)


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


def in_time(known: TrainingSet, context: TrainingContext) -> list[Pair] | None:
    """The folds that a recipe is chosen by, None where leads have no order or too few conversions come later."""
    return None if known.order is None else rolling(known.order, known.converted, n_folds(known, context))


def at_random(known: TrainingSet, context: TrainingContext) -> list[Pair]:
    """Folds with whole accounts: chosen by where there are none in time, else calibration learns from them, too."""
    return account_folds(known.account, known.converted, n_folds(known, context), context.training.seed)


def n_folds(known: TrainingSet, context: TrainingContext) -> int:
    """As many as the settings say; of very many leads two folds tell as much, in a third of the time."""
    return min(context.training.folds, FEWEST) if len(known.converted) > VERY_MANY else context.training.folds


def learn_folds(
    known: TrainingSet, inputs: Sequence[Input], pairs: Sequence[Pair], context: TrainingContext
) -> list[Fold]:
    """The folds of the training leads, as many learned at once as there are threads."""
    seed = context.training.seed
    with ThreadPoolExecutor(context.threads) as pool:
        return list(pool.map(lambda pair: learn_fold(known.leads, known.converted, inputs, pair, seed), pairs))


def out_of_fold(folds: Sequence[Fold], recipe: Recipe, context: TrainingContext) -> tuple[OutOfFold, Recipe]:
    """The vote on the unseen leads of all folds, and the recipe with the rounds of its parts."""
    converted = converted_of(folds)
    vote, parts = np.zeros(len(converted)), []
    for part in recipe.parts:
        log_odds, rounds = part_out_of_fold(folds, part, recipe, context)
        vote += part.weight * log_odds
        parts.append(part.model_copy(update={"rounds": rounds}))
    return OutOfFold(vote, converted, numbers(folds)), recipe.model_copy(update={"parts": tuple(parts)})


def part_out_of_fold(folds: Sequence[Fold], part: Part, recipe: Recipe, context: TrainingContext) -> tuple[Floats, int]:
    """The log-odds of one part on the unseen leads of all folds, and its rounds, by default the folds' median."""
    started, found = time.perf_counter(), []
    for each in by_fold(folds, part, recipe, context):
        found.append(each)
        context.progress(f"{part.family}: fold {len(found)} of {len(folds)}, {time.perf_counter() - started:.1f} s")
    log_odds, rounds = joined(found)
    return log_odds, part.rounds or rounds


def by_fold(
    folds: Sequence[Fold], part: Part, recipe: Recipe, context: TrainingContext
) -> Iterator[tuple[Floats, int]]:
    """The log-odds of one part on the unseen leads of each fold, and its trees.

    As many folds as there are threads are fitted at once: the boosters' own threads wait for each other at every
    split, which on a busy machine of two CPUs took 80 times as long.
    """
    at_once = min(context.threads, len(folds))
    threads = context.threads // at_once

    def fit_fold(fold: Fold) -> tuple[Floats, int]:
        setup = context.setup(part, fold.coded, threads, (fold.unseen, fold.converted))
        bag = fit_members(part.family, fold.sample, recipe, setup)
        return bag.log_odds(fold.unseen, threads=threads), bag.trees

    with ThreadPoolExecutor(at_once) as pool:
        for start in range(0, len(folds), at_once):
            yield from pool.map(fit_fold, folds[start : start + at_once])


def joined(found: Sequence[tuple[Floats, int]]) -> tuple[Floats, int]:
    """The log-odds of all folds, one after the other, and the rounds for all leads: the median of the folds' trees."""
    log_odds, trees = zip(*found, strict=True)
    return np.concatenate(log_odds), round(float(np.median(trees)))


def fit_parts(sample: Sample, coded: Coded, recipe: Recipe, context: TrainingContext) -> list[Bag]:
    """The members of each part, as many parts at once as there are threads: see `by_fold` for why."""
    at_once = min(context.threads, len(recipe.parts))
    threads = context.threads // at_once

    def fit_part(part: Part) -> Bag:
        return fit_members(part.family, sample, recipe, context.setup(part, coded, threads))

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(fit_part, recipe.parts))


def fit_members(family: str, sample: Sample, recipe: Recipe, setup: Setup) -> Bag:
    """The members of one part, each on a sample and with a seed of its own."""
    samples = resampled(recipe.treatment, sample, coded=setup.coded, seed=setup.seed, n=recipe.bags)
    return fit_bag(FAMILIES[family], samples, setup)


def converted_of(folds: Sequence[Fold]) -> Labels:
    """The outcomes of the unseen leads, all folds one after the other."""
    return np.concatenate([fold.converted for fold in folds])


def numbers(folds: Sequence[Fold]) -> Rows:
    """The number of the fold of each unseen lead, all folds one after the other."""
    return np.repeat(np.arange(len(folds)), [len(fold.converted) for fold in folds])


def told(recipe: Recipe) -> str:
    """The parts of a recipe in words."""
    return " + ".join(
        f"{part.weight:.2f} {part.family}" + (f" ({part.rounds} trees)" if part.rounds else "") for part in recipe.parts
    )
