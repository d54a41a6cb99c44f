import math
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.features.numbers import NumberMap, band_names, rounded
from leadscore.schema import Kind


def learn(values, kind=Kind.NUMBER):
    return NumberMap.learn(series(values), kind, source="x", counted=False)[0]


def series(values):
    return pl.Series("x", values, dtype=pl.Float64)


def test_numbers_pass_in_the_precision_of_float32_and_missing_is_nan():
    features = learn([1.0]).transform(series([0.1, 3.0, None, math.nan, math.inf, 1e300]))[:, 0]
    assert features[:2].tolist() == [float(np.float32(0.1)), 3.0]
    assert np.isnan(features[2:5]).all()
    assert features[5] == np.float32(1e30)


def test_outliers_are_clipped_and_spikes_are_not():
    values = [3.0] * 500 + [14.0] * 400 + list(range(15, 1115)) + [1e9]
    column = learn(values)
    assert column.transform(series([1e9, 5e9, -7, 3, 14, 200]))[:, 0].tolist() == [1113, 1113, 3, 3, 14, 200]


def test_how_many_others_share_a_value_counts_where_values_repeat():
    values = [*np.repeat(np.arange(40) / 8, 12), 5.25, None]
    column, features = NumberMap.learn(series(values), Kind.NUMBER, source="x", counted=True)
    assert column.width == features.shape[1] == 2
    assert features[:480, 1].tolist() == [11.0] * 480
    assert features[480, 1] == 0, "nobody shares it, as with a value of tomorrow"
    assert np.isnan(features[481]).all()
    tomorrow = column.transform(series([0.125, 5.25, 77, None]))[:, 1]
    assert tomorrow[:3].tolist() == [12, 1, 0]
    assert np.isnan(tomorrow[3])
    assert column.transform(series([0.125]))[:, 0] == learn(values).transform(series([0.125]))[:, 0]


@pytest.mark.parametrize(
    "values",
    [[*range(30)] * 20, [*range(100)] * 9, [0, 1] * 50],
    ids=["few values", "values that hardly repeat", "two values"],
)
def test_values_that_are_few_or_hardly_repeat_are_not_counted(values):
    column, features = NumberMap.learn(series(values), Kind.NUMBER, source="x", counted=True)
    assert (column.width, features.shape[1]) == (1, 1)


def test_few_values_are_shown_themselves():
    column = learn([0, 0.25, 0.5, 0.75, 1])
    shown = column.display(series([0.75, 3, -0.0, 1 / 3, 1e20, None, math.nan]))
    assert shown.to_list() == ["0.75", "3", "0", "0.3333", "1e+20", "missing", "missing"]


def test_booleans_are_yes_and_no():
    assert learn([0, 1], Kind.BOOLEAN).display(series([1, 0, None])).to_list() == ["yes", "no", "missing"]


def test_many_values_are_shown_as_bands_that_hold_them():
    column = learn(list(range(1, 101)))
    shown = column.display(series([-5, 10, 11, 25, 26, 90, 91, 1e9, None]))
    assert column.edges == (10, 25, 50, 75, 90)
    assert shown.to_list() == [
        *("up to 10", "up to 10", "11 to 25", "11 to 25", "26 to 50", "76 to 90", "over 90", "over 90", "missing")
    ]


def test_fractions_share_the_ends_of_their_bands():
    assert band_names((0.5, 2.0), whole=False) == ("up to 0.5", "0.5 to 2", "over 2")


def test_a_band_of_one_whole_number_is_that_number():
    assert band_names((1.0, 2.0), whole=True) == ("up to 1", "2", "over 2")


def test_a_column_of_one_frequent_value_still_has_bands():
    assert learn([0] * 1000 + list(range(40))).bands == ("up to 0", "over 0")


def test_edges_are_rounded_for_people():
    assert rounded([3, 20.4, 46.2, 312.7]) == (3, 20, 46, 310)
    assert rounded([2011, 2014, 2019]) == (2011, 2014, 2019)
    assert rounded([1731849023117]) == (1.7e12,)


@given(st.sets(st.floats(-1e30, 1e30), min_size=1, max_size=6))
def test_rounding_keeps_edges_apart_and_in_order(edges):
    result = rounded(sorted(edges))
    assert len(result) == len(edges)
    assert all(low < high for low, high in pairwise(result))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.none(), min_size=1, max_size=60))
def test_any_numbers_can_be_learned_and_shown(values):
    column = learn(values)
    assert column.display(series(values)).null_count() == 0
    assert not np.isinf(column.transform(series(values))).any()


@pytest.mark.parametrize("values", [[], [None]])
def test_an_empty_column_is_fine(values):
    assert learn(values).display(series(values)).to_list() == ["missing"] * len(values)
