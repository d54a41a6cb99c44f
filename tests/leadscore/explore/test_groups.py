"""Groups of leads: counted, folded, ordered, and rated with their interval."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.explore.groups import Group, grouped

NAMES = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", None]), st.sampled_from([0, 1, None])), max_size=80)


def of(*counts: tuple[str | None, int, int, int]) -> tuple[pl.Series, pl.Series]:
    """Names and outcomes of so many leads won, lost and open each."""
    names = [name for name, *sizes in counts for _ in range(sum(sizes))]
    outcomes = [outcome for _, won, lost, still in counts for outcome in [1] * won + [0] * lost + [None] * still]
    return pl.Series(names, dtype=pl.String), pl.Series(outcomes, dtype=pl.Int8)


def test_the_rate_is_of_known_outcomes_with_wilsons_interval() -> None:
    [group] = grouped(*of(("a", 3, 7, 90))).named
    assert (group.n, group.known, group.converted, group.lost) == (100, 10, 3, 7)
    assert group.rate is not None
    assert group.rate.value == 0.3
    assert group.rate.low == pytest.approx(0.1078, abs=1e-4), "Wilson's for 3 of 10"
    assert group.rate.high == pytest.approx(0.6032, abs=1e-4)
    assert Group("b", 5, 0, 0).rate is None


def test_a_group_of_few_leads_is_never_named() -> None:
    found = grouped(*of(("many", 10, 20, 0), ("Kim Minsu", 1, 18, 0), ("Lee", 1, 1, 0), (None, 2, 3, 0)))
    assert [each.name for each in found.shown] == ["many", "2 others", "missing"]
    assert (found.n_folded, found.shown[1].n, found.shown[2].n) == (2, 21, 5)
    assert grouped(*of(("one", 1, 1, 0))).shown[0].name == "1 other"


def test_of_many_groups_the_largest_are_named() -> None:
    counts = [(f"g{i}", 20 + i, 0, 0) for i in range(20)]
    found = grouped(*of(*counts), most=3)
    assert [each.name for each in found.named] == ["g19", "g18", "g17"]
    assert found.n_folded == 17
    fewer = found.largest(2)
    assert [each.name for each in fewer.shown] == ["g19", "g18", "18 others"]
    assert fewer.total == found.total
    assert found.largest(3) is found


def test_they_come_in_the_order_that_is_given_and_ranked_by_rate() -> None:
    found = grouped(
        *of(("high", 20, 0, 0), ("low", 0, 40, 0), ("middle", 15, 15, 0), ("odd", 0, 0, 50)), ["low", "middle"]
    )
    assert [each.name for each in found.named] == ["low", "middle", "odd", "high"]
    assert [each.name for each in found.ranked().named] == ["high", "middle", "low", "odd"], "without a rate last"


@settings(max_examples=100, deadline=None)
@given(NAMES, st.integers(0, 30), st.integers(0, 3))
def test_every_lead_is_in_one_group(rows: list[tuple[str | None, int | None]], least: int, most: int) -> None:
    names = pl.Series([name for name, _ in rows], dtype=pl.String)
    outcome = pl.Series([known for _, known in rows], dtype=pl.Int8)
    total = grouped(names, outcome, least=least, most=most).total
    assert (total.n, total.known, total.converted) == (len(names), outcome.count(), outcome.sum())
