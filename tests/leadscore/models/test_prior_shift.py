"""The base rate of the open leads: found where it moved alone, and not believed where more than that moved."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, logit

from leadscore.models.curve import Curve
from leadscore.models.cutoff import choose_cutoff
from leadscore.models.prior_shift import Adjustment, Bins, Prior, Seen, Shift, adjusted, estimate
from leadscore.sections import CutoffSettings

TRAINED = 0.08  # base rate
APART = 2.0  # mean log-odds of won less lost leads, both with a variance of 2: then they are calibrated
Array = NDArray[np.float64]
Labels = NDArray[np.int64]
SHIFT = Shift(0.2, 0.15, 0.25, True, 0.01, "1,000 open leads")


def leads(n: int, base_rate: float, seed: int, moved: float = 0.0) -> tuple[Array, Labels]:
    """Raw probabilities (n,) of a model trained at `TRAINED`, and outcomes; ``moved`` is added to the log-odds."""
    draw = np.random.default_rng(seed)
    converted = draw.binomial(1, base_rate, n)
    ratio = draw.normal(np.where(converted == 1, APART / 2, -APART / 2), np.sqrt(APART))
    return expit(logit(TRAINED) + ratio + moved), converted


CURVE = Curve.of(*leads(16_000, TRAINED, seed=1))
BINS = Bins.of(CURVE)
PRIOR = Prior(TRAINED, CURVE, choose_cutoff(CURVE, CutoffSettings(), seed=1), "adjust", 1.25)


def counted(probability: Array) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(BINS.edges, probability, side="right"), minlength=len(BINS.won))


def seen(unknown: Array, known: tuple[Array, Labels] | None = None) -> Seen:
    probability, converted = known or (np.empty(0), np.empty(0, np.int64))
    return Seen(counted(unknown), counted(probability[converted == 1]), counted(probability[converted == 0]))


def test_bins_part_won_and_lost_leads_evenly_and_lose_none() -> None:
    assert (BINS.won.sum(), BINS.lost.sum()) == (sum(CURVE.won), sum(CURVE.lost))
    share = (BINS.won / BINS.won.sum() + BINS.lost / BINS.lost.sum()) / 2
    assert len(BINS.won) == len(BINS.edges) + 1 == 10
    assert share == pytest.approx(np.full(10, 0.1), abs=0.02)


def test_a_curve_of_one_value_has_one_bin_and_says_nothing() -> None:
    bins = Bins.of(Curve.of(np.full(1000, 0.1), np.repeat([0, 1], [900, 100])))
    assert bins.edges == ()
    nobody = np.zeros(1, np.int64)
    assert not estimate(Seen(np.array([5000]), nobody, nobody), bins).believed


@pytest.mark.parametrize("n", [2_000, 20_000, 400_000])
@pytest.mark.parametrize("base_rate", [0.1, 0.16, 0.33])
def test_a_pure_prior_shift_is_believed_and_the_interval_holds_the_base_rate(n: int, base_rate: float) -> None:
    found = estimate(seen(leads(n, base_rate, seed=n + 1)[0]), BINS)
    assert found.believed, found.reason
    assert found.low < base_rate < found.high
    assert found.base_rate == pytest.approx(base_rate, rel=0.35 if n < 20_000 else 0.2)


@pytest.mark.parametrize(("base_rate", "follows"), [(0.08, False), (0.09, False), (0.16, True), (0.33, True)])
def test_only_a_move_beyond_the_limit_and_the_interval_is_followed(base_rate: float, follows: bool) -> None:
    found = estimate(seen(leads(50_000, base_rate, seed=3)[0]), BINS)
    assert found.beyond(TRAINED, 1.25) is follows


@pytest.mark.parametrize("n", [2_000, 400_000])
def test_where_leads_crowd_in_the_middle_no_base_rate_is_believed(n: int) -> None:
    probability = leads(n, 0.3, seed=4)[0]
    middle = probability[(probability > 0.03) & (probability < 0.3)]
    found = estimate(seen(middle), BINS)
    assert not found.believed
    assert "unexplained" in found.reason
    assert found.distance > 0.15


def test_a_base_rate_that_runs_away_is_not_believed() -> None:
    found = estimate(seen(leads(20_000, TRAINED, seed=4, moved=1.2)[0]), BINS)
    assert found.base_rate > 0.5
    assert "too far from the 8." in found.reason


@pytest.mark.parametrize("n_known", [0, 300, 6_000])
def test_a_fall_is_believed_from_enough_outcomes_only(n_known: int) -> None:
    found = estimate(seen(leads(20_000, 0.03, seed=15)[0], leads(n_known, 0.03, seed=16)), BINS)
    assert found.believed
    assert found.base_rate == pytest.approx(0.03 if n_known == 6_000 else TRAINED, rel=0.15)
    assert (found.unproven is not None) is (n_known < 6_000)
    assert found.unproven is None or found.low < found.unproven < TRAINED
    assert found.beyond(0.3, 1.25), "a rise that is over can be taken back"


def test_few_leads_are_not_believed() -> None:
    assert "too few" in estimate(seen(leads(150, 0.3, seed=5)[0]), BINS).reason


def test_a_model_that_knows_nothing_is_not_believed() -> None:
    draw = np.random.default_rng(6)
    bins = Bins.of(Curve.of(draw.random(5000), draw.binomial(1, 0.1, 5000)))
    opened = np.bincount(np.searchsorted(bins.edges, draw.random(5000)), minlength=len(bins.won))
    assert not estimate(Seen(opened, 0 * opened, 0 * opened), bins).believed


def test_outcomes_narrow_the_interval() -> None:
    unknown, known = leads(2_000, 0.2, seed=7)[0], leads(2_000, 0.2, seed=8)
    without, found = estimate(seen(unknown), BINS), estimate(seen(unknown, known), BINS)
    assert found.believed
    assert found.reason == "2,000 open leads and 2,000 leads with an outcome since"
    assert abs(found.base_rate - 0.2) < 0.02
    assert found.high - found.low < without.high - without.low


def test_outcomes_are_believed_where_the_open_leads_say_something_else() -> None:
    """More than the base rate moved, but of leads of one probability four times as many convert as in training."""
    unknown, known = leads(5_000, 0.08, seed=9, moved=1.2)[0], leads(3_000, 0.25, seed=10)
    found = estimate(seen(unknown, known), BINS)
    assert found.believed
    assert found.reason == "3,000 leads with an outcome since"
    assert found.low < 0.25 < found.high


def test_outcomes_that_contradict_the_open_leads_but_are_few_make_neither_believed() -> None:
    found = estimate(seen(leads(20_000, 0.3, seed=11)[0], leads(150, 0.03, seed=12)), BINS)
    assert not found.believed
    assert "say otherwise" in found.reason


def test_an_estimate_is_the_same_each_time() -> None:
    counts = seen(leads(1_000, 0.2, seed=13)[0])
    assert estimate(counts, BINS) == estimate(counts, BINS)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1), st.floats(0.01, 100))
def test_adjusted_probabilities_are_probabilities_in_the_same_order(values: list[float], odds_ratio: float) -> None:
    probability = np.sort(np.array(values))
    found = adjusted(probability, odds_ratio)
    assert ((found >= 0) & (found <= 1)).all()
    assert (np.diff(found) >= -1e-15).all()
    assert adjusted(probability, 1.0).tolist() == probability.tolist()


def test_adjusted_probabilities_are_calibrated_under_the_new_base_rate() -> None:
    raw, converted = leads(100_000, 0.33, seed=14)
    found = adjusted(raw, PRIOR.odds_ratio(Adjustment(1, 0.33, 0.5)))
    assert found.mean() == pytest.approx(0.33, abs=0.005)
    assert (
        np.log(np.where(converted == 1, found, 1 - found)).mean()
        > np.log(np.where(converted == 1, raw, 1 - raw)).mean()
    )


def test_a_believed_shift_beyond_the_limit_takes_the_next_number_and_its_own_cutoff() -> None:
    found = PRIOR.adjustment(SHIFT, PRIOR.unadjusted, 3)
    assert (found.number, found.base_rate) == (3, 0.2)
    assert found.raw_cutoff < PRIOR.cutoff.value
    assert PRIOR.adjusted_cutoff(found) > found.raw_cutoff
    assert PRIOR.adjusted_cutoff(PRIOR.unadjusted) == PRIOR.cutoff.value


@pytest.mark.parametrize(
    "shift",
    [None, replace(SHIFT, believed=False), replace(SHIFT, base_rate=0.17), replace(SHIFT, low=0.14, base_rate=0.18)],
    ids=["nothing estimated", "not believed", "within the limit", "in the interval"],
)
def test_what_is_in_force_stays(shift: Shift | None) -> None:
    in_force = Adjustment(2, 0.145, 0.05)
    assert PRIOR.adjustment(shift, in_force, 3) == in_force


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_without_adjusting_none_holds(mode: str) -> None:
    prior = Prior(TRAINED, CURVE, PRIOR.cutoff, "warn" if mode == "warn" else "off", 1.25)
    assert prior.adjustment(SHIFT, Adjustment(2, 0.145, 0.05), 3) == Adjustment(0, TRAINED, PRIOR.cutoff.value)
