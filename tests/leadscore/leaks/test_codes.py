import math

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.leaks.codes import coded


def test_numbers_are_ranked_and_missing_is_zero():
    column = coded(pl.Series("x", [2.5, None, -1.0, math.nan, 2.5]))
    assert column.codes.tolist() == [2, 0, 1, 0, 2]
    assert column.filled.tolist() == [True, False, True, False, True]
    assert column.n_values == 2


def test_spellings_of_a_text_are_one_value_and_a_person_is_missing():
    column = coded(pl.Series("x", ["End_User", "end user ", "Dealer", "a@b.example", None]))
    assert column.codes.tolist() == [2, 2, 1, 0, 0]


def test_a_column_of_nothing_has_no_values():
    column = coded(pl.Series("x", [None, None], dtype=pl.String))
    assert (column.codes.tolist(), column.n_values, column.usual) == ([0, 0], 0, 0)


def test_keys_are_alike_in_two_columns_where_the_cells_are():
    first = coded(pl.Series("a", ["x", "Y", None, "z"]))
    second = coded(pl.Series("b", ["q", "y", None, "Z"]))
    assert (first.keys == second.keys).tolist() == [False, True, True, True]


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(-3, 3).map(float), min_size=1, max_size=20))
def test_equal_cells_have_equal_codes_and_a_larger_one_a_larger_code(cells: list[float | None]):
    codes = coded(pl.Series("x", cells, dtype=pl.Float64)).codes.tolist()
    for a, cell_a in zip(codes, cells, strict=True):
        for b, cell_b in zip(codes, cells, strict=True):
            if cell_a is not None and cell_b is not None:
                assert (a < b) == (cell_a < cell_b)
            assert (a == b) == (cell_a == cell_b)


def test_a_slice_of_a_column_is_the_column_of_a_slice():
    whole = coded(pl.Series("x", ["a", "b", "c"]))
    assert whole[1:].codes.tolist() == [2, 3]
    assert whole[1:].name == "x"
