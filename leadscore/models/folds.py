"""Folds of the training leads, ready for any member: each with a feature map that saw its own leads alone.

Where the leads come in an order of time, a fold is trained on the leads before a moment and judged on those after it
(rolling origin: Tashman, International Journal of Forecasting 16, 2000), as the model will be. Random folds would
reward what memorises when a lead came in: on `bank`, members chosen by them rank the leads to come no better than
chance, by an interest rate that never returns. So everything that is chosen is chosen by folds in time. Calibration,
cutoff and reference are learned from both: of folds in time alone they would only know what a moving world does to a
model (on `bank` nothing was left of it), of random ones alone only what a standing one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Input
from leadscore.models.members.member import Coded, Labels, Matrix, Sample
from leadscore.models.split import Rows, ranked

Pair = tuple[Rows, Rows]

FIRST_ORIGIN = 0.5  # share of the leads that the first fold in time is trained on
MIN_CONVERSIONS = 200  # among the leads after the first origin: with fewer, calibration and cutoff need all leads


@dataclass(frozen=True)
class Fold:
    """Training leads as a ``sample``, and ``unseen`` ones (m, k) with their outcomes (m,).

    ``known`` are the numbers of the training leads. ``sources`` (k,) are the source columns of the matrices, ``coded``
    those of their columns that hold codes.
    """

    sample: Sample
    known: Rows
    unseen: Matrix
    converted: Labels
    coded: Coded
    sources: tuple[str, ...]

    def without(self, sources: Sequence[str]) -> "Fold":
        """The same fold without the columns that stem from ``sources``."""
        kept = [i for i, source in enumerate(self.sources) if source not in sources]
        return replace(
            self,
            sample=self.sample._replace(matrix=self.sample.matrix[:, kept]),
            unseen=self.unseen[:, kept],
            coded=tuple(place for place, i in enumerate(kept) if i in self.coded),
            sources=tuple(self.sources[i] for i in kept),
        )


def rolling(order: NDArray[Any], converted: Labels, k: int) -> list[Pair] | None:
    """The leads up to k moments, and those from there to the next; None where too few conversions come later.

    The moments part the later half of the leads evenly, and no tie. Leads without a time count as the oldest.
    """
    place = ranked(order)
    moments = np.quantile(place, np.linspace(FIRST_ORIGIN, 1, k + 1), method="nearest")
    spell = np.searchsorted(moments[:-1], place, side="left")  # 0: up to the first moment; k: after the last
    found = [(np.flatnonzero(spell < each), np.flatnonzero(spell == each)) for each in range(1, k + 1)]
    whole = all(0 < converted[side].sum() < len(side) for pair in found for side in pair)
    return found if whole and converted[spell > 0].sum() >= MIN_CONVERSIONS else None


def learn_fold(leads: pl.DataFrame, converted: Labels, inputs: Sequence[Input], pair: Pair, seed: int) -> Fold:
    """Learn the feature map of one fold."""
    inner, outer = pair
    features, matrix = FeatureMap.learn(leads[inner], converted[inner].astype(np.float64), inputs, seed)
    unseen = features.transform(leads[outer])
    sample = Sample(matrix, converted[inner])
    return Fold(sample, inner, unseen, converted[outer], features.coded, features.sources)
