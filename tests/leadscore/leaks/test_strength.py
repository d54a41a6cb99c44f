import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from leadscore.leaks.codes import coded
from leadscore.leaks.strength import (
    Trial,
    alone,
    auc,
    binned,
    rank_correlation,
    row_order,
    sample,
    too_good,
)

RNG = np.random.default_rng(5)
N = 4000
CONVERTED = (RNG.random(N) < 0.15).astype(np.int64)
FOLD = RNG.permutation(N) % 5


def number(name, shift, rng=RNG):
    """A normal number, `shift` standard deviations larger for the converted: AUC = Phi(shift / sqrt 2)."""
    return coded(pl.Series(name, rng.normal(size=N) + shift * CONVERTED))


WEAK = [number(f"weak{i}", 0.3) for i in range(8)]  # AUC 0.58 each, 0.7 together


def verdicts(columns):
    return {f.column: f.leak for f in too_good(columns, CONVERTED, seed=1)}


def test_auc_is_that_of_scikit_learn_with_ties():
    scores = RNG.integers(0, 5, N) + CONVERTED * 0.5
    assert auc(CONVERTED, scores) == pytest.approx(roc_auc_score(CONVERTED, scores))
    assert auc(np.ones(3, np.int64), np.arange(3.0)) == 0.5


def test_a_column_that_is_nearly_the_outcome_is_a_leak_whatever_the_others():
    assert verdicts([number("after", 2.6)]) == {"after": True}


def test_a_strong_column_far_ahead_of_many_others_is_a_leak():
    assert verdicts([*WEAK, number("duration", 1.9)]) == {"duration": True}


def test_a_strong_honest_column_among_three_weak_ones_is_told_and_kept():
    assert verdicts([*WEAK[:3], number("demo", 1.47)]) == {"demo": False}


def test_a_strong_column_beside_columns_of_noise_is_told_and_kept():
    """Noise is no knowledge of the lead that the column could be held against."""
    noise = [number(f"noise{i}", 0) for i in range(20)]
    assert verdicts([*noise, number("demo", 1.47)]) == {"demo": False}


def test_a_very_strong_column_beside_columns_of_noise_is_a_leak():
    noise = [number(f"noise{i}", 0) for i in range(20)]
    assert verdicts([*noise, number("after", 2.1)]) == {"after": True}


def test_a_strong_column_that_others_together_come_near_to_is_not_even_told():
    others = [number(f"fair{i}", 0.6) for i in range(6)]
    assert verdicts([*others, number("strong", 1.3)]) == {}


def test_two_columns_that_say_the_same_do_not_excuse_each_other():
    seconds = RNG.exponential(200, N) * (1 + 7 * CONVERTED)
    same = [coded(pl.Series("seconds", seconds)), coded(pl.Series("minutes", np.round(seconds / 60, 1)))]
    assert verdicts([*WEAK, *same]) == {"seconds": True, "minutes": True}


def test_that_a_cell_is_missing_counts_as_information():
    filled = CONVERTED == 1
    filled[:100] = ~filled[:100]
    assert verdicts([coded(pl.Series("x", np.where(filled, RNG.normal(size=N), np.nan)))]) == {"x": True}


def test_ids_of_one_lead_each_are_not_strong():
    ids = coded(pl.Series("id", [f"id {i}" for i in range(N)]))
    assert alone(ids, CONVERTED, FOLD) == pytest.approx(np.zeros(N)), "no other lead tells about it"
    assert verdicts([ids]) == {}


def test_the_score_of_a_value_is_its_smoothed_rate_in_the_other_folds():
    converted, fold = np.tile([1, 0, 0, 0], 25), np.repeat(np.arange(5), 20)
    value = coded(pl.Series("x", ["a", "b", "b", "b"] * 25))
    scores = alone(value, converted, fold)
    average, n = 0.25, 20  # 80 leads in the other folds, 20 of them with "a", all converted
    assert scores[0] == pytest.approx((n + 10 * average) / (n + 10) - average)
    assert scores[1] == pytest.approx(10 * average / (60 + 10) - average)


def test_bins_part_a_spike_from_the_rest_and_missing_from_all():
    codes = np.concatenate([np.zeros(10), np.full(500, 3), np.arange(4, 504)]).astype(np.int64)
    bins = binned(codes)
    assert (bins[:10] == 0).all()
    assert len(set(bins[10:510])) == 1
    assert bins[10] not in bins[510:]
    assert bins.max() <= 64
    assert binned(np.zeros(3, np.int64)).tolist() == [0, 0, 0]


def test_scores_of_other_columns_do_not_matter_to_a_columns_own():
    both = Trial.of([WEAK[0], WEAK[1]], CONVERTED, seed=1)
    single = Trial.of([WEAK[0]], CONVERTED, seed=1)
    assert both.scores["weak0"].tolist() == single.scores["weak0"].tolist()


def test_rank_correlation_is_spearmans():
    a = np.array([1.0, 2, 3, 4])
    assert rank_correlation(a, a**3) == pytest.approx(1)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    assert rank_correlation(a, np.ones(4)) == 0


def test_a_sample_keeps_the_rare_outcome_and_does_not_depend_on_more_than_the_seed():
    converted = (np.arange(50_000) % 50 == 0).astype(np.int64)
    rows = sample(converted, seed=1)
    assert (len(rows), converted[rows].sum()) == (20_000, 1000)
    assert (np.diff(rows) > 0).all()
    assert rows.tolist() == sample(converted, seed=1).tolist()
    assert sample(converted[:20_000], seed=1).tolist() == list(range(20_000))


def test_a_table_sorted_by_the_outcome_is_told_and_a_shuffled_one_is_not():
    found = row_order(np.sort(CONVERTED), seed=1)
    assert [(f.column, f.check, f.leak) for f in found] == [("order of the rows", "row order", False)]
    assert row_order(CONVERTED, seed=1) == []
