import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from leadscore.models.calibration import MIN_SLOPE, Calibration


def test_platt_scaling_finds_the_line_that_made_the_outcomes() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2, 2, 200_000)
    converted = (rng.random(len(log_odds)) < expit(0.6 * log_odds - 0.5)).astype(np.int64)
    found = Calibration.fit(log_odds, converted)
    assert found.slope == pytest.approx(0.6, abs=0.02)
    assert found.intercept == pytest.approx(-0.5, abs=0.03)
    assert found.apply(log_odds).mean() == pytest.approx(converted.mean(), abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.floats(-3, 3))
def test_calibration_never_changes_the_order_of_two_leads(seed: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(size=100)
    converted = (rng.random(100) < expit(strength * log_odds)).astype(np.int64)
    converted[:2] = 0, 1
    probability = Calibration.fit(log_odds, converted).apply(np.sort(log_odds))
    assert (np.diff(probability) > 0).all()


def test_log_odds_that_say_the_opposite_are_calibrated_to_the_base_rate() -> None:
    log_odds = np.linspace(-3, 3, 1000)
    found = Calibration.fit(log_odds, (log_odds < -2).astype(np.int64))
    assert found.slope == MIN_SLOPE
    np.testing.assert_allclose(found.apply(log_odds), 167 / 1000, atol=0.001)


def test_outcomes_that_can_be_separated_keep_the_line_finite() -> None:
    log_odds = np.linspace(-3, 3, 1000)
    found = Calibration.fit(log_odds, (log_odds > 0).astype(np.int64))
    assert np.isfinite([found.slope, found.intercept]).all()
