from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from leadscore.models.comparing import refined_losses
from leadscore.models.ensemble import VOTES, Ensemble, cross_voted, soft_vote, stacking
from leadscore.models.members.bag import Bag
from leadscore.models.members.member import Sample, Setup
from leadscore.models.members.registry import FAMILIES

N = 3000
RNG = np.random.default_rng(0)
TRUTH = RNG.normal(-1, 1.3, N)
CONVERTED = (RNG.random(N) < 1 / (1 + np.exp(-TRUTH))).astype(np.int64)
FOLD = np.repeat(np.arange(3), N // 3)
NOISES = RNG.normal(size=(4, N))


def side_by_side(*votes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack(votes, axis=1)


def test_the_weights_of_a_soft_vote_make_up_for_the_scale_of_a_member() -> None:
    assert soft_vote(side_by_side(TRUTH), CONVERTED, FOLD) == pytest.approx([1], abs=0.1)
    assert soft_vote(side_by_side(TRUTH / 2), CONVERTED, FOLD) == pytest.approx([2], abs=0.2)


def test_a_member_that_says_the_contrary_has_no_weight() -> None:
    assert soft_vote(side_by_side(TRUTH, -TRUTH + NOISES[0]), CONVERTED, FOLD)[1] == 0


def test_a_member_that_adds_only_noise_has_nearly_no_weight() -> None:
    weights = soft_vote(side_by_side(TRUTH, NOISES[0], NOISES[1]), CONVERTED, FOLD)
    assert weights[0] > 0.9
    assert (weights[1:] < 0.1).all()


def test_equal_members_share() -> None:
    weights = soft_vote(side_by_side(TRUTH, TRUTH), CONVERTED, FOLD)
    assert weights[0] == pytest.approx(weights[1])
    assert weights.sum() == pytest.approx(soft_vote(side_by_side(TRUTH), CONVERTED, FOLD)[0], abs=1e-3)


def test_where_no_member_is_of_use_all_share() -> None:
    assert soft_vote(side_by_side(-TRUTH, -2 * TRUTH), CONVERTED, FOLD).tolist() == [0.5, 0.5]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_no_weight_of_a_soft_vote_is_negative_nor_negligible(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    votes = rng.uniform(-1, 1, m) * TRUTH[:600, np.newaxis] + rng.normal(size=(600, m))
    weights = soft_vote(votes, CONVERTED[:600], FOLD[:600])
    assert weights.shape == (m,)
    assert all(weight == 0 or weight >= 0.0099 * weights.sum() for weight in weights)
    assert weights.sum() > 0


def test_two_members_with_errors_of_their_own_are_better_together() -> None:
    first, second = TRUTH + NOISES[0], TRUTH + NOISES[1]
    voted = cross_voted(side_by_side(first, second), CONVERTED, FOLD, soft_vote)
    losses = {name: refined_losses(vote, CONVERTED, FOLD).mean() for name, vote in [("1", first), ("v", voted)]}
    assert losses["v"] < losses["1"] - 0.01


def test_stacking_can_take_off_what_one_member_says_too_much() -> None:
    shared = NOISES[0]
    weights = stacking(side_by_side(TRUTH + shared, shared), CONVERTED, FOLD)
    assert weights[0] > 0.8
    assert weights[1] < -0.7


@pytest.mark.parametrize("name", VOTES)
def test_the_level_of_a_fold_does_not_matter(name: str) -> None:
    votes = side_by_side(TRUTH + NOISES[0], TRUTH + NOISES[1])
    level = np.array([0.0, 3.0, -2.0])
    rare = CONVERTED.copy()
    rare[(FOLD == 2) & (NOISES[2] < 0)] = 0
    expected = VOTES[name](votes, rare, FOLD)
    assert VOTES[name](votes + level[FOLD][:, np.newaxis], rare, FOLD) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("name", VOTES)
def test_the_outcomes_of_a_fold_do_not_change_its_votes(name: str) -> None:
    votes = side_by_side(TRUTH + NOISES[0], NOISES[1])
    found = cross_voted(votes, CONVERTED, FOLD, VOTES[name])
    for number in range(3):
        changed = np.where(number == FOLD, 1 - CONVERTED, CONVERTED)
        again = cross_voted(votes, changed, FOLD, VOTES[name])
        np.testing.assert_array_equal(again[number == FOLD], found[number == FOLD])
        assert (again[number != FOLD] != found[number != FOLD]).any()


def test_the_members_of_a_bag_share_its_weight_and_vote_by_a_weighted_sum() -> None:
    matrix = NOISES[:2].T.astype(np.float32).astype(np.float64)
    sample, setup = Sample(matrix, CONVERTED), Setup(params={}, rounds=5, coded=(), threads=1, seed=1)
    first = FAMILIES["logistic"].fit(sample, setup)
    second, third = (FAMILIES["lightgbm"].fit(sample, replace(setup, seed=seed)) for seed in (1, 2))
    ensemble = Ensemble.of([Bag((first,)), Bag((second, third))], [0.3, 0.8])
    assert ensemble.members == (first, second, third)
    assert ensemble.weights == (0.3, 0.4, 0.4)
    expected = 0.3 * first.log_odds(matrix) + 0.4 * second.log_odds(matrix) + 0.4 * third.log_odds(matrix)
    assert ensemble.log_odds(matrix) == pytest.approx(expected, abs=1e-12)
    assert ensemble.log_odds(matrix[:0]).shape == (0,)
