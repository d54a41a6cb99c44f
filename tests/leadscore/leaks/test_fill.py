import numpy as np
import polars as pl
import pytest

from leadscore.leaks.codes import coded
from leadscore.leaks.fill import belongs, filled_for_one

N = 1000
CONVERTED = (np.arange(N) < 100).astype(np.int64)  # the first tenth


def filled(where, value=5.0):
    return coded(pl.Series("x", np.where(where, value, np.nan)))


def checks(column, converted=CONVERTED):
    return [(finding.check, finding.leak) for finding in filled_for_one([column], converted)]


def test_a_field_filled_for_ten_of_the_converted_and_nobody_else_is_a_leak():
    found = filled_for_one([filled(np.arange(N) < 10)], CONVERTED)
    assert [(f.column, f.check, f.leak) for f in found] == [("x", "filled only for converted", True)]
    assert found[0].figure == "10 leads have it filled in, 10 of them converted; of all leads 10.0% are."


def test_nine_are_too_few():
    assert checks(filled(np.arange(N) < 9)) == []


def test_one_slip_in_a_hundred_does_not_hide_a_leak_and_two_do():
    slip = (np.arange(N) < 99) | (np.arange(N) == 500)
    assert checks(filled(slip)) == [("filled only for converted", True)]
    assert checks(filled(slip | (np.arange(N) == 501))) == []


def test_a_default_in_place_of_missing_does_not_hide_a_leak():
    revenue = coded(pl.Series("x", np.where(np.arange(N) < 40, 100.0 + np.arange(N), 0.0)))
    found = filled_for_one([revenue], CONVERTED)
    assert (
        found[0].figure == "40 leads hold another than the usual value, 40 of them converted; of all leads 10.0% are."
    )


def test_a_reason_filled_for_most_of_the_lost_is_a_leak():
    assert checks(filled(np.arange(N) >= 400)) == [("filled only for lost", True)]


def test_a_field_filled_for_some_of_the_lost_is_none_as_most_leads_are_lost_anyway():
    assert checks(filled(np.arange(N) >= 700)) == []


def test_where_most_convert_the_lost_are_the_telling_ones():
    assert checks(filled(np.arange(N) < 20), 1 - CONVERTED) == [("filled only for lost", True)]
    assert checks(filled(np.arange(N) >= 700), 1 - CONVERTED) == []


def test_a_field_that_is_filled_at_random_is_honest():
    rng = np.random.default_rng(1)
    assert checks(filled(rng.random(N) < 0.3)) == []
    assert checks(filled(np.ones(N, bool))) == []


@pytest.mark.parametrize("converted", [np.ones(N, np.int64), np.zeros(N, np.int64)])
def test_leads_of_one_outcome_prove_nothing(converted):
    assert not belongs(50, 50, converted, int(converted[0]))
    assert not belongs(50, 50, converted, 1 - int(converted[0]))


def test_half_of_all_leads_converting_takes_more_than_ten():
    half = (np.arange(N) < 500).astype(np.int64)
    rate = (np.arange(N) < 400).astype(np.int64)
    assert not belongs(13, 13, rate, 1), "0.4 to the 13th is 7e-6"
    assert belongs(16, 16, rate, 1), "0.4 to the 16th is 4e-7"
    assert not belongs(16, 16, half, 1), "half of the leads is no rare outcome"
    assert belongs(250, 250, half, 1)
