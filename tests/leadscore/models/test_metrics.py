import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from leadscore.models.curve import Labels
from leadscore.models.metrics import (
    Measures,
    Probability,
    calibration_error,
    conversion_by_grade,
    gains,
    measure,
    paired,
    point_measures,
    reliability,
    wilson,
)


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


def test_the_point_measures_are_scikit_learns_with_weights_and_without() -> None:
    converted, probability = make_scores(n=700)
    drawn = np.random.default_rng(1).integers(0, 4, 700).astype(np.float64)
    for weight in (None, drawn, np.random.default_rng(2).random(700)):
        found = point_measures(converted, probability, 0.3, weight)
        called = probability >= 0.3
        told = {"sample_weight": weight}
        precision, recall, f1, _ = precision_recall_fscore_support(converted, called, average="binary", **told)
        assert (found["precision"], found["recall"], found["f1"]) == pytest.approx((precision, recall, f1))
        assert found["base_rate"] == pytest.approx(np.average(converted, weights=weight))
        assert found["roc_auc"] == pytest.approx(roc_auc_score(converted, probability, **told))
        assert found["average_precision"] == pytest.approx(average_precision_score(converted, probability, **told))
        assert found["log_loss"] == pytest.approx(log_loss(converted, probability, **told))
        assert found["brier_score"] == pytest.approx(brier_score_loss(converted, probability, **told))


def test_a_cutoff_that_nothing_reaches_has_neither_precision_nor_recall() -> None:
    found = point_measures(*make_scores(), cutoff=1.1)
    assert (found["precision"], found["recall"], found["f1"]) == (0, 0, 0)


def test_a_sure_miss_costs_what_it_costs_in_scikit_learn() -> None:
    converted, probability = np.array([0, 1, 1]), np.array([1.0, 0.5, 1.0])
    assert point_measures(converted, probability, 0.5)["log_loss"] == pytest.approx(log_loss(converted, probability))


def test_a_weight_of_two_is_a_lead_twice_and_of_none_is_no_lead() -> None:
    converted, probability = make_scores(n=600)
    weight = np.repeat([2.0, 1.0, 0.0], 200)
    rows = np.repeat(np.arange(600), weight.astype(np.int64))
    found = measure(converted, probability, 0.3, seed=1, weight=weight)
    plain = point_measures(converted[rows], probability[rows], 0.3)
    assert (found.n, found.conversions) == (400, converted[:400].sum())
    for name in set(plain) - {"calibration_error"}:
        assert getattr(found, name).value == pytest.approx(plain[name]), name
    assert measure(converted, probability, 0.3, seed=1, weight=np.ones(600)) == measure(
        converted, probability, 0.3, seed=1
    )


def test_gain_and_lift_of_a_case_worked_out_by_hand() -> None:
    """100 leads, 10 conversions: 5 of them first, the others last."""
    converted = np.array([1] * 5 + [0] * 90 + [1] * 5)
    found = gains(converted, np.linspace(0.9, 0.1, 100), seed=1)
    assert [each.share for each in found] == [0.01, 0.05, 0.1, 0.2]
    assert [each.gain.value for each in found] == pytest.approx([0.1, 0.5, 0.5, 0.5])
    assert [each.lift.value for each in found] == pytest.approx([10, 10, 5, 2.5])
    assert all(each.gain.low <= each.gain.value <= each.gain.high for each in found)
    assert [each.lift.high for each in found] == pytest.approx([each.gain.high / each.share for each in found])


def test_leads_of_one_probability_gain_nothing() -> None:
    found = gains(np.array([1, 0, 0, 0] * 50), np.full(200, 0.25), seed=1)
    assert [each.lift.value for each in found] == pytest.approx([1] * 4)


def test_gains_count_weights() -> None:
    converted, probability = make_scores(n=300)
    probability = np.random.default_rng(3).permutation(300) / 300  # no ties: twice the lead is two in a row
    rows = np.repeat(np.arange(300), 2)
    weighted = gains(converted, probability, seed=1, weight=np.full(300, 2.0))
    assert [each.gain.value for each in weighted] == pytest.approx(
        [each.gain.value for each in gains(converted[rows], probability[rows], seed=1)]
    )


def test_reliability_tells_what_became_of_leads_of_like_probability() -> None:
    probability = np.repeat([0.1, 0.2, 0.4], [500, 300, 200])
    converted = np.concatenate([np.arange(500) < 50, np.arange(300) < 90, np.arange(200) < 80]).astype(np.int64)
    found = reliability(converted, probability)
    assert [each.n for each in found] == [500, 300, 200]
    assert [each.predicted for each in found] == pytest.approx([0.1, 0.2, 0.4])
    assert [each.observed for each in found] == pytest.approx([0.1, 0.3, 0.4])


def test_the_gaps_of_the_reliability_curve_are_the_calibration_error() -> None:
    converted, probability = make_scores()
    probability = probability**1.3
    found = reliability(converted, probability)
    assert len(found) == 10
    gaps = sum(each.n * abs(each.predicted - each.observed) for each in found) / len(converted)
    assert gaps == pytest.approx(calibration_error(converted, probability))


def test_conversion_by_grade_has_wilsons_interval() -> None:
    """Wilson's interval for 1 of 10: Brown, Cai and DasGupta, Statistical Science 16, 2001, formula (4)."""
    found = conversion_by_grade(np.array([1] + [0] * 9 + [1, 1]), np.array(["B"] * 10 + ["A"] * 2))
    assert [(each.grade, each.n, each.conversions) for each in found] == [("A", 2, 2), ("B", 10, 1)]
    assert (found[1].rate.value, found[0].rate.value, found[0].rate.high) == (0.1, 1, 1)
    assert (found[1].rate.low, found[1].rate.high) == pytest.approx((0.0179, 0.4042), abs=1e-4)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_is_that_of_scipy(counts: tuple[int, int]) -> None:
    found, theirs = wilson(*counts), binomtest(*counts).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_paired_differences_are_surer_than_the_figures_they_are_of() -> None:
    converted, probability = make_scores()
    better, worse = probability, np.clip(probability * np.random.default_rng(1).lognormal(0, 0.3, 2000), 0.001, 0.999)

    def figures(y: Labels, p: Probability) -> dict[str, float]:
        return point_measures(y, p, 0.3)

    found = paired(figures, converted, worse, better, seed=1)
    for name, difference in found.items():
        assert difference.value == pytest.approx(figures(converted, better)[name] - figures(converted, worse)[name])
    assert found["log_loss"].high < 0
    alone = measure(converted, better, 0.3, seed=1)
    assert found["log_loss"].high - found["log_loss"].low < (alone.log_loss.high - alone.log_loss.low) / 2
    assert (found["base_rate"].low, found["base_rate"].high) == (0, 0)
