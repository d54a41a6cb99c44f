"""Closed leads 0 to 1999 came in on days 0 to 99; open leads on days 50 to 99."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from leadscore.leaks.codes import coded
from leadscore.leaks.still_open import after_outcome, filled_later, one_outcome_values, same_age
from leadscore.leaks.waits import Waits

START = datetime(2026, 1, 1)
RNG = np.random.default_rng(3)
DAY = np.sort(RNG.integers(0, 100, 2000))
OPEN_DAY = np.sort(RNG.integers(50, 100, 500))
CONVERTED = (RNG.random(2000) < 0.3).astype(np.int64)


def born(days):
    return pl.Series([START + timedelta(days=int(day)) for day in days], dtype=pl.Datetime("us"))


AGES = same_age(born(DAY), born(OPEN_DAY))
WAITS = Waits(closed=RNG.exponential(40, 2000), open=100.0 - OPEN_DAY)


def pair(closed, still_open):
    whole = coded(pl.Series("x", [*closed, *still_open]))
    return [whole[: len(closed)]], [whole[len(closed) :]]


def test_only_leads_of_days_on_which_both_kinds_came_in_are_compared():
    assert (AGES.closed >= 0).tolist() == (DAY >= 50).tolist()
    assert (AGES.open >= 0).all()


def test_due_is_the_number_of_open_leads_weighted_by_age():
    created, opened = np.repeat([0.0, 1.0], 100), np.repeat([0.0, 1.0], [50, 150])
    ages = same_age(pl.Series(created), pl.Series(opened))
    held = np.zeros(200, bool)
    held[:20] = held[100:150] = True  # 20% of those of day 0, 50% of those of day 1
    assert ages.due(held) == pytest.approx(0.2 * 50 + 0.5 * 150)


@pytest.mark.parametrize("n", [0, 99])
def test_with_few_open_leads_nothing_is_compared(n):
    assert same_age(born(DAY), born(OPEN_DAY[:n])) is None
    assert same_age(born(DAY), born(OPEN_DAY[:100])) is not None


def test_open_leads_of_another_time_are_not_compared():
    assert same_age(born(DAY), born(OPEN_DAY + 200)) is None
    assert same_age(born(DAY), pl.Series([None] * 500, dtype=pl.Datetime("us"))) is None


def test_a_status_that_closing_writes_is_found():
    closed = np.where(CONVERTED == 1, "won", "lost")
    found = after_outcome(*pair(closed, RNG.choice(["new", "called"], 500)), CONVERTED, AGES, WAITS)
    assert [(f.column, f.check, f.leak) for f in found] == [("x", "only after the outcome", True)]
    assert found[0].figure.startswith("1 of its values, held by 100% of the converted leads, would be expected in ")
    assert found[0].figure.endswith(" open leads of the same age and are in 0.")


def test_a_stage_that_only_some_of_the_lost_reach_is_found():
    disqualified = (CONVERTED == 0) & (RNG.random(2000) < 0.4)
    closed = np.where(disqualified, "disqualified", RNG.choice(["new", "called"], 2000))
    found = after_outcome(*pair(closed, RNG.choice(["new", "called"], 500)), CONVERTED, AGES, WAITS)
    assert "of the lost leads" in found[0].figure


def test_a_value_that_closed_leads_of_both_outcomes_hold_is_no_leak():
    """It may still be filled in later, which is told otherwise."""
    closed = RNG.choice(["archived", "active"], 2000)
    assert after_outcome(*pair(closed, ["active"] * 500), CONVERTED, AGES, WAITS) == []


def test_a_converting_value_that_open_leads_hold_as_well_is_honest():
    closed = np.where(CONVERTED == 1, "demo", "newsletter")
    assert after_outcome(*pair(closed, RNG.choice(["demo", "newsletter"], 500)), CONVERTED, AGES, WAITS) == []


def test_campaigns_that_come_and_go_are_honest_however_well_they_convert():
    """The campaign of days 0 to 49 converted always; it is over, so no open lead has it."""
    old = DAY < 50
    converted = np.where(old, 1, CONVERTED)
    campaigns = np.where(old, "spring", "summer")
    found = after_outcome(*pair(campaigns, ["summer"] * 500), converted, AGES, WAITS)
    later = filled_later(*pair(np.where(old, "spring", None), [None] * 500), AGES)
    assert found == []
    assert later == []


QUICK = RNG.random(2000) < 0.25  # "support": lost within hours
LOST = np.where(QUICK, 0, CONVERTED)
KIND = np.where(QUICK, "support", "sales")
SLOW_DAYS = RNG.exponential(40, 2000)


def test_leads_that_are_lost_within_hours_are_in_no_open_lead_and_are_told_only():
    waits = Waits(closed=np.where(QUICK, 0.3, SLOW_DAYS), open=WAITS.open)
    found = after_outcome(*pair(KIND, ["sales"] * 500), LOST, AGES, waits)
    assert [(f.check, f.leak, f.useless) for f in found] == [("only after the outcome", False, False)]
    assert found[0].figure.endswith(
        "Leads that close fast would look the same. If it is known only after the outcome, name it in [leads] exclude."
    )


def test_the_same_value_of_leads_that_close_no_faster_is_a_leak():
    found = after_outcome(*pair(KIND, ["sales"] * 500), LOST, AGES, Waits(closed=SLOW_DAYS, open=WAITS.open))
    assert [f.leak for f in found] == [True]


def test_a_status_of_leads_that_convert_three_times_as_fast_is_a_leak_still():
    waits = Waits(closed=np.where(CONVERTED == 1, SLOW_DAYS / 3, SLOW_DAYS), open=WAITS.open)
    closed = np.where(CONVERTED == 1, "won", "sent")
    assert [f.leak for f in after_outcome(*pair(closed, ["sent"] * 500), CONVERTED, AGES, waits)] == [True]


def test_without_closing_times_a_value_that_only_closed_leads_hold_is_told_only():
    found = after_outcome(*pair(KIND, ["sales"] * 500), LOST, AGES, None)
    assert [f.leak for f in found] == [False]


def test_a_leak_among_the_lost_is_found_behind_a_quick_value_of_the_converted():
    closed = np.where(CONVERTED == 1, "express", np.where(RNG.random(2000) < 0.5, "closed", "sent"))
    waits = Waits(closed=np.where(CONVERTED == 1, 0.1, SLOW_DAYS), open=WAITS.open)
    found = after_outcome(*pair(closed, ["sent"] * 500), CONVERTED, AGES, waits)
    assert [(f.leak, "of the lost leads" in f.figure) for f in found] == [(True, True)]


def test_values_of_one_outcome_need_ten_leads_and_next_to_no_other():
    codes = np.repeat([0, 1, 2, 3], [400, 300, 200, 100])
    converted = np.repeat([1, 0, 1, 1], [400, 300, 200, 100])
    converted[[650, 651, 950]] = 0  # 2 of 150 slip for code 2; 1 of 100 for code 3
    assert dict(one_outcome_values(codes, converted)) == {1: [2, 3], 0: [1]}, "missing is no value"
    assert dict(one_outcome_values(codes[395:405], converted[395:405]))[0] == []


def test_an_owner_assigned_after_qualification_is_told_and_no_leak():
    closed = ["anna"] * 2000
    still_open = ["anna"] * 200 + [None] * 300
    found = filled_later(*pair(closed, still_open), AGES)
    assert [(f.check, f.leak, f.useless) for f in found] == [("filled in later", False, False)]
    assert found[0].figure == "filled in for 100% of the closed and 40% of the open leads of the same age."


def test_a_column_as_often_filled_in_open_leads_is_not_told():
    closed = np.where(RNG.random(2000) < 0.5, "x", None)
    still_open = np.where(RNG.random(500) < 0.5, "x", None)
    assert filled_later(*pair(closed, still_open), AGES) == []


def test_a_form_that_new_leads_no_longer_fill_in_is_not_told():
    """Closed leads of the same age leave it empty, too."""
    closed = np.where(DAY < 50, "x", None)
    assert filled_later(*pair(closed, [None] * 500), AGES) == []
