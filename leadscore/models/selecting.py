"""Which columns a recipe leaves out because they say what others say, or nothing; none unless limits are set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Input
from leadscore.features.selection import Overlap, overlap, redundant
from leadscore.models.ensemble import Ensemble
from leadscore.models.importance import permutation_importance
from leadscore.models.members.member import Sample, Setup
from leadscore.models.members.registry import FAMILIES
from leadscore.sections import Features

UNSEEN = 0.2  # share of the training leads, drawn at random, on which a column must show its worth
ROUNDS = 150

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Selected:
    """How the columns overlap, and which are ``left_out``."""

    overlap: Overlap
    left_out: tuple[str, ...]


def select(
    leads: pl.DataFrame, converted: Labels, inputs: Sequence[Input], limits: Features, seed: int, threads: int
) -> Selected:
    """Judge the columns by the training ``leads`` alone."""
    features, matrix = FeatureMap.learn(leads, converted.astype(np.float64), inputs, seed)
    out = redundant(features, matrix, limits.max_correlation, limits.max_vif)
    if limits.min_importance is not None:
        rest = [each for each in inputs if each.source not in out]
        out += unimportant(leads, converted, rest, limits.min_importance, seed, threads)
    return Selected(overlap(features, matrix), out)


def unimportant(
    leads: pl.DataFrame, converted: Labels, inputs: Sequence[Input], least: float, seed: int, threads: int
) -> tuple[str, ...]:
    """The columns whose shuffling worsens the log loss of unseen training leads by less than ``least``."""
    order = np.random.default_rng(seed).permutation(len(converted))
    unseen, seen = np.split(order, [int(UNSEEN * len(order))])
    features, matrix = FeatureMap.learn(leads[seen], converted[seen].astype(np.float64), inputs, seed)
    setup = Setup(params={}, rounds=ROUNDS, coded=features.coded, threads=threads, seed=seed)
    booster = FAMILIES["lightgbm"].fit(Sample(matrix, converted[seen]), setup)
    ensemble, tried = Ensemble((booster,), (1.0,)), features.transform(leads[unseen])
    worth = permutation_importance(ensemble, tried, converted[unseen], features.sources, threads=threads, seed=seed)
    return tuple(name for name, rise in worth.items() if rise < least)
