"""The votes of a recipe on leads that it was not trained on: what it is chosen by, and what calibration learns from."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from leadscore.features.inputs import Input
from leadscore.models.folds import Fold, Pair, learn_fold, rolling
from leadscore.models.imbalance import resampled
from leadscore.models.members.bag import Bag, fit_bag
from leadscore.models.members.member import Floats, Labels, Sample, Setup
from leadscore.models.members.registry import FAMILIES
from leadscore.models.recipe import Part, Recipe, TrainingContext, TrainingSet
from leadscore.models.split import Rows
from leadscore.models.split import folds as account_folds

VERY_MANY, FEWEST = 100_000, 2  # leads, and the folds that are enough for more


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
