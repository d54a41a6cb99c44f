import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix_at_thresholds, precision_recall_curve

from leadscore.models.curve import BINS, Confusion, Curve, tally

leads = st.lists(
    st.tuples(st.sampled_from([0.01, 0.1, 0.2, 0.35, 0.5, 0.75, 0.99]), st.integers(0, 1)), min_size=1, max_size=40
)


def make_leads(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 6, n)
    return probability, (rng.random(n) < probability).astype(np.int64)


@settings(deadline=None)
@given(leads)
def test_a_curve_counts_what_each_cutoff_would_have_done(leads: list[tuple[float, int]]) -> None:
    probability, converted = np.array([p for p, _ in leads]), np.array([won for _, won in leads])
    curve = Curve.of(probability, converted)
    at = curve.confusion()
    assert curve.values == tuple(sorted(set(probability.tolist())))
    for i, value in enumerate(curve.values):
        called = probability >= value
        assert at.true_positives[i] == (called & (converted == 1)).sum()
        assert at.false_positives[i] == (called & (converted == 0)).sum()
        assert at.false_negatives[i] == (~called & (converted == 1)).sum()
        assert at.true_negatives[i] == (~called & (converted == 0)).sum()


def test_weights_precision_and_recall_are_scikit_learns() -> None:
    probability, converted = make_leads(500)
    probability = probability.round(2)
    weight = np.random.default_rng(1).random(500)
    values, won, lost = tally(probability, converted, weight)
    at = Confusion.of(won, lost)
    tn, fp, fn, tp, thresholds = confusion_matrix_at_thresholds(converted, probability, sample_weight=weight)
    np.testing.assert_array_equal(values, thresholds[::-1])
    ours = (at.true_negatives, at.false_positives, at.false_negatives, at.true_positives)
    np.testing.assert_allclose(ours, [each[::-1] for each in (tn, fp, fn, tp)], atol=1e-9)
    precision, recall, _ = precision_recall_curve(converted, probability, sample_weight=weight)
    np.testing.assert_allclose(at.precision, precision[:-1])
    np.testing.assert_allclose(at.recall, recall[:-1])


def test_many_probabilities_become_bins_of_about_equal_count_that_part_no_tie() -> None:
    probability, converted = make_leads(20_000)
    probability[:500] = 0.123
    curve = Curve.of(probability, converted)
    n = np.array(curve.won) + np.array(curve.lost)
    assert 0.9 * BINS < len(n) <= BINS
    assert (curve.n, curve.values[0]) == (20_000, probability.min())
    assert set(curve.values) <= set(probability.tolist())
    assert n.max() <= 520
    assert np.sort(n)[-2] <= 21
    at, i = curve.confusion(), len(n) // 2
    assert at.called[i] == (probability >= curve.values[i]).sum()


def test_another_base_rate_changes_how_many_convert_and_not_what_they_look_like() -> None:
    curve = Curve.of(*make_leads(5000))
    was, moved = curve.confusion(), curve.confusion(0.5)
    np.testing.assert_allclose(moved.total, 5000)
    np.testing.assert_allclose(moved.true_positives[0], 2500)
    np.testing.assert_allclose(moved.recall, was.recall)
    np.testing.assert_allclose(moved.false_positive_rate, was.false_positive_rate)
    np.testing.assert_allclose(curve.confusion(curve.base_rate).precision, was.precision)


def test_bootstrap_samples_are_of_as_many_leads_and_spread_as_theory_says() -> None:
    curve = Curve.of(*make_leads(2000))
    drawn = curve.resampled(400, seed=1)
    assert drawn.called.shape == (400, len(curve.values))
    np.testing.assert_array_equal(drawn.total, 2000)
    error = np.sqrt(curve.base_rate * (1 - curve.base_rate) / 2000)
    assert drawn.precision[:, 0].std() == pytest.approx(error, rel=0.15)
    np.testing.assert_array_equal(drawn.called, curve.resampled(400, seed=1).called)


def test_leads_of_one_probability_are_a_curve_of_one_cutoff() -> None:
    curve = Curve.of(np.full(10, 0.3), np.array([1] * 4 + [0] * 6))
    assert (curve.values, curve.won, curve.lost, curve.base_rate) == ((0.3,), (4,), (6,), 0.4)
    assert curve.confusion(0.2).precision == pytest.approx([0.2])


def test_a_curve_goes_through_json() -> None:
    curve = Curve.of(*make_leads(300))
    assert Curve.model_validate_json(curve.model_dump_json()) == curve
