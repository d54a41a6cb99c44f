import numpy as np
import pytest

from leadscore.models.metrics import Labels, Measures, Probability, calibration_error, measure


def make_scores(n: int = 2000, seed: int = 0) -> tuple[Labels, Probability]:
    """Calibrated probabilities, with ties, and outcomes drawn from them."""
    rng = np.random.default_rng(seed)
    probability = np.round(rng.beta(1, 6, n), 3).clip(0.001, 0.999)
    return (rng.random(n) < probability).astype(np.int64), probability


def test_figures_of_a_case_worked_out_by_hand() -> None:
    converted = np.array([1, 0, 1, 0, 0, 0] * 50)
    found = measure(converted, np.array([0.9, 0.8, 0.4, 0.3, 0.2, 0.1] * 50), 0.5, seed=1)
    assert (found.n, found.conversions, found.base_rate.value) == (300, 100, pytest.approx(1 / 3))
    assert (found.precision.value, found.recall.value, found.f1.value) == (0.5, 0.5, 0.5)
    assert found.roc_auc.value == pytest.approx(7 / 8)
    assert found.average_precision.value == pytest.approx((1 + 2 / 3) / 2)
    assert found.log_loss.value == pytest.approx(-np.log([0.9, 0.2, 0.4, 0.7, 0.8, 0.9]).mean())
    assert found.brier_score.value == pytest.approx(np.square([0.1, 0.8, 0.6, 0.3, 0.2, 0.1]).mean())


def test_the_interval_of_the_base_rate_is_the_one_of_theory() -> None:
    converted, probability = make_scores(n=5000)
    found = measure(converted, probability, 0.3, seed=1).base_rate
    error = 1.96 * np.sqrt(converted.mean() * (1 - converted.mean()) / 5000)
    assert found.low == pytest.approx(found.value - error, abs=0.2 * error)
    assert found.high == pytest.approx(found.value + error, abs=0.2 * error)


def test_intervals_hold_their_figure_and_repeat_with_the_seed() -> None:
    converted, probability = make_scores()
    found = measure(converted, probability, 0.3, seed=1)
    for name in set(Measures.model_fields) - {"n", "conversions", "calibration_error"}:
        estimate = getattr(found, name)
        assert estimate.low < estimate.value < estimate.high, name
    assert measure(converted, probability, 0.3, seed=1) == found
    assert measure(converted, probability, 0.3, seed=2) != found


def test_calibration_error_of_known_cases() -> None:
    def error(converted: list[int], probability: list[float]) -> float:
        return measure(np.array(converted), np.array(probability), 0.5, seed=1).calibration_error.value

    assert error([0, 0, 0, 0, 1] * 80, [0.2] * 400) == pytest.approx(0.0)
    assert error([0, 0, 0, 0, 1] * 80, [0.3] * 400) == pytest.approx(0.1)
    assert error([0] * 200 + [1] * 200, [0.1] * 200 + [0.7] * 200) == pytest.approx(0.2)
    assert error([1] * 50 + [0] * 50, [0.5 + i / 1000 for i in range(100)]) == pytest.approx(0.525, abs=0.02)


def test_a_tie_is_one_bin_so_the_order_of_the_leads_does_not_matter() -> None:
    converted, probability = make_scores()
    turned = np.random.default_rng(1).permutation(len(converted))
    there = calibration_error(converted[turned], probability[turned])
    assert there == pytest.approx(calibration_error(converted, probability), abs=1e-12)
    assert calibration_error(np.array([0] * 60 + [1] * 40), np.full(100, 0.4)) == pytest.approx(0.0)


def test_one_class_draws_are_repeated() -> None:
    converted = np.array([1, 1] + [0] * 98)
    found = measure(converted, np.linspace(1, 0, 100), 0.99, seed=1)
    assert found.roc_auc.value == 1.0
    assert found.roc_auc.low == pytest.approx(1.0)


def test_measures_go_through_json() -> None:
    found = measure(*make_scores(n=200), 0.3, seed=1)
    assert Measures.model_validate_json(found.model_dump_json()) == found
