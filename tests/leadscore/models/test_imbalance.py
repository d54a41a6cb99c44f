import numpy as np
import pytest

from leadscore.models.imbalance import PUBLISHED, TREATMENTS, resampled
from leadscore.models.members.member import Sample

CODED = (1,)


def fold(n=2000, rate=0.08, seed=1):
    """A number with gaps among those who convert more than among the others, a code, and the row's number."""
    rng = np.random.default_rng(seed)
    converted = (rng.random(n) < rate).astype(np.int64)
    matrix = np.column_stack([rng.normal(100.0 + converted, 50.0), rng.integers(0, 9, n), np.arange(n)])
    matrix[rng.random(n) < np.where(converted, 0.4, 0.1), 0] = np.nan
    return Sample(matrix.astype(np.float32).astype(np.float64), converted)


FOLD = fold()


def one(treatment, sample=FOLD, seed=3):
    (found,) = resampled(treatment, sample, coded=CODED, seed=seed)
    return found


def test_the_simplest_treatment_is_the_first():
    assert list(TREATMENTS) == ["none", "class_weight", "undersample", "balanced_bagging", "smotenc", "nan_augment"]


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_a_treatment_is_drawn_by_its_seed_and_leaves_the_fold_as_it_was(treatment):
    before = Sample(FOLD.matrix.copy(), FOLD.converted.copy())
    first, second = (resampled(treatment, FOLD, coded=CODED, seed=3, n=2) for _ in range(2))
    for once, again in zip(first, second, strict=True):
        for one_part, other_part in zip(once, again, strict=True):
            np.testing.assert_array_equal(one_part, other_part)
    np.testing.assert_array_equal(FOLD.matrix, before.matrix)
    np.testing.assert_array_equal(FOLD.converted, before.converted)
    drawn = treatment not in ("none", "class_weight")
    assert (not np.array_equal(first[0].matrix, first[1].matrix, equal_nan=True)) == drawn


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_what_a_treatment_makes_can_be_fitted(treatment):
    for matrix, converted, weight in resampled(treatment, FOLD, coded=CODED, seed=3):
        assert len(matrix) == len(converted)
        assert weight is None or len(weight) == len(converted)
        assert set(converted) == {0, 1}
        assert np.array_equal(matrix, matrix.astype(np.float32), equal_nan=True)
        codes = matrix[:, list(CODED)]
        assert np.isin(codes, np.arange(9)).all()


def test_nothing_is_nothing():
    assert one("none") is FOLD


def test_class_weights_make_both_classes_weigh_the_same():
    weight = one("class_weight").weight
    assert weight[FOLD.converted == 1].sum() == pytest.approx(weight[FOLD.converted == 0].sum())
    assert weight.mean() == pytest.approx(1)


def test_undersampling_keeps_every_conversion_in_order_and_three_others_for_each():
    found, won = one("undersample"), FOLD.converted.sum()
    rows = found.matrix[:, 2].astype(int)
    assert (np.diff(rows) > 0).all()
    assert found.converted.sum() == won
    assert len(rows) == 4 * won
    np.testing.assert_array_equal(found.matrix, FOLD.matrix[rows])
    np.testing.assert_array_equal(found.converted, FOLD.converted[rows])


def test_each_sample_of_balanced_bagging_has_as_many_of_both_and_other_leads():
    found = resampled("balanced_bagging", FOLD, coded=CODED, seed=3)
    assert len(found) == 5
    assert all(sample.converted.mean() == 0.5 for sample in found)
    others = [frozenset(sample.matrix[sample.converted == 0, 2]) for sample in found]
    assert len(set(others)) == 5
    assert len(resampled("balanced_bagging", FOLD, coded=CODED, seed=3, n=7)) == 7


def test_made_up_conversions_follow_the_leads_and_are_like_conversions():
    found, n = one("smotenc"), len(FOLD.converted)
    np.testing.assert_array_equal(found.matrix[:n], FOLD.matrix)
    made = found.matrix[n:]
    assert found.converted[n:].all()
    assert found.converted.mean() == pytest.approx(0.25, abs=0.01)
    real = FOLD.matrix[FOLD.converted == 1]
    assert np.nanmin(real[:, 0]) <= np.nanmin(made[:, 0])
    assert np.nanmax(made[:, 0]) <= np.nanmax(real[:, 0])
    assert np.isnan(made[:, 0]).mean() == pytest.approx(np.isnan(real[:, 0]).mean(), abs=0.08)
    assert not np.isnan(made[:, 1:]).any(), "a column without gaps gets none"


def test_smote_works_without_codes_with_empty_columns_and_with_three_conversions():
    matrix = np.column_stack([np.arange(60.0), np.full(60, np.nan), np.ones(60)])
    converted = (np.arange(60) < 3).astype(np.int64)
    (found,) = resampled("smotenc", Sample(matrix, converted), coded=(), seed=1)
    assert found.converted.sum() == 19
    assert np.isnan(found.matrix[:, 1]).all()


def test_codes_alone_are_not_oversampled():
    sample = Sample(FOLD.matrix[:, [1]], FOLD.converted)
    assert resampled("smotenc", sample, coded=(0,), seed=1) == [sample]


@pytest.mark.parametrize("treatment", ["undersample", "smotenc"])
def test_what_is_balanced_enough_stays_as_it_is(treatment):
    sample = fold(rate=0.4)
    found = one(treatment, sample)
    np.testing.assert_array_equal(found.matrix, sample.matrix)


def test_copies_of_conversions_miss_a_fifth_of_their_values():
    sample = Sample(FOLD.matrix[:, 1:] + 1, FOLD.converted)
    (found,) = resampled("nan_augment", sample, coded=(0,), seed=3)
    n, won = len(sample.converted), sample.converted == 1
    copies, originals = found.matrix[n:], sample.matrix[won]
    np.testing.assert_array_equal(found.matrix[:n], sample.matrix)
    assert found.converted[n:].all()
    assert len(copies) == won.sum()
    kept = copies == originals
    assert (~kept).mean() == pytest.approx(0.2, abs=0.05)
    assert np.isnan(copies[~kept[:, 1], 1]).all(), "a number is gone"
    assert (copies[~kept[:, 0], 0] == 0).all(), "a code is that of a missing value"


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_most_may_convert(treatment):
    sample = Sample(FOLD.matrix, 1 - FOLD.converted)
    for found in resampled(treatment, sample, coded=CODED, seed=3):
        assert set(found.converted) == {0, 1}


def test_smote_then_undersampling_makes_both_classes_as_large_and_leaves_nothing_to_undersample():
    n_lost = int((FOLD.converted == 0).sum())
    (found,) = resampled("smote_undersample", FOLD, coded=(), seed=3)
    assert np.bincount(found.converted).tolist() == [n_lost, n_lost]
    lost = found.matrix[found.converted == 0]
    assert sorted(lost[:, 2]) == sorted(FOLD.matrix[FOLD.converted == 0, 2]), "each lost lead once"


def test_what_only_a_recipe_may_name_is_tried_by_no_search():
    assert set(PUBLISHED) == {"smote_undersample"}
    assert not set(PUBLISHED) & set(TREATMENTS)
