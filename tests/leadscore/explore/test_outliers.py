import math

import numpy as np
import polars as pl
import pytest

from leadscore.explore.outliers import fences, outliers


def test_the_fences_are_tukeys_outer_ones() -> None:
    assert fences(10, 20) == (-20, 50)
    assert fences(3, 3) == (-np.inf, np.inf)


def test_what_is_far_out_is_counted_with_its_outcome() -> None:
    size = pl.Series("size", [*map(float, range(1, 101)), 1000.0, -1000.0, math.inf, math.nan, None])
    outcome = pl.Series([0] * 100 + [1, 1, 1, 1, 1], dtype=pl.Int8)
    [found] = outliers([size], outcome)
    known = np.array([*range(1, 101), 1000, -1000])
    assert found.quantiles == pytest.approx(np.quantile(known, (0, 0.01, 0.25, 0.5, 0.75, 0.99, 1)))
    assert (found.far.n, found.far.converted, found.within.n, found.infinite) == (2, 2, 100, 1)


def test_numbers_of_two_values_have_none_and_the_wildest_column_comes_first() -> None:
    outcome = pl.Series([None] * 60, dtype=pl.Int8)
    flag = pl.Series("flag", [0.0, 1.0] * 30)
    tame = pl.Series("tame", [float(i) for i in range(60)])
    wild = pl.Series("wild", [float(i) for i in range(59)] + [1e6])
    assert [each.column for each in outliers([flag, tame, wild], outcome)] == ["wild", "tame"]
    assert outliers([pl.Series("empty", [None] * 60, dtype=pl.Float64)], outcome) == []
