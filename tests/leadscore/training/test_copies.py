from datetime import datetime

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.training.copies import once

UNIQUE = [f"lead {i}" for i in range(20)]  # so that a few repeats are no coarse table


def leads(*first):
    return pl.DataFrame({"a": [*first, *UNIQUE], "b": [1.0] * (len(first) + len(UNIQUE))})


def outcomes(*first):
    return np.array([*first, *[0] * len(UNIQUE)])


def test_the_last_row_of_equal_leads_stays_whatever_its_outcome():
    found = once(leads("x", "y", "x"), outcomes(1, 0, 0), None)
    assert found.rows.tolist() == [1, 2, *range(3, 23)]
    assert (found.n_copies, found.n_conflicts, found.coarse) == (1, 1, False)


def test_the_latest_by_order_stays():
    order = np.arange(23)
    order[[0, 2]] = [50, 40]
    assert 0 in once(leads("x", "y", "x"), outcomes(1, 0, 0), order).rows
    assert 2 not in once(leads("x", "y", "x"), outcomes(1, 0, 0), order).rows


def test_a_lead_without_a_place_in_the_order_is_the_oldest():
    numbers = np.arange(23.0)
    numbers[2] = np.nan
    times = np.array([datetime(2026, 1, 1)] * 23, "datetime64[us]")
    times[2] = np.datetime64("NaT")
    for order in (numbers, times):
        assert 2 not in once(leads("x", "y", "x"), outcomes(1, 0, 0), order).rows


def test_missing_cells_are_equal_and_one_different_cell_makes_no_copy():
    twice = leads(None, None, "z").with_columns(b=pl.Series([None, None, 2.0, *[1.0] * 20]))
    assert once(twice, outcomes(0, 0, 0), None).n_copies == 1
    differ = twice.with_columns(b=pl.Series([None, 3.0, 2.0, *[1.0] * 20]))
    assert once(differ, outcomes(0, 0, 0), None).n_copies == 0


def test_sets_of_copies_with_both_outcomes_are_counted_once_each():
    found = once(leads("x", "x", "x", "y", "y"), outcomes(1, 0, 1, 0, 0), None)
    assert (found.n_copies, found.n_conflicts) == (3, 1)


def test_a_coarse_table_keeps_all_its_leads():
    coarse = pl.DataFrame({"size": ["s", "m", "l"] * 10})
    found = once(coarse, np.arange(30) % 2, None)
    assert found.rows.tolist() == list(range(30))
    assert (found.n_copies, found.n_conflicts, found.coarse) == (27, 3, True)


def test_a_fifth_of_repeats_is_not_coarse_yet():
    cells = pl.DataFrame({"a": [*range(8), 0, 1]})
    assert not once(cells, np.zeros(10, np.int64), None).coarse
    assert once(cells.with_columns(a=pl.Series([*range(7), 0, 1, 2])), np.zeros(10, np.int64), None).coarse


tables = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1)), min_size=1, max_size=60)


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_shuffled_outcomes_choose_the_same_leads(rows, random):
    cells, converted = pl.DataFrame({"a": [a for a, _ in rows]}), [label for _, label in rows]
    before = once(cells, np.array(converted), None).rows.tolist()
    random.shuffle(converted)
    assert once(cells, np.array(converted), None).rows.tolist() == before


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_with_an_order_the_order_of_rows_does_not_matter(rows, random):
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    cells, converted = pl.DataFrame({"a": [a for a, _ in rows]}), np.array([label for _, label in rows])
    order = np.arange(len(rows))
    before = once(cells, converted, order)
    after = once(cells[shuffled], converted[shuffled], order[shuffled])
    assert sorted(order[shuffled][after.rows]) == before.rows.tolist()
    assert (after.n_copies, after.n_conflicts, after.coarse) == (before.n_copies, before.n_conflicts, before.coarse)


@settings(deadline=None)
@given(tables)
def test_what_is_kept_is_ascending_and_holds_each_lead_once_unless_coarse(rows):
    cells = pl.DataFrame({"a": [a for a, _ in rows]})
    found = once(cells, np.array([label for _, label in rows]), None)
    assert (np.diff(found.rows) > 0).all()
    assert len(found.rows) == (cells.height if found.coarse else cells.n_unique())
    assert cells[found.rows].n_unique() == cells.n_unique()
