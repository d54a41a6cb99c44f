import math

import numpy as np
import polars as pl

from leadscore.features.association import cramers_v, without_twins


def test_cramers_v_is_the_corrected_one_of_a_table_by_hand() -> None:
    """Of the table 30 10 / 10 30: chi2 20, phi2 0.25, less 1/79; of 2 - 1/79 rows and columns less one."""
    one = pl.Series(["a"] * 40 + ["b"] * 40)
    other = pl.Series(["x"] * 30 + ["y"] * 10 + ["x"] * 10 + ["y"] * 30)
    assert math.isclose(cramers_v(one, other), math.sqrt((0.25 - 1 / 79) / (1 - 1 / 79)))


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
