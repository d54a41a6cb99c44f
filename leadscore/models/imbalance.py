"""What can be done about few conversions, inside training folds: each treatment makes samples to fit members on.

A treatment moves the base rate of what it returns, and thereby a member's log-odds, by about a constant, which the
calibration takes off again. Leads that judge a member are never treated.
"""

from collections.abc import Callable

import numpy as np

from leadscore.features.categories import MISSING
from leadscore.models.members.member import Coded, Labels, Matrix, Sample

RATIO = 1 / 3  # leads of the smaller class to one of the larger, after undersampling and after SMOTENC
BAG = 5  # samples of balanced bagging, at least
BLANKED = 0.2  # of the values of a copied conversion
NEIGHBOURS = 5


def resampled(treatment: str, sample: Sample, *, coded: Coded, seed: int, n: int = 1) -> list[Sample]:
    """``n`` samples of a training fold, for one member each, whose mean log-odds counts. The fold stays as it is.

    ``sample`` is the fold, its leads all of one weight. ``treatment`` is one of `TREATMENTS`; ``coded`` are the columns
    of category codes. Sample i is drawn with ``seed`` + i.
    """
    draws = max(n, BAG) if treatment == "balanced_bagging" else n
    treat = (TREATMENTS | PUBLISHED)[treatment]
    return [treat(sample, coded, seed + draw) for draw in range(draws)]


def as_it_is(sample: Sample, coded: Coded, seed: int) -> Sample:
    return sample


def class_weight(sample: Sample, coded: Coded, seed: int) -> Sample:
    """Weights of mean 1 by which both classes weigh the same."""
    from sklearn.utils.class_weight import compute_sample_weight

    return sample._replace(weight=compute_sample_weight("balanced", sample.converted))


def undersample(sample: Sample, coded: Coded, seed: int, ratio: float = RATIO) -> Sample:
    """All leads of the smaller class, and of the larger so many at random that the ``ratio`` is reached."""
    from imblearn.under_sampling import RandomUnderSampler

    sampler = RandomUnderSampler(sampling_strategy=max(ratio, present_ratio(sample)), random_state=seed)
    sampler.fit_resample(np.arange(len(sample.converted))[:, None], sample.converted)
    rows = np.sort(sampler.sample_indices_)
    return Sample(sample.matrix[rows], sample.converted[rows])


def balanced(sample: Sample, coded: Coded, seed: int) -> Sample:
    """One sample of balanced bagging (Wallace et al. 2011): as many leads of each class."""
    return undersample(sample, coded, seed, ratio=1.0)


def smotenc(sample: Sample, coded: Coded, seed: int, ratio: float = RATIO) -> Sample:
    """Made-up leads of the smaller class between neighbours of it (Chawla et al. 2002), until the ``ratio`` is reached.

    It knows no gaps, so neighbours are found with every gap at the mean, on standardised numbers; and each made-up
    lead then gets the gaps of a real lead of its class, drawn at random. Without gaps it would be told from real leads
    by having none.
    """
    n, k = sample.matrix.shape
    numbers = [column for column in range(k) if column not in coded and not np.isnan(sample.matrix[:, column]).all()]
    if present_ratio(sample) >= ratio or not len(numbers):
        return sample
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(sample.matrix[:, numbers])
    filled = np.nan_to_num(sample.matrix)
    filled[:, numbers] = np.nan_to_num(scaler.transform(sample.matrix[:, numbers]))
    made, converted = oversampled(filled, sample.converted, coded, seed, ratio)
    new = made[n:]
    new[:, numbers] = scaler.inverse_transform(new[:, numbers]).astype(np.float32)
    like = np.flatnonzero(sample.converted == converted[-1])
    gaps = np.isnan(sample.matrix[np.random.default_rng(seed).choice(like, len(new))])
    return Sample(np.concatenate([sample.matrix, np.where(gaps, np.nan, new)]), converted)


def oversampled(matrix: Matrix, converted: Labels, coded: Coded, seed: int, ratio: float) -> tuple[Matrix, Labels]:
    """The leads and after them the made-up ones. Without codes SMOTENC is SMOTE, but refuses."""
    from imblearn.over_sampling import SMOTE, SMOTENC

    neighbours = min(NEIGHBOURS, int(np.bincount(converted).min()) - 1)
    settings = {"sampling_strategy": ratio, "k_neighbors": neighbours, "random_state": seed}
    sampler = SMOTENC(list(coded), **settings) if coded else SMOTE(**settings)
    made, classes = sampler.fit_resample(matrix, converted)
    return made, classes


def smote_undersample(sample: Sample, coded: Coded, seed: int) -> Sample:
    """SMOTE until both classes are as large, then random undersampling, which finds nothing left to do."""
    return balanced(smotenc(sample, coded, seed, ratio=1.0), coded, seed)


def nan_augment(sample: Sample, coded: Coded, seed: int) -> Sample:
    """A copy of each conversion of which a fifth of the values, at random, is missing."""
    won = sample.converted == 1
    copies = sample.matrix[won]
    missing = np.full(copies.shape[1], np.nan)
    missing[list(coded)] = MISSING
    blank = np.random.default_rng(seed).random(copies.shape) < BLANKED
    matrix = np.concatenate([sample.matrix, np.where(blank, missing, copies)])
    return Sample(matrix, np.concatenate([sample.converted, sample.converted[won]]))


def present_ratio(sample: Sample) -> float:
    """Leads of the smaller class to one of the larger."""
    counts = np.bincount(sample.converted, minlength=2)
    return float(counts.min() / counts.max())


TREATMENTS: dict[str, Callable[[Sample, Coded, int], Sample]] = {  # the simplest first
    "none": as_it_is,
    "class_weight": class_weight,
    "undersample": undersample,
    "balanced_bagging": balanced,
    "smotenc": smotenc,
    "nan_augment": nan_augment,
}
PUBLISHED: dict[str, Callable[[Sample, Coded, int], Sample]] = {  # what a recipe may name, but no search tries
    "smote_undersample": smote_undersample,
}
