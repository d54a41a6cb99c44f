import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leadscore.features.inputs import Inputs
from leadscore.models.folds import FIRST_ORIGIN, MIN_CONVERSIONS, learn_fold, rolling

N = 1200
ALL = np.arange(N)


def half_converts(n: int = N) -> np.ndarray:
    return np.arange(n) % 2


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.sampled_from([5, 40, 300, 5000]), st.booleans())
def test_what_a_fold_in_time_is_trained_on_came_before_what_it_is_judged_on(
    seed: int, k: int, moments: int, gaps: bool
) -> None:
    rng = np.random.default_rng(seed)
    order = rng.integers(0, moments, N).astype(float)
    order[rng.random(N) < 0.1 * gaps] = np.nan
    found = rolling(order, rng.permutation(half_converts()), k)
    assume(found is not None)
    place = np.nan_to_num(order, nan=-1.0)
    judged = np.concatenate([outer for _, outer in found])
    assert len(found) == k
    assert len(np.unique(judged)) == len(judged), "each lead once"
    assert set(judged) == set(np.flatnonzero(place > place[found[0][0]].max())), "and all after the first moment"
    for inner, outer in found:
        assert place[inner].max() < place[outer].min(), "no tie is cut"
        assert set(inner) == set(np.flatnonzero(place < place[outer].min())), "with all that was known then"


def test_the_later_half_is_parted_evenly() -> None:
    mixed = np.random.default_rng(0).permutation(N)
    found = rolling(mixed, half_converts(), 4)
    assert found is not None
    assert [len(outer) for _, outer in found] == pytest.approx([N * (1 - FIRST_ORIGIN) / 4] * 4, abs=1)
    assert mixed[np.concatenate([outer for _, outer in found])].min() == pytest.approx(N // 2, abs=1)


def test_leads_without_a_time_are_the_oldest() -> None:
    order = np.where(ALL < 100, np.nan, -ALL.astype(float))
    found = rolling(order, half_converts(), 3)
    assert found is not None
    assert all(set(range(100)) <= set(inner) for inner, _ in found)
    texts = np.array([None if i < 100 else f"{i:05}" for i in ALL], object)
    assert all(set(range(100)) <= set(inner) for inner, _ in rolling(texts, half_converts(), 3) or [])


@pytest.mark.parametrize(("later", "in_time"), [(MIN_CONVERSIONS, True), (MIN_CONVERSIONS - 1, False)])
def test_so_many_conversions_must_come_later(later: int, in_time: bool) -> None:
    converted = np.zeros(N, np.int64)
    converted[np.linspace(N // 2 + 3, N - 3, later).astype(int)] = 1
    converted[:50] = 1
    assert (rolling(ALL, converted, 3) is not None) == in_time


def test_every_fold_needs_both_outcomes() -> None:
    converted = half_converts()
    converted[850:1000] = 0
    assert rolling(ALL, converted, 6) is None
    assert rolling(ALL, converted, 2) is not None
    assert rolling(np.zeros(N), half_converts(), 3) is None, "all came in at once"


def test_the_outcomes_of_unseen_leads_change_none_of_a_fold_s_features(make_known, inputs: Inputs) -> None:
    known = make_known(600)
    pair = (np.arange(400), np.arange(400, 600))
    fold = learn_fold(known.leads, known.converted, inputs.columns, pair, seed=1)
    flipped = np.where(np.arange(600) < 400, known.converted, 1 - known.converted)
    again = learn_fold(known.leads, flipped, inputs.columns, pair, seed=1)
    np.testing.assert_array_equal(again.sample.matrix, fold.sample.matrix)
    np.testing.assert_array_equal(again.unseen, fold.unseen)
    np.testing.assert_array_equal(fold.sample.converted, known.converted[:400])
    np.testing.assert_array_equal(fold.converted, known.converted[400:])
    np.testing.assert_array_equal(again.converted, 1 - fold.converted)


def test_unseen_leads_change_nothing_of_what_a_fold_is_trained_on(make_known, inputs: Inputs) -> None:
    known, other = make_known(600), make_known(600, seed=9)
    pair = (np.arange(400), np.arange(400, 600))
    fold = learn_fold(known.leads, known.converted, inputs.columns, pair, seed=1)
    mixed = pl.concat([known.leads[:400], other.leads[400:]])
    again = learn_fold(mixed, known.converted, inputs.columns, pair, seed=1)
    np.testing.assert_array_equal(again.sample.matrix, fold.sample.matrix)
    assert (again.unseen != fold.unseen).any()


def test_a_fold_without_a_source_is_the_fold_that_never_had_it(make_known, inputs: Inputs) -> None:
    known = make_known(600)
    pair = (np.arange(400), np.arange(400, 600))
    fold = learn_fold(known.leads, known.converted, inputs.columns, pair, seed=1)
    for source in ("size", "asked", "country"):
        rest = [each for each in inputs.columns if each.source != source]
        expected = learn_fold(known.leads, known.converted, rest, pair, seed=1)
        found = fold.without([source])
        assert (found.sources, found.coded) == (expected.sources, expected.coded)
        np.testing.assert_array_equal(found.sample.matrix, expected.sample.matrix)
        np.testing.assert_array_equal(found.unseen, expected.unseen)
