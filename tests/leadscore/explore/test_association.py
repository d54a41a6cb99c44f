"""Links between columns, and what the correction of Cramér's V is for."""

import numpy as np
import polars as pl
import pytest
from scipy.stats.contingency import association

from leadscore.explore.association import between, folded, linked, with_outcome


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
