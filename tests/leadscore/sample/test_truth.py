"""The measures of what is possible are right."""

import numpy as np
import pytest

from leadscore.sample.draws import draw_codes
from leadscore.sample.truth import (
    BEST_F1,
    POSITIVE_SHARE,
    best_possible,
    expected_best_f1,
    make_truth,
    thinned,
)


def test_best_f1_is_the_best_over_all_cutoffs() -> None:
    y, p = np.array([1, 0, 1, 0]), np.array([0.9, 0.6, 0.5, 0.1])
    best_f1, log_loss = best_possible(y, p)
    assert best_f1 == pytest.approx(0.8)  # two of two found, with one false alarm
    assert log_loss == pytest.approx(-np.mean(np.log([0.9, 0.4, 0.5, 0.9])))


def test_certain_probabilities_have_a_finite_log_loss() -> None:
    assert best_possible(np.array([0, 1]), np.array([0.0, 1.0])) == pytest.approx((1.0, 0.0), abs=1e-5)


def test_expected_best_f1_of_equal_probabilities_is_to_flag_all() -> None:
    assert expected_best_f1(np.full(1000, 0.1)) == pytest.approx(2 * 0.1 / 1.1)


def test_thinning_the_negatives_follows_bayes() -> None:
    assert thinned(np.array([0.0, 0.5, 1.0]), 0.5) == pytest.approx([0.0, 2 / 3, 1.0])


@pytest.mark.parametrize("seed", [0, 11, 12])
def test_every_world_is_set_to_the_same_difficulty(seed: int) -> None:
    truth = make_truth(seed)
    codes = draw_codes(truth.world, np.random.default_rng(99), 10**6, np.full(40_000, 0.9))
    p = truth.probability(codes)
    assert expected_best_f1(p) == pytest.approx(BEST_F1, abs=0.02)
    assert p.mean() == pytest.approx(POSITIVE_SHARE, abs=0.005)
