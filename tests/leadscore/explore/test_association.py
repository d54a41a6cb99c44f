"""Cramér's V against hand-made tables, and what the correction is for."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats.contingency import association

from leadscore.explore.association import between, cramers_v, folded, linked, with_outcome

TABLES = arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(0, 60))


def by_hand(table: np.ndarray) -> float:
    """Bergsma (2013), equations 3 to 6, from scipy's plain V."""
    n, (rows, columns) = table.sum(), table.shape
    phi2 = association(table, method="cramer") ** 2 * (min(rows, columns) - 1)
    better = max(0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    return float(np.sqrt(better / (min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1)))


@pytest.mark.parametrize("table", [[[10, 40], [30, 20]], [[12, 3, 5], [2, 20, 8]], [[5, 9, 1], [7, 7, 7], [30, 2, 4]]])
def test_it_is_bergsmas(table: list[list[int]]) -> None:
    assert cramers_v(np.array(table)) == pytest.approx(by_hand(np.array(table)))


def test_a_worked_table() -> None:
    """Chi-squared 50/3 of 100 leads: phi squared 1/6 less 1/99, by 2 - 1/99 - 1."""
    assert cramers_v(np.array([[10, 40], [30, 20]])) == pytest.approx(np.sqrt((1 / 6 - 1 / 99) / (1 - 1 / 99)))


def test_one_that_tells_the_other_has_one_and_strangers_have_none() -> None:
    assert cramers_v(np.diag([50, 30, 20])) == pytest.approx(1)
    assert cramers_v(np.outer([10, 20], [3, 4, 5])) == 0
    assert cramers_v(np.array([[7, 9]])) == 0
    assert cramers_v(np.zeros((0, 0), np.int64)) == 0


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_it_lies_between_none_and_all_and_knows_no_order(table: np.ndarray) -> None:
    v = cramers_v(table)
    assert 0 <= v <= 1 + 1e-9
    assert cramers_v(table.T) == pytest.approx(v)
    assert cramers_v(table[::-1]) == pytest.approx(v)


def test_a_thousand_strange_values_tell_nothing_where_the_plain_v_says_much() -> None:
    rng = np.random.default_rng(0)
    values = pl.Series("seller", rng.integers(0, 800, 8000)).cast(pl.String)
    outcome = pl.Series(rng.integers(0, 2, 8000))
    corrected = with_outcome({"seller": values}, outcome)["seller"]
    table = pl.DataFrame({"v": values, "o": outcome}).pivot("o", index="v", values="o", aggregate_function="len")
    assert association(table.fill_null(0).drop("v").to_numpy(), method="cramer") > 0.25
    assert corrected.v < 0.1
    assert corrected.first == "seller"


def test_leads_that_say_only_one_of_both_do_not_count() -> None:
    first = pl.Series("a", ["x", "x", "y", "y", None, "x"])
    second = pl.Series("b", ["1", "1", "2", "2", "1", None])
    link = linked(first, second)
    assert (link.first, link.second, link.n) == ("a", "b", 4)
    assert link.v == pytest.approx(1)
    assert linked(first.clear(), second.clear()).v == 0


def test_pairs_come_strongest_first() -> None:
    rng = np.random.default_rng(0)
    one = pl.Series("one", rng.choice(["a", "b"], 200))
    links = between([one, pl.Series("noise", rng.choice(["p", "q"], 200)), one.alias("same")])
    assert links[0][:2] == ("one", "same")
    assert len(links) == 3


def test_rare_values_count_as_one() -> None:
    names = pl.Series("n", ["a"] * 5 + ["b"] * 2 + ["c"] + [None])
    assert folded(names, 2).n_unique() == 4
    assert folded(names, 3).n_unique() == 3
    assert folded(names, 1, most=1).drop_nulls().n_unique() == 2
