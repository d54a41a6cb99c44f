"""How good probabilities are on leads with a known outcome, with bootstrap intervals."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.special import ndtri

from leadscore.models.curve import Array, Confusion, Labels, tally

Probability = Array
Figures = Callable[..., dict[str, float]]

RESAMPLES = 200
BINS = 10
SHARES = (0.01, 0.05, 0.1, 0.2)  # of the leads, the most probable first
Z = float(ndtri(0.975))  # how many standard deviations a 95% interval reaches
TINY = np.finfo(np.float64).eps  # how sure the log loss takes a probability of 0 or 1 to be, as in scikit-learn


class Estimate(BaseModel):
    """A figure and its 95% interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} (95% interval {self.low:.3f} to {self.high:.3f})"


class Measures(BaseModel):
    """The figures of one model on one set of leads. Precision, recall and F1 are at the cutoff."""

    model_config = ConfigDict(frozen=True)

    n: int
    conversions: int
    base_rate: Estimate
    precision: Estimate
    recall: Estimate
    f1: Estimate
    roc_auc: Estimate
    average_precision: Estimate
    log_loss: Estimate
    brier_score: Estimate
    calibration_error: Estimate


class Gain(BaseModel):
    """Who calls this ``share`` of the leads, the most probable first, reaches the share ``gain`` of the conversions.

    ``lift`` is gain / share: how many times as many conversions as among as many leads drawn at random.
    """

    model_config = ConfigDict(frozen=True)

    share: float
    gain: Estimate
    lift: Estimate


class Bin(BaseModel):
    """Leads of about equal probability: their mean and the share that converted."""

    model_config = ConfigDict(frozen=True)

    n: int
    predicted: float
    observed: float


class GradeRate(BaseModel):
    """What became of the leads of a grade."""

    model_config = ConfigDict(frozen=True)

    grade: str
    n: int
    conversions: int
    rate: Estimate


def measure(
    converted: Labels, probability: Probability, cutoff: float, *, seed: int, weight: Array | None = None
) -> Measures:
    """Judge ``probability`` (n,) against ``converted`` (n,).

    Leads that ``weight`` (n,) gives 0 do not count; the others hold both outcomes.
    """
    leads = _counted(converted, probability, weight)
    values = bootstrap(lambda y, p, w: point_measures(y, p, cutoff, w), *leads, seed=seed)
    return Measures(n=len(leads[0]), conversions=int(leads[0].sum()), **values)


def gains(converted: Labels, probability: Probability, *, seed: int, weight: Array | None = None) -> tuple[Gain, ...]:
    """Gain and lift at 1, 5, 10 and 20% of the leads; those of one probability come in random order."""

    def reached(y: Labels, p: Probability, w: Array) -> dict[str, float]:
        at = Confusion.of(*tally(p, y, w)[1:])
        called, recall = (np.append(0.0, each[::-1]) for each in (at.called, at.recall))
        return {str(share): float(np.interp(share * called[-1], called, recall)) for share in SHARES}

    found = bootstrap(reached, *_counted(converted, probability, weight), seed=seed)
    return tuple(
        Gain(
            share=share,
            gain=gain,
            lift=Estimate(value=gain.value / share, low=gain.low / share, high=gain.high / share),
        )
        for share, gain in zip(SHARES, found.values(), strict=True)
    )


def reliability(converted: Labels, probability: Probability) -> tuple[Bin, ...]:
    """The reliability curve, lowest probability first: the bins of the `calibration_error`."""
    bins = np.unique(_bins(probability), return_inverse=True)[1]
    n = np.bincount(bins)
    predicted, observed = (np.bincount(bins, weights=each) / n for each in (probability, converted))
    return tuple(
        Bin(n=n, predicted=p, observed=o)
        for n, p, o in zip(n.tolist(), predicted.tolist(), observed.tolist(), strict=True)
    )


def conversion_by_grade(converted: Labels, grade: NDArray[np.str_]) -> tuple[GradeRate, ...]:
    """The conversion rate of each ``grade`` (n,) in order, with Wilson's interval (1927)."""
    return tuple(_rate(str(each), converted[grade == each]) for each in np.unique(grade))


def paired(
    figures: Figures, converted: Labels, first: Probability, second: Probability, *, seed: int
) -> dict[str, Estimate]:
    """By how much ``figures`` of the ``second`` probabilities (n,) exceed those of the ``first``.

    Both are judged on the same resampled leads, so what is hard for both takes no part in the intervals.
    """

    def difference(y: Labels, before: Probability, after: Probability) -> dict[str, float]:
        was, now = figures(y, before), figures(y, after)
        return {name: now[name] - was[name] for name in now}

    return bootstrap(difference, converted, first, second, seed=seed)


