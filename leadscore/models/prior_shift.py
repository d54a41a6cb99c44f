"""The base rate of the open leads: whether it has moved since training, and what that does to the probabilities.

Under a *prior shift* another share of the leads converts, while the leads that convert look as they always did, and so
do those that do not. Then the raw probabilities of the open leads are a mixture of those of won and of lost training
leads, and the base rate is the share of the won that makes what is seen most likely: the point that the EM of
M. Saerens, P. Latinne and C. Decaestecker climbs to (Neural Computation 14, 2002). It is found here as the maximum of
that likelihood of one unknown. The two distributions are taken from the out-of-fold leads of training, by bins, not
from the model's posteriors: errors of calibration do not matter then, and whether any mixture of the two explains what
is seen can be tested. It has to be: where more than the base rate moved, the maximum lies anywhere.

Leads whose outcome is known by now add the likelihood of the outcome given the bin, which holds whatever leads came in.
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, logit

from leadscore.models.curve import Curve
from leadscore.models.cutoff import Cutoff

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 10  # more would see more and mistake more for it: the distance due to chance grows with their root
SMOOTHING = 0.5  # leads added to each bin (Krichevsky and Trofimov 1981), so that none is impossible
FEWEST = 200  # open leads, or leads with an outcome
LIMIT = 7.0  # log-odds between which the base rate is looked for: 0.1% to 99.9%
HALVINGS = 40
DRAWS = 500  # of the parametric bootstrap
CHANCE = 99  # percentile of the distance under a pure prior shift that is still put down to chance
FARTHEST = 0.15  # distance above which more than the base rate moved, if chance does not explain it
MOST = 10.0  # ratio of the odds to those of training beyond which something else is the likelier cause
WIDEST = 2.5  # ratio of the odds between which chance leaves the base rate
CONTRADICTION = (
    6.6  # twice the log likelihood that outcomes lose by an estimate: 1% of chi-squared, 1 degree of freedom
)


@dataclass(frozen=True)
class Bins:
    """The curve by few bins (k,): ``won`` and ``lost`` leads, and the inner ``edges`` (k - 1,) on the raw probability.

    Won and lost leads together, each as one whole, are spread evenly over the bins: both ends are told apart.
    """

    edges: tuple[float, ...]
    won: Counts
    lost: Counts

    @property
    def base_rate(self) -> float:
        return float(self.won.sum() / (self.won.sum() + self.lost.sum()))

    @classmethod
    def of(cls, curve: Curve) -> Self:
        won, lost = np.array(curve.won, np.int64), np.array(curve.lost, np.int64)
        share = (won / won.sum() + lost / lost.sum()) / 2
        place = np.minimum((np.cumsum(share) - share / 2) * BINS, BINS - 1).astype(int)
        inner = np.flatnonzero(np.diff(place)) + 1
        starts = np.concatenate(([0], inner))
        edges = tuple(curve.values[start] for start in inner)
        return cls(edges, np.add.reduceat(won, starts), np.add.reduceat(lost, starts))


@dataclass(frozen=True)
class Seen:
    """Leads by bin (k,), or samples of them (..., k): ``open`` ones, and those that by now are ``won`` or ``lost``."""

    open: Counts
    won: Counts
    lost: Counts

    @property
    def n_open(self) -> int:
        return int(self.open.sum())

    @property
    def n_known(self) -> int:
        return int(self.won.sum() + self.lost.sum())


@dataclass(frozen=True)
class Shift:
    """The estimated ``base_rate`` of the open leads, from ``low`` to ``high``.

    ``distance`` is the share of the open leads that no base rate explains: so many would have to be in other bins
    (total variation). All of them or none may convert, so the 95% interval of chance is widened by it at both ends.
    Where the estimate is not ``believed``, the ``reason`` says why; else on what it rests. ``unproven`` is a lower base
    rate than in training, which the open leads show and no outcome yet: then ``base_rate`` is that of training.
    """

    base_rate: float
    low: float
    high: float
    believed: bool
    distance: float
    reason: str
    unproven: float | None = None

    def beyond(self, base_rate: float, max_shift: float) -> bool:
        """Whether ``base_rate`` is outside the interval and its odds differ by more than the ratio ``max_shift``."""
        outside = not self.low <= base_rate <= self.high
        return outside and bool(abs(logit(self.base_rate) - logit(base_rate)) > np.log(max_shift))


@dataclass(frozen=True)
class Adjustment:
    """What probabilities are adjusted to; number 0 is none. Leads will convert from ``raw_cutoff`` on, before it."""

    number: int
    base_rate: float
    raw_cutoff: float


@dataclass(frozen=True)
class Prior:
    """What a model learned of its base rate, and what the settings want done when that moves."""

    base_rate: float
    curve: Curve
    cutoff: Cutoff
    shift: Literal["adjust", "warn", "off"]
    max_shift: float

    @property
    def unadjusted(self) -> Adjustment:
        return Adjustment(0, self.base_rate, self.cutoff.value)

    def moved(self, shift: Shift | None, in_force: Adjustment) -> bool:
        """Whether the base rate is believed to be another one than that in force, by more than the limit."""
        return shift is not None and shift.believed and shift.beyond(in_force.base_rate, self.max_shift)

    def adjustment(self, shift: Shift | None, in_force: Adjustment, number: int) -> Adjustment:
        """What holds from now on: what is ``in_force``, or where that moved what follows, by the next ``number``."""
        if self.shift != "adjust":
            return self.unadjusted
        if shift is None or not self.moved(shift, in_force):
            return in_force
        raw_cutoff = self.cutoff.policy.choose(self.curve, base_rate=shift.base_rate)
        return Adjustment(number, shift.base_rate, raw_cutoff)

    def odds_ratio(self, adjustment: Adjustment) -> float:
        """By which the adjustment multiplies the odds of every raw probability."""
        return 1.0 if adjustment.number == 0 else float(odds(adjustment.base_rate) / odds(self.base_rate))

    def adjusted_cutoff(self, adjustment: Adjustment) -> float:
        """The cutoff on the adjusted probability."""
        return float(adjusted(np.array(adjustment.raw_cutoff), self.odds_ratio(adjustment)))


def odds(probability: float) -> float:
    return probability / (1 - probability)


def adjusted(probability: Array, odds_ratio: float) -> Array:
    """The ``probability`` (n,) under another base rate, whose odds are so many times those of training.

    Saerens et al. 2002, equation 4, for two classes. The store does the same sum.
    """
    return probability * odds_ratio / (probability * odds_ratio + (1 - probability))


def estimate(seen: Seen, bins: Bins, seed: int = 7) -> Shift:
    """The base rate of the open leads.

    It is believed if a mixture of won and lost training leads explains the open ones, but for few or by chance, and
    the known outcomes do not contradict it; else the outcomes alone are asked. They are, too, where the base rate
    would be lower than in training: what a model has learned wears out, and then its leads look less promising while
    as many convert. Without enough outcomes there is no fall.
    """
    densities = _Densities.of(bins.won, bins.lost)
    found = _fit(seen, densities)
    whole = _judged(seen, bins, densities, found, seed)
    known = replace(seen, open=np.zeros_like(seen.open))
    if whole.believed and _contradicted(known, densities, found):
        whole = replace(whole, believed=False, reason="the outcomes known by now say otherwise")
    if whole.believed and whole.base_rate >= bins.base_rate:
        return whole
    alone = _judged(known, bins, densities, _fit(known, densities), seed)
    if alone.believed:
        return alone
    return _no_fall(whole, bins.base_rate) if whole.believed else whole


def _no_fall(shift: Shift, trained: float) -> Shift:
    """The base rate of training instead of a lower one."""
    return replace(shift, base_rate=trained, high=max(shift.high, trained), unproven=shift.base_rate)


class _Densities(NamedTuple):
    """How won and lost training leads are distributed over the bins, each (..., k) with sums of 1."""

    won: Array
    lost: Array

    @classmethod
    def of(cls, won: Counts, lost: Counts) -> Self:
        """Of the numbers of leads in each bin."""
        smooth = (won + SMOOTHING, lost + SMOOTHING)
        return cls(*(each / each.sum(axis=-1, keepdims=True) for each in smooth))

    def mixture(self, log_odds: Array) -> Array:
        """Open leads by bin (..., k) under base rates with these log-odds (..., 1)."""
        return np.asarray(expit(log_odds) * self.won + expit(-log_odds) * self.lost)

    def outcome(self, log_odds: Array) -> Array:
        """The log-odds (..., k) that a lead of the bin converts."""
        return np.asarray(log_odds + np.log(self.won) - np.log(self.lost))


def _log_likelihood(log_odds: Array, seen: Seen, densities: _Densities) -> float:
    """That of what is ``seen`` under a base rate with these log-odds (1,)."""
    outcome = densities.outcome(log_odds)
    of_open = seen.open @ np.log(densities.mixture(log_odds))
    return float(of_open + seen.won @ log_expit(outcome) + seen.lost @ log_expit(-outcome))


def _slope(log_odds: Array, seen: Seen, densities: _Densities) -> Array:
    """The derivative of the log likelihood by the log-odds, both (..., 1)."""
    odd = expit(log_odds) * expit(-log_odds) * (densities.won - densities.lost) / densities.mixture(log_odds)
    surplus = seen.won - (seen.won + seen.lost) * expit(densities.outcome(log_odds))
    return np.asarray((seen.open * odd + surplus).sum(axis=-1, keepdims=True))


def _fit(seen: Seen, densities: _Densities) -> Array:
    """The log-odds (..., 1) of the most likely base rate: by bisection, for the likelihood has one summit.

    (That of the open leads is concave in the base rate, that of the outcomes in its log-odds.)
    """
    low = np.full((*seen.open.shape[:-1], 1), -LIMIT)
    high = -low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rises = _slope(middle, seen, densities) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return np.asarray((low + high) / 2)


def _judged(seen: Seen, bins: Bins, densities: _Densities, found: Array, seed: int) -> Shift:
    """The estimate with its interval and whether to believe it."""
    drawn, distances = _bootstrap(seen, bins, densities, found, seed)
    low, high = np.percentile(drawn, [2.5, 97.5])
    distance = float(_distance(seen, densities.mixture(found)))
    astray = distance > max(np.percentile(distances, CHANCE), FARTHEST)
    doubt = _doubt(seen, bins.base_rate, (low, found.item(), high), distance if astray else 0.0)
    lowest, highest = max(0.0, expit(low) - distance), min(1.0, expit(high) + distance)
    return Shift(float(expit(found.item())), float(lowest), float(highest), not doubt, distance, doubt or _basis(seen))


def _doubt(seen: Seen, trained: float, interval: tuple[float, float, float], astray: float) -> str:
    """Why an estimate of these log-odds, between its ends, is not believed; empty if it is."""
    low, found, high = interval
    if max(seen.n_open, seen.n_known) < FEWEST:
        return f"{seen.n_open:,} open leads are too few ({FEWEST} needed)"
    if astray:
        return f"that would leave {astray:.0%} of the open leads unexplained"
    if abs(found - logit(trained)) > np.log(MOST):
        return f"that is too far from the {trained:.1%} of training"
    if high - low > np.log(WIDEST):
        return f"too uncertain, chance alone leaves {expit(low):.1%} to {expit(high):.1%}"
    return ""


def _basis(seen: Seen) -> str:
    told = ((seen.n_open, "open leads"), (seen.n_known, "leads with an outcome since"))
    return " and ".join(f"{n:,} {who}" for n, who in told if n)


def _contradicted(known: Seen, densities: _Densities, found: Array) -> bool:
    best = _log_likelihood(_fit(known, densities), known, densities)
    return 2 * (best - _log_likelihood(found, known, densities)) > CONTRADICTION


def _bootstrap(seen: Seen, bins: Bins, densities: _Densities, found: Array, seed: int) -> tuple[Array, Array]:
    """What is found, and the distance left, in draws from the estimate itself: of training leads, too."""
    draw = np.random.default_rng(seed)
    learned = _Densities.of(
        draw.multinomial(bins.won.sum(), densities.won, DRAWS),
        draw.multinomial(bins.lost.sum(), densities.lost, DRAWS),
    )
    n_known = seen.won + seen.lost
    won = draw.binomial(n_known, expit(densities.outcome(found)), (DRAWS, len(n_known)))
    again = Seen(draw.multinomial(seen.n_open, densities.mixture(found), DRAWS), won, n_known - won)
    drawn = _fit(again, learned)
    return drawn, _distance(again, learned.mixture(drawn))


def _distance(seen: Seen, expected: Array) -> Array:
    """The total variation (...,) between the open leads and what is ``expected`` (..., k): 0 without open leads."""
    n_open = np.maximum(seen.open.sum(axis=-1, keepdims=True), 1)
    apart = np.abs(seen.open / n_open - expected).sum(axis=-1) / 2
    return np.where(seen.open.any(axis=-1), apart, 0.0)
