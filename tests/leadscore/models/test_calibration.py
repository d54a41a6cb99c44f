from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from leadscore.models.calibration import KINDS, MIN_SLOPE, Beta, Calibration, Isotonic, Kind, choose_kind, losses


def test_platt_scaling_finds_the_line_that_made_the_outcomes() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-2, 2, 200_000)
    converted = (rng.random(len(log_odds)) < expit(0.6 * log_odds - 0.5)).astype(np.int64)
    found = Calibration.fit(log_odds, converted)
    assert found.slope == pytest.approx(0.6, abs=0.02)
    assert found.intercept == pytest.approx(-0.5, abs=0.03)
    assert found.apply(log_odds).mean() == pytest.approx(converted.mean(), abs=1e-4)


def test_log_odds_that_say_the_opposite_are_calibrated_to_the_base_rate() -> None:
    log_odds = np.linspace(-3, 3, 1000)
    found = Calibration.fit(log_odds, (log_odds < -2).astype(np.int64))
    assert found.slope == MIN_SLOPE
    np.testing.assert_allclose(found.apply(log_odds), 167 / 1000, atol=0.001)


def drawn(n: int, curve: Callable[[np.ndarray], np.ndarray], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of n leads, and outcomes whose log-odds are ``curve`` of them."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-1.5, 1.5, n)
    return log_odds, (rng.random(n) < expit(curve(log_odds))).astype(np.int64)


def test_beta_calibration_finds_the_curve_that_made_the_outcomes() -> None:
    log_odds, converted = drawn(200_000, Beta(a=0.5, b=2, c=-0.3).apply)
    found = Beta.fit(log_odds, converted)
    assert (found.a, found.b, found.c) == pytest.approx((0.5, 2, -0.3), abs=0.06)


def test_beta_calibration_is_the_logistic_regression_of_its_paper() -> None:
    log_odds, converted = drawn(5000, lambda x: 0.7 * x - 0.2)
    p = expit(log_odds)
    model = LogisticRegression(C=1e9, tol=1e-8).fit(np.column_stack([np.log(p), -np.log1p(-p)]), converted)
    found = Beta.fit(log_odds, converted)
    assert (found.a, found.b) == pytest.approx(tuple(model.coef_[0]), abs=1e-3)
    assert found.c == pytest.approx(float(model.intercept_[0]), abs=1e-3)


def test_an_end_that_would_fall_is_held() -> None:
    log_odds, converted = drawn(20_000, lambda x: np.abs(x + 1.5) - 2)
    found = Beta.fit(log_odds, converted)
    assert found.a == MIN_SLOPE
    assert found.b > 0.5


def test_centered_isotonic_regression_of_a_case_worked_out_by_hand() -> None:
    """Blocks: -2 (1 of 3 with the lead that is added), 0 and 1 (2 of 4), 3 (2 of 3)."""
    log_odds = np.array([-2.0, -2, 0, 0, 1, 1, 3, 3])
    found = Isotonic.fit(log_odds, np.array([0, 0, 1, 1, 0, 0, 1, 1]))
    assert found.log_odds == (-2.0, 0.5, 3.0)
    np.testing.assert_allclose(expit(found.calibrated), [1 / 3, 1 / 2, 2 / 3])
    low, middle, high = found.calibrated
    np.testing.assert_allclose(
        found.apply(np.array([-5, -2, -0.75, 0.5, 3, 4])), [low - 3, low, (low + middle) / 2, middle, high, high + 1]
    )


def test_isotonic_calibration_finds_a_step() -> None:
    log_odds, converted = drawn(50_000, lambda x: np.where(x > -1, 0.5, -3.0))
    p = expit(Isotonic.fit(log_odds, converted).apply(np.array([-4, -2, 0, 1.0])))
    np.testing.assert_allclose(p, expit([-3, -3, 0.5, 0.5]), atol=0.05)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.floats(-3, 3), st.sampled_from(KINDS), st.integers(0, 2))
def test_no_kind_changes_the_order_of_two_leads_or_is_ever_sure(
    seed: int, strength: float, kind: Kind, decimals: int
) -> None:
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(size=100).round(decimals)
    converted = (rng.random(100) < expit(strength * log_odds)).astype(np.int64)
    converted[:2] = 0, 1
    found = Calibration.fit(log_odds, converted).bent(log_odds, converted, kind)
    calibrated = found.log_odds(np.unique(np.concatenate([log_odds, np.linspace(-30, 30, 500).round(3)])))
    assert (np.diff(calibrated) > 0).all()
    assert np.isfinite(calibrated).all()
    assert np.isfinite(losses(found.log_odds(log_odds), converted)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_outcomes_that_can_be_separated_keep_every_kind_finite(kind: Kind) -> None:
    log_odds = np.linspace(-3, 3, 1000)
    converted = (log_odds > 0).astype(np.int64)
    found = Calibration.fit(log_odds, converted).bent(log_odds, converted, kind)
    assert np.isfinite(found.log_odds(np.array([-50.0, 0, 50]))).all()
    assert losses(found.log_odds(log_odds), converted).mean() < 0.1


@pytest.mark.parametrize(
    ("curve", "kind"),
    [
        (lambda x: 0.6 * x - 0.5, "platt"),
        (Beta(a=0.4, b=2.5, c=0).apply, "beta"),
        (lambda x: 2.5 * np.tanh(2 * x + 2) - 1, "isotonic"),
    ],
    ids=["a line", "two ends", "a steep middle"],
)
def test_the_simplest_kind_that_fits_is_chosen(curve: Callable[[np.ndarray], np.ndarray], kind: Kind) -> None:
    log_odds, converted = drawn(8000, curve)
    assert choose_kind(log_odds, converted, np.arange(8000) % 5) == kind
    found = Calibration.fit(log_odds, converted).bent(log_odds, converted, kind)
    assert found.apply(log_odds).mean() == pytest.approx(converted.mean(), abs=0.006)


def test_what_bends_to_one_spell_is_no_bend() -> None:
    """In each of four spells the outcomes follow another curve: only the line holds in the next."""
    rng, fold = np.random.default_rng(3), np.repeat(np.arange(4), 2000)
    log_odds = rng.normal(-1, 1.5, 8000)
    bent = log_odds + 1.5 * np.sin(2 * log_odds + fold * np.pi / 2)
    converted = (rng.random(8000) < expit(bent)).astype(np.int64)
    assert choose_kind(log_odds, converted, fold) == "platt"


def test_few_leads_get_the_line() -> None:
    log_odds, converted = drawn(300, lambda x: np.where(x > -1, 0.0, -1.5))
    assert choose_kind(log_odds, converted, np.arange(300) % 5) == "platt"


@pytest.mark.parametrize("kind", KINDS)
def test_a_calibration_goes_through_json(kind: Kind) -> None:
    log_odds, converted = drawn(300, lambda x: x)
    found = Calibration.fit(log_odds, converted).bent(log_odds, converted, kind)
    assert Calibration.model_validate_json(found.model_dump_json()) == found
    assert found.kind == kind


def test_losses_are_scikit_learns_and_finite_where_a_probability_rounds_to_one() -> None:
    log_odds, converted = drawn(500, lambda x: x)
    assert losses(log_odds, converted).mean() == pytest.approx(log_loss(converted, expit(log_odds)))
    assert losses(np.array([800.0, -800.0]), np.array([0, 1])) == pytest.approx([800, 800])
