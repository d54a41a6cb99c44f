import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats.contingency import association

from leadscore.features.association import cramers_v, without_twins

TABLES = arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 60))


def v_of(table: np.ndarray) -> float:
    """That of two columns whose values meet as often as the ``table`` says."""
    rows, columns = (np.repeat(each.ravel(), table.ravel()) for each in np.indices(table.shape))
    return cramers_v(pl.Series(rows, dtype=pl.Int64), pl.Series(columns, dtype=pl.Int64))


def by_hand(table: np.ndarray) -> float:
    """Bergsma (2013), equations 3 to 6, from scipy's plain V."""
    n, (rows, columns) = table.sum(), table.shape
    phi2 = association(table, method="cramer") ** 2 * (min(rows, columns) - 1)
    better = max(0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    return float(np.sqrt(better / (min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1)))


def test_cramers_v_is_the_corrected_one_of_a_table_by_hand() -> None:
    """Of the table 30 10 / 10 30: chi2 20, phi2 0.25, less 1/79; of 2 - 1/79 rows and columns less one."""
    one = pl.Series(["a"] * 40 + ["b"] * 40)
    other = pl.Series(["x"] * 30 + ["y"] * 10 + ["x"] * 10 + ["y"] * 30)
    assert math.isclose(cramers_v(one, other), math.sqrt((0.25 - 1 / 79) / (1 - 1 / 79)))


@pytest.mark.parametrize("table", [[[10, 40], [30, 20]], [[12, 3, 5], [2, 20, 8]], [[5, 9, 1], [7, 7, 7], [30, 2, 4]]])
def test_it_is_bergsmas(table: list[list[int]]) -> None:
    assert v_of(np.array(table)) == pytest.approx(by_hand(np.array(table)))


def test_one_that_tells_the_other_has_one_and_strangers_have_none() -> None:
    assert v_of(np.diag([50, 30, 20])) == pytest.approx(1)
    assert v_of(np.outer([10, 20], [3, 4, 5])) == 0
    assert v_of(np.array([[7, 9]])) == 0
    assert v_of(np.zeros((0, 0), np.int64)) == 0


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_it_lies_between_none_and_all_and_knows_no_order(table: np.ndarray) -> None:
    v = v_of(table)
    assert 0 <= v <= 1 + 1e-9
    assert v_of(table.T) == pytest.approx(v)
    assert v_of(table[::-1]) == pytest.approx(v)


def test_a_column_tells_itself_wholly_and_chance_nothing() -> None:
    rng = np.random.default_rng(0)
    one, other = (pl.Series(rng.integers(0, 30, 2000).astype(str)) for _ in range(2))
    assert math.isclose(cramers_v(one, one), 1.0)
    assert cramers_v(one, other) < 0.06, "without the correction it would be 0.12"
    assert cramers_v(one, pl.Series(["same"] * 2000)) == 0.0


def test_a_missing_value_is_a_value_of_its_own() -> None:
    one = pl.Series([None, "a"] * 50)
    assert math.isclose(cramers_v(one, pl.Series(["x", "y"] * 50)), 1.0)


def test_of_two_columns_that_tell_each_other_the_later_goes() -> None:
    leads = pl.DataFrame(
        {"code": ["a", "b", "c", "d"] * 25, "name": ["A", "B", "C", "D"] * 25, "odd": ["x"] * 99 + ["y"]}
    )
    assert without_twins(leads, ("code", "name", "odd"), 0.95) == ("code", "odd")
