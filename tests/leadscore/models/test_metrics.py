import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)

from leadscore.models.metrics import Floats, Labels, Measures, bin_starts, draws, measure, ranking, tie_ends


def make_scores(n: int = 2000, seed: int = 0) -> tuple[Labels, Floats]:
    """Calibrated probabilities, with ties, and outcomes drawn from them."""
    rng = np.random.default_rng(seed)
    probability = np.round(rng.beta(1, 6, n), 3).clip(0.001, 0.999)
    return (rng.random(n) < probability).astype(np.int64), probability


def test_figures_are_scikit_learns() -> None:
    converted, probability = make_scores()
    found = measure(converted, probability, 0.3, seed=1)
    will = probability >= 0.3
    assert (found.n, found.conversions) == (2000, converted.sum())
    assert found.base_rate.value == converted.mean()
    assert found.precision.value == precision_score(converted, will)
    assert found.recall.value == recall_score(converted, will)
    assert found.f1.value == f1_score(converted, will)
    assert found.roc_auc.value == pytest.approx(roc_auc_score(converted, probability), abs=1e-12)
    assert found.average_precision.value == pytest.approx(average_precision_score(converted, probability), abs=1e-12)
    assert found.log_loss.value == pytest.approx(log_loss(converted, probability), abs=1e-12)
    assert found.brier_score.value == pytest.approx(brier_score_loss(converted, probability), abs=1e-12)


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


def test_measures_do_not_depend_on_the_order_of_the_leads() -> None:
    converted, probability = make_scores()
    turned = np.random.default_rng(1).permutation(len(converted))
    assert measure(converted[turned], probability[turned], 0.3, seed=1) == measure(converted, probability, 0.3, seed=1)


@pytest.mark.parametrize("seed", range(3))
def test_a_draw_weighs_leads_as_scikit_learn_does(seed: int) -> None:
    converted, probability = make_scores(seed=seed)
    weight = next(draws(converted, seed))
    assert weight.sum() == len(converted)
    rank = np.argsort(-probability)
    roc_auc, average_precision = ranking(converted[rank], tie_ends(probability[rank]), weight[rank])
    assert roc_auc == pytest.approx(roc_auc_score(converted, probability, sample_weight=weight), abs=1e-12)
    expected = average_precision_score(converted, probability, sample_weight=weight)
    assert average_precision == pytest.approx(expected, abs=1e-12)


def test_calibration_error_of_known_cases() -> None:
    def error(converted: list[int], probability: list[float]) -> float:
        return measure(np.array(converted), np.array(probability), 0.5, seed=1).calibration_error.value

    assert error([0, 0, 0, 0, 1] * 80, [0.2] * 400) == pytest.approx(0.0)
    assert error([0, 0, 0, 0, 1] * 80, [0.3] * 400) == pytest.approx(0.1)
    assert error([0] * 200 + [1] * 200, [0.1] * 200 + [0.7] * 200) == pytest.approx(0.2)
    assert error([1] * 50 + [0] * 50, [0.5 + i / 1000 for i in range(100)]) == pytest.approx(0.525)


def test_calibration_bins_have_about_equal_counts_and_cut_no_tie() -> None:
    ranked = np.sort(np.random.default_rng(0).integers(0, 40, 1000))
    starts = bin_starts(tie_ends(ranked))
    assert len(starts) == 10
    assert all(ranked[start] != ranked[start - 1] for start in starts[1:])
    assert np.diff(starts, append=1000).min() > 60


def test_one_class_draws_are_repeated() -> None:
    converted = np.array([1, 1] + [0] * 98)
    found = measure(converted, np.linspace(1, 0, 100), 0.99, seed=1)
    assert found.roc_auc.value == 1.0
    assert found.roc_auc.low == pytest.approx(1.0)


def test_measures_go_through_json() -> None:
    found = measure(*make_scores(n=200), 0.3, seed=1)
    assert Measures.model_validate_json(found.model_dump_json()) == found
