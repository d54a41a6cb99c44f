from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from leadscore.leaks.waits import Waits, waits_of

START = datetime(2026, 1, 1)
ALL = np.ones(4, bool)


def times(*days):
    return pl.Series([None if day is None else START + timedelta(days=day) for day in days], dtype=pl.Datetime("us"))


def test_an_open_lead_is_like_the_closed_ones_that_were_open_for_longer():
    waits = Waits(closed=np.array([1.0, 2.0, 5.0, 10.0]), open=np.array([0.0, 1.5, 4.0, 20.0]))
    quick, slow = np.array([True, True, False, False]), np.array([False, False, False, True])
    assert waits.due(quick, ALL) == pytest.approx(2 / 4 + 1 / 3)
    assert waits.due(slow, ALL) == pytest.approx(1 / 4 + 1 / 3 + 1 / 2)
    assert waits.due(slow, ALL & (waits.open < 1)) == pytest.approx(1 / 4)


def test_leads_without_a_time_are_not_counted():
    waits = Waits(closed=np.array([1.0, np.nan, 5.0]), open=np.array([0.5, np.nan]))
    assert waits.due(np.array([True, True, False]), np.ones(2, bool)) == pytest.approx(1 / 2)


def test_what_is_held_by_no_closed_lead_is_not_due():
    waits = Waits(closed=np.array([1.0, 5.0]), open=np.array([0.5]))
    assert waits.due(np.zeros(2, bool), np.ones(1, bool)) == 0


def test_open_leads_wait_until_the_newest_time_there_is():
    waits = waits_of(times(0, 1, 2), times(4, 1, 9), times(8, 3, None))
    days = [[t / 86_400e6 for t in each] for each in (waits.closed, waits.open)]
    assert days[0] == [4, 0, 7]
    assert days[1][:2] == [1, 6]
    assert np.isnan(days[1][2])


def test_units_may_differ():
    created, closed = times(0, 1).cast(pl.Datetime("ms")), times(2, 3)
    assert waits_of(created, closed, times(1)).closed.tolist() == [2 * 86_400e6] * 2


@pytest.mark.parametrize(("n_unknown", "known"), [(1, True), (2, False), (10, False)])
def test_closing_times_that_more_than_a_tenth_lack_prove_nothing(n_unknown, known):
    closed = times(*[None] * n_unknown, *range(2, 12 - n_unknown))
    assert (waits_of(times(*[1] * 10), closed, times(1)) is not None) == known


def test_without_closing_times_or_open_leads_nothing_is_compared():
    assert waits_of(times(1), None, times(1)) is None
    assert waits_of(times(1), times(2), times(None)) is None