def bootstrap(figures: Figures, converted: Labels, *others: Array, seed: int) -> dict[str, Estimate]:
    """``figures`` of ``converted`` and ``others`` (n,), both outcomes among them.

    With percentile bootstrap intervals (Efron and Tibshirani 1993, chapter 13).
    """
    leads = (converted, *others)
    drawn = [figures(*(each[rows] for each in leads)) for rows in resamples(converted, seed)]
    low, high = np.percentile([list(each.values()) for each in drawn], [2.5, 97.5], axis=0)
    points = figures(*leads)
    return {name: Estimate(value=value, low=low[i], high=high[i]) for i, (name, value) in enumerate(points.items())}


def resamples(converted: Labels, seed: int) -> Iterator[NDArray[np.int64]]:
    """Rising row numbers (n,) drawn with replacement; a draw of one outcome only, which has no AUC, is drawn again."""
    rng, n = np.random.default_rng(seed), len(converted)
    found = 0
    while found < RESAMPLES:
        rows = np.repeat(np.arange(n), np.bincount(rng.integers(0, n, n), minlength=n))
        if 0 < converted[rows].sum() < len(rows):
            found += 1
            yield rows


def point_measures(
    converted: Labels, probability: Probability, cutoff: float, weight: Array | None = None
) -> dict[str, float]:
    """The figures of ``Measures``, without intervals; each lead counts ``weight`` (n,) times.

    They are scikit-learn's, from one sort of the leads and without its checks: many times as fast, and a model and its
    slices are judged thousands of times. No sum is left to BLAS, whose threads wait for each other on a busy machine.
    """
    weight = np.ones(len(converted)) if weight is None else weight
    _, won, lost = tally(probability, converted, weight)
    at, called = Confusion.of(won, lost), _confusion(converted, probability >= cutoff, weight)
    return {
        "base_rate": float(won.sum() / weight.sum()),
        "precision": float(called.precision[1]),
        "recall": float(called.recall[1]),
        "f1": float(called.f_score(1)[1]),
        "roc_auc": float(np.average((at.true_positives - won / 2) / won.sum(), weights=lost)),
        "average_precision": float(np.average(at.precision, weights=won)),
        "log_loss": float(np.average(lead_loss(converted, probability), weights=weight)),
        "brier_score": float(np.average(np.square(probability - converted), weights=weight)),
        "calibration_error": calibration_error(converted, probability, weight),
    }


def lead_loss(converted: Labels, probability: Probability) -> Array:
    """The log loss (n,) of each lead alone."""
    likelihood = np.where(converted == 1, probability, 1 - probability)
    return np.asarray(-np.log(np.clip(likelihood, TINY, 1)))


def calibration_error(converted: Labels, probability: Probability, weight: Array | None = None) -> float:
    """Expected calibration error (Naeini et al. 2015) over ten bins of about equal count that cut through no tie."""
    weight = np.ones(len(converted)) if weight is None else weight
    gaps = np.bincount(_bins(probability), weights=weight * (probability - converted))
    return float(np.abs(gaps).sum() / weight.sum())


def _bins(probability: Probability) -> NDArray[np.int64]:
    """The number (n,) of the bin of each lead."""
    edges = np.unique(np.quantile(probability, np.arange(1, BINS) / BINS))
    return np.searchsorted(edges, probability, side="right")


def _counted(converted: Labels, probability: Probability, weight: Array | None) -> tuple[Labels, Probability, Array]:
    """The leads that count, by rising probability: to sort their resamples then takes a third of the time."""
    weight = np.ones(len(converted)) if weight is None else weight
    order = np.argsort(probability, kind="stable")
    rows = order[weight[order] > 0]
    return converted[rows], probability[rows], weight[rows]


def _confusion(converted: Labels, called: NDArray[np.bool_], weight: Array) -> Confusion:
    """At two cutoffs (2,): all are called, and those ``called`` (n,)."""
    won, lost = (np.bincount(called, weights=weight * each, minlength=2) for each in (converted, 1 - converted))
    return Confusion.of(won.astype(np.float64), lost.astype(np.float64))


def wilson(conversions: int, n: int) -> Estimate:
    """The conversion rate of ``n`` leads, at least one, with Wilson's interval (1927).

    SciPy has it only as part of a test that takes a hundred times as long, and pages have thousands of them.
    """
    rate, spread = conversions / n, Z**2 / n
    middle = (rate + spread / 2) / (1 + spread)
    half = Z * math.sqrt((rate * (1 - rate) + spread / 4) / n) / (1 + spread)
    return Estimate(value=rate, low=max(middle - half, 0.0), high=min(middle + half, 1.0))


def _rate(grade: str, converted: Labels) -> GradeRate:
    n, conversions = len(converted), int(converted.sum())
    return GradeRate(grade=grade, n=n, conversions=conversions, rate=wilson(conversions, n))
