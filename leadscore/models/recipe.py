"""From known leads to a fitted model: one recipe, fitted twice."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.errors import ConfigError
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Input
from leadscore.features.selection import Overlap
from leadscore.models.boosters import Boosters, Rounds, fit_boosters
from leadscore.models.calibration import Calibration
from leadscore.models.cutoff import Cutoff, f1_cutoff
from leadscore.models.importance import permutation_importance
from leadscore.models.metrics import Measures, measure
from leadscore.models.reference import Reference
from leadscore.models.selecting import select
from leadscore.models.split import Rows, Split, folds
from leadscore.sections import Features, Training

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
        """The calibrated probability (n,) that ``leads`` convert, before any base-rate adjustment."""
        return self.calibration.apply(self.boosters.log_odds(self.features.transform(leads), threads=threads))


@dataclass(frozen=True)
class Trained:
    """Two fits of one recipe: one judged on leads that it never saw, one on all leads for use.

    ``overlap`` is of the columns of the training leads, ``importance`` by column of the evaluation fit on the holdout;
    ``left_out`` are columns that the settings on selection took out before both fits.
    """

    evaluation: Fit
    shipped: Fit
    split: Split
    holdout_converted: Labels
    holdout_probability: NDArray[np.float64]
    measures: Measures
    train_base_rate: float
    overlap: Overlap
    importance: dict[str, float]
    left_out: tuple[str, ...]


def train(
    leads: pl.DataFrame,
    converted: Labels,
    account: NDArray[Any] | None,
    parts: Split,
    shipped: Rows,
    inputs: Sequence[Input],
    *,
    training: Training,
    limits: Features,
    threads: int,
    progress: Progress,
) -> Trained:
    """Fit on the leads before the holdout, judge on the holdout, then fit the same on the rows ``shipped``.

    ``leads`` are as the feature map reads them, and of their columns the ``inputs`` become features, as far as the
    ``limits`` on their selection let them.
    """

    def fit(rows: Rows, name: str, rounds: Rounds | None) -> Fit:
        return fit_recipe(
            leads[rows],
            converted[rows],
            None if account is None else account[rows],
            kept,
            training=training,
            threads=threads,
            rounds=rounds,
            progress=lambda words: progress(f"{name}: {words}"),
        )

    chosen = select(leads[parts.train], converted[parts.train], inputs, limits, training.seed, threads)
    kept = [each for each in inputs if each.source not in chosen.left_out]
    if not kept:
        raise ConfigError(
            "The limits on the selection of columns leave none.",
            "raise max_correlation or max_vif, or lower min_importance, under [features].",
        )
    evaluation = fit(parts.train, "evaluation fit", None)
    held, unseen = converted[parts.holdout], evaluation.features.transform(leads[parts.holdout])
    probability = evaluation.calibration.apply(evaluation.boosters.log_odds(unseen, threads=threads))
    measures = measure(held, probability, evaluation.cutoff.value, seed=training.seed)
    progress(f"holdout: {measures.n:,} leads, {measures.conversions:,} conversions, F1 {measures.f1.value:.3f}")
    sources = evaluation.features.sources
    return Trained(
        evaluation=evaluation,
        shipped=fit(shipped, "shipped fit", evaluation.boosters.rounds),
        split=parts,
        holdout_converted=held,
        holdout_probability=probability,
        measures=measures,
        train_base_rate=float(converted[parts.train].mean()),
        overlap=chosen.overlap,
        importance=permutation_importance(
            evaluation.boosters, unseen, held, sources, threads=threads, seed=training.seed
        ),
        left_out=chosen.left_out,
    )


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
    inputs: Sequence[Input],
    *,
    training: Training,
    threads: int,
    rounds: Rounds | None = None,
    progress: Progress,
) -> Fit:
    """Learn features, boosters, calibration, cutoff and reference from ``leads`` and nothing else.

    With ``rounds`` None each fold stops early, and the median of the folds' rounds is kept.
    """
    log_odds, kept = _out_of_fold(leads, converted, account, inputs, training, threads, rounds, progress)
    calibration = Calibration.fit(log_odds, converted)
    probability = calibration.apply(log_odds)
    started = time.perf_counter()
    features, matrix = FeatureMap.learn(leads, converted.astype(np.float64), inputs, training.seed)
    boosters = fit_boosters(matrix, converted, rounds=kept, valid=None, threads=threads, seed=training.seed)
    progress(f"all {len(converted):,} leads, {_trees(kept)}, {time.perf_counter() - started:.1f} s")
    return Fit(features, boosters, calibration, f1_cutoff(probability, converted), Reference.of(probability))


def _out_of_fold(
    leads: pl.DataFrame,
    converted: Labels,
    account: NDArray[Any] | None,
    inputs: Sequence[Input],
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
        return _fit_fold(leads, converted, inputs, pair, rounds, threads // at_once, training.seed)

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
    inputs: Sequence[Input],
    pair: tuple[Rows, Rows],
    rounds: Rounds | None,
    threads: int,
    seed: int,
) -> Fold:
    started = time.perf_counter()
    inner, outer = pair
    features, matrix = FeatureMap.learn(leads[inner], converted[inner].astype(np.float64), inputs, seed)
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
