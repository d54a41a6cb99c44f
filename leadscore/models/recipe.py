"""From known leads to a fitted model: one recipe, fitted twice."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.errors import NotEnoughLeads
from leadscore.features.feature_map import FeatureMap
from leadscore.models.boosters import Boosters, Rounds, fit_boosters
from leadscore.models.calibration import Calibration
from leadscore.models.cutoff import Cutoff, f1_cutoff
from leadscore.models.metrics import Measures, measure
from leadscore.models.reference import Reference
from leadscore.models.split import Rows, Split, folds, split
from leadscore.schema import Schema
from leadscore.sections import Training

Labels = NDArray[np.int64]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Fit:
    """All that training learned, enough to score a lead."""

    features: FeatureMap
    boosters: Boosters
    calibration: Calibration
    cutoff: Cutoff
    reference: Reference

    def probability(self, leads: pl.DataFrame, *, threads: int | None = None) -> NDArray[np.float64]:
        """The calibrated probability (n,) that conformed ``leads`` convert, before any base-rate adjustment."""
        return self.calibration.apply(self.boosters.log_odds(self.features.transform(leads), threads=threads))


@dataclass(frozen=True)
class Trained:
    """Two fits of one recipe: one judged on leads that it never saw, one on all leads for use."""

    evaluation: Fit
    shipped: Fit
    split: Split
    holdout_converted: Labels
    holdout_probability: NDArray[np.float64]
    measures: Measures
    train_base_rate: float


def train(
    leads: pl.DataFrame,
    converted: Labels,
    account: NDArray[Any] | None,
    order: NDArray[Any] | None,
    schema: Schema,
    *,
    training: Training,
    threads: int,
    progress: Progress,
) -> Trained:
    """Fit on the leads before the holdout, judge on the holdout, then fit the same on all conformed ``leads``.

    Raises NotEnoughLeads below ``training.min_leads`` leads or ``training.min_conversions`` conversions.
    """
    _require_enough(converted, training)
    parts = split(order, account, converted, share=training.holdout_share, seed=training.seed)

    def fit(rows: NDArray[np.int64], name: str, rounds: Rounds | None) -> Fit:
        return fit_recipe(
            leads[rows],
            converted[rows],
            None if account is None else account[rows],
            schema,
            training=training,
            threads=threads,
            rounds=rounds,
            progress=lambda words: progress(f"{name}: {words}"),
        )

    evaluation = fit(parts.train, "evaluation fit", None)
    held = converted[parts.holdout]
    probability = evaluation.probability(leads[parts.holdout], threads=threads)
    measures = measure(held, probability, evaluation.cutoff.value, seed=training.seed)
    progress(f"holdout: {measures.n:,} leads, {measures.conversions:,} conversions, F1 {measures.f1.value:.3f}")
    shipped = fit(np.arange(len(converted)), "shipped fit", evaluation.boosters.rounds)
    base_rate = float(converted[parts.train].mean())
    return Trained(evaluation, shipped, parts, held, probability, measures, base_rate)


@dataclass(frozen=True)
class Fold:
    """What one fold found for its unseen ``rows``."""

    rows: Rows
    log_odds: NDArray[np.float64]
    rounds: Rounds
    seconds: float


def fit_recipe(
    leads: pl.DataFrame,
    converted: Labels,
    account: NDArray[Any] | None,
    schema: Schema,
    *,
    training: Training,
    threads: int,
    rounds: Rounds | None = None,
    progress: Progress,
) -> Fit:
    """Learn features, boosters, calibration, cutoff and reference from conformed ``leads`` and nothing else.

    With ``rounds`` None each fold stops early, and the median of the folds' rounds is kept.
    """
    log_odds, kept = _out_of_fold(leads, converted, account, schema, training, threads, rounds, progress)
    calibration = Calibration.fit(log_odds, converted)
    probability = calibration.apply(log_odds)
    started = time.perf_counter()
    features, matrix = FeatureMap.learn(leads, converted.astype(np.float64), schema, training.seed)
    boosters = fit_boosters(matrix, converted, rounds=kept, valid=None, threads=threads, seed=training.seed)
    progress(f"all {len(converted):,} leads, {_trees(kept)}, {time.perf_counter() - started:.1f} s")
    return Fit(features, boosters, calibration, f1_cutoff(probability, converted), Reference.of(probability))


def _out_of_fold(
    leads: pl.DataFrame,
    converted: Labels,
    account: NDArray[Any] | None,
    schema: Schema,
    training: Training,
    threads: int,
    rounds: Rounds | None,
    progress: Progress,
) -> tuple[NDArray[np.float64], Rounds]:
    """Log-odds (n,) by features and boosters that saw neither the lead nor (see `folds`) its account, and the rounds.

    As many folds as there are threads are fitted at once: the boosters' own threads wait for each other at every
    split, which on a busy machine of two CPUs took 80 times as long.
    """
    at_once = min(threads, training.folds)

    def fit_fold(pair: tuple[Rows, Rows]) -> Fold:
        return _fit_fold(leads, converted, schema, pair, rounds, threads // at_once, training.seed)

    log_odds = np.empty(len(converted))
    found: list[Rounds] = []
    with ThreadPoolExecutor(at_once) as pool:
        for fold in pool.map(fit_fold, folds(account, converted, training.folds, training.seed)):
            log_odds[fold.rows] = fold.log_odds
            found.append(fold.rounds)
            progress(f"fold {len(found)} of {training.folds}, {_trees(fold.rounds)}, {fold.seconds:.1f} s")
    return log_odds, rounds or _median(found)


def _fit_fold(
    leads: pl.DataFrame,
    converted: Labels,
    schema: Schema,
    pair: tuple[Rows, Rows],
    rounds: Rounds | None,
    threads: int,
    seed: int,
) -> Fold:
    started = time.perf_counter()
    inner, outer = pair
    features, matrix = FeatureMap.learn(leads[inner], converted[inner].astype(np.float64), schema, seed)
    unseen = features.transform(leads[outer])
    valid = (unseen, converted[outer])
    boosters = fit_boosters(matrix, converted[inner], rounds=rounds, valid=valid, threads=threads, seed=seed)
    log_odds = boosters.log_odds(unseen, threads=threads)
    return Fold(outer, log_odds, boosters.rounds, time.perf_counter() - started)


def _median(found: list[Rounds]) -> Rounds:
    lightgbm, xgboost = np.median([(each.lightgbm, each.xgboost) for each in found], axis=0)
    return Rounds(lightgbm=round(lightgbm), xgboost=round(xgboost))


def _trees(rounds: Rounds) -> str:
    return f"{rounds.lightgbm} + {rounds.xgboost} trees"


def _require_enough(converted: Labels, training: Training) -> None:
    n, won = len(converted), int(converted.sum())
    if n < training.min_leads or won < training.min_conversions:
        raise NotEnoughLeads(
            f"{n:,} leads with a known outcome, {won:,} of them conversions; "
            f"training needs {training.min_leads:,} and {training.min_conversions:,}.",
            "wait for more closed leads, or lower training.min_leads and training.min_conversions.",
        )
