import math

import polars as pl

from leadscore.explore.missing import missing


def test_gaps_are_counted_and_held_against_the_outcome() -> None:
    outcome = pl.Series([1] * 50 + [0] * 50 + [None] * 10, dtype=pl.Int8)
    told = pl.Series("told", ["x"] * 50 + [None] * 50 + ["x"] * 10)
    full = pl.Series("full", list(range(110)))
    number = pl.Series("number", [math.nan] * 5 + [1.0] * 105)
    found = missing([full, number, told], outcome)
    assert [each.column for each in found] == ["told", "number", "full"]
    assert (found[0].share, found[0].empty.n, found[0].empty.converted, found[0].filled.known) == (50 / 110, 50, 0, 50)
    assert found[0].tells
    assert found[1].empty.n == 5, "NaN is missing"
    assert not found[1].tells, "five are too few to say"
    assert (found[2].share, found[2].empty.rate) == (0, None)
    assert not found[2].tells


def test_no_leads_have_no_gaps() -> None:
    [found] = missing([pl.Series("x", [], dtype=pl.String)], pl.Series([], dtype=pl.Int8))
    assert found.share == 0
