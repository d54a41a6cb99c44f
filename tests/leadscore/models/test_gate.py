import numpy as np
import pytest
from scipy.special import expit

from leadscore.models.gate import judge


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_rejected(seed: int) -> None:
    rng = np.random.default_rng(seed)
    converted = (rng.random(2000) < 0.1).astype(np.int64)
    verdict = judge(converted, expit(rng.normal(-2.2, 0.3, 2000)), 0.1, seed=1)
    assert not verdict.promote


@pytest.mark.parametrize("seed", range(5))
def test_a_calibrated_signal_is_promoted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probability = expit(rng.normal(-2.5, 1.2, 2000))
    converted = (rng.random(2000) < probability).astype(np.int64)
    assert judge(converted, probability, 0.12, seed=1).promote


def test_good_order_with_worthless_probabilities_is_rejected() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2.5, 1.2, 2000)
    converted = (rng.random(2000) < expit(log_odds)).astype(np.int64)
    verdict = judge(converted, expit(6 * log_odds + 12), 0.12, seed=1)
    assert not verdict.promote


def test_a_base_rate_guessed_better_without_any_order_is_rejected() -> None:
    rng = np.random.default_rng(0)
    converted = (rng.random(2000) < 0.4).astype(np.int64)
    verdict = judge(converted, np.full(2000, 0.4), 0.1, seed=1)
    assert not verdict.promote
    assert "ROC AUC 0.500 (95% interval 0.500 to 0.500)" in verdict.reason


def test_the_reason_gives_the_figures() -> None:
    converted = np.tile([0, 0, 0, 1], 500)
    verdict = judge(converted, np.where(converted, 0.9, 0.1), 0.25, seed=1)
    assert verdict.promote
    assert verdict.reason.startswith("Better than the base rate: log loss gain over the base rate 0.457 (95% interval")
    assert "2,000 held-out leads with 500 conversions" in verdict.reason
