import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from leadscore.models.comparing import refined_losses
from leadscore.models.parsimony import simplest


def test_the_first_within_one_standard_error_of_the_best_is_taken() -> None:
    best = np.array([1.0, 2.0, 3.0, 4.0])
    near = best + np.array([0.0, 0.2, -0.1, 0.1])  # worse by 0.05, with a standard error of 0.0986
    far = best + np.array([0.05, 0.05, 0.06, 0.04])  # worse by the same, with one of 0.0062
    corrected = (near - best).std(ddof=1) * np.sqrt(1 / 4 + 1 / 3)
    assert corrected == pytest.approx(0.0986, abs=1e-4)
    assert simplest([near, best]) == 0
    assert simplest([far, best]) == 1
    assert simplest([far, near, best]) == 1
    assert simplest([best, near]) == 0
    assert simplest([best]) == 0


def test_of_equal_candidates_the_simplest_is_taken() -> None:
    assert simplest([np.ones(5), np.ones(5)]) == 0


def test_a_constant_disadvantage_is_certain_however_small() -> None:
    assert simplest([np.ones(5) + 1e-6, np.ones(5)]) == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_is_taken_is_never_worse_than_the_best_by_more_than_its_standard_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    candidates = list(rng.gamma(1, size=(4, 50)) * rng.uniform(0.5, 2, (4, 1)))
    means = [each.mean() for each in candidates]
    best = int(np.argmin(means))
    taken = simplest(candidates)
    difference = candidates[taken] - candidates[best]
    assert taken <= best
    assert difference.mean() <= difference.std(ddof=1) * np.sqrt(1 / 50 + 1 / 49) + 1e-12


def outcomes(rng: np.random.Generator, log_odds: NDArray[np.float64]) -> NDArray[np.int64]:
    return (rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 20), st.floats(0.05, 20), st.floats(-5, 5), st.floats(-5, 5))
def test_level_and_scale_within_a_fold_do_not_matter(seed: int, slope: float, other: float, a: float, b: float) -> None:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1, 1, 600)
    fold, converted = np.arange(600) // 300, outcomes(rng, log_odds)
    moved = np.where(fold == 0, slope * log_odds + a, other * log_odds + b)
    found, expected = (refined_losses(each, converted, fold) for each in (moved, log_odds))
    assert found == pytest.approx(expected, abs=0.02), "as far as the solver goes"
    assert found.mean() == pytest.approx(expected.mean(), abs=5e-6)


def test_the_order_of_the_leads_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    log_odds = rng.normal(-1, 1, 600)
    fold, converted = rng.integers(0, 3, 600), outcomes(rng, log_odds)
    mixed = rng.permutation(600)
    expected = refined_losses(log_odds, converted, fold)
    assert refined_losses(log_odds[mixed], converted[mixed], fold[mixed]) == pytest.approx(expected, abs=1e-4)


def test_what_knows_nothing_or_the_contrary_has_the_loss_of_the_base_rate() -> None:
    rng = np.random.default_rng(2)
    truth = rng.normal(-1, 1, 1000)
    converted, fold = outcomes(rng, truth), np.zeros(1000, np.int64)
    rate = converted.mean()
    entropy = -rate * np.log(rate) - (1 - rate) * np.log(1 - rate)
    assert refined_losses(np.zeros(1000), converted, fold).mean() == pytest.approx(entropy, abs=1e-6)
    assert refined_losses(-truth, converted, fold).mean() == pytest.approx(entropy, abs=3e-4)
    assert refined_losses(truth, converted, fold).mean() < entropy - 0.05
