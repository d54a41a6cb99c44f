from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore.training.maturity import has_lost_state, window_days

AS_OF = datetime(2026, 1, 1)
OLIST = Path(__file__).parents[4] / "shared/data/olist"
N = 60_000


def at(days):
    """Times, days after AS_OF; null for NaN."""
    microseconds = pl.Series(np.nan_to_num(days) * 86_400e6).cast(pl.Int64).cast(pl.Duration("us"))
    return (AS_OF + microseconds).set(pl.Series(np.isnan(days)), None)


def funnel(taken, seed):
    """A growing business: leads of all ages, most of them young, of which 15% convert, ``taken`` days after."""
    rng = np.random.default_rng(seed)
    age = np.minimum(rng.exponential(60, N), 400)
    done = (rng.random(N) < 0.15) & (taken <= age)
    return age, done.astype(np.int64), np.where(done, taken - age, np.nan)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("law", ["exponential", "lognormal"])
def test_the_window_of_a_known_law_is_found_where_the_plain_quantile_is_far_off(law, seed):
    rng = np.random.default_rng(seed + 10)
    taken = rng.exponential(25, N) if law == "exponential" else 20 * np.exp(rng.normal(0, 0.7, N))
    true = 25 * np.log(20) if law == "exponential" else 20 * np.exp(0.7 * 1.645)
    age, converted, closed = funnel(taken, seed)
    found = window_days(at(-age), at(closed), converted, AS_OF)
    observed = np.quantile(taken[converted == 1], 0.95)
    assert found == pytest.approx(true, rel=0.08)
    assert observed < 0.85 * true


def test_what_happened_after_as_of_has_not_happened_yet():
    rng = np.random.default_rng(2)
    age, converted, closed = funnel(rng.exponential(25, N), 1)
    later = np.where(rng.random(N) < 0.15, 3.0, np.nan)  # closes three days after AS_OF
    to_come = np.isnan(closed) & ~np.isnan(later)
    then = window_days(at(-age), at(closed), converted, AS_OF)
    now = window_days(at(-age), at(np.where(to_come, later, closed)), np.where(to_come, 1, converted), AS_OF)
    assert now == pytest.approx(then, rel=1e-9)


def test_lost_leads_count_the_same_with_and_without_their_closing_time():
    age, converted, closed = funnel(np.random.default_rng(2).exponential(25, N), 1)
    lost = np.where(np.isnan(closed), -age / 2, closed)
    found = window_days(at(-age), at(lost), converted, AS_OF)
    assert found == window_days(at(-age), at(closed), converted, AS_OF)


def test_leads_from_before_conversions_were_recorded_do_not_stretch_the_window():
    age, converted, closed = funnel(np.random.default_rng(2).exponential(25, N), 1)
    recorded = window_days(at(-age), at(closed), converted, AS_OF)
    old_age, old_closed = np.full(2000, 700.0), np.where(np.arange(2000) < 100, -300.0, np.nan)
    found = window_days(
        at(np.concatenate([-age, -old_age])),
        at(np.concatenate([closed, old_closed])),
        np.concatenate([converted, old_closed == -300.0]).astype(np.int64),
        AS_OF,
    )
    assert found == pytest.approx(recorded, rel=0.03)


def test_all_converting_within_a_known_number_of_days_gives_that_number():
    age = np.full(1000, 100.0)
    taken = np.where(np.arange(1000) < 400, 1.0 + np.arange(1000) % 20, np.nan)  # 1 to 20 days, 20 leads each
    converted = (np.arange(1000) < 400).astype(np.int64)
    early = at(np.append(-age, -100.0)), at(np.append(taken - age, -100.0)), np.append(converted, 1)
    assert window_days(*early, AS_OF) == pytest.approx(19.0)


@pytest.mark.parametrize("n", [0, 29])
def test_fewer_than_thirty_conversions_tell_nothing(n):
    created = pl.Series([AS_OF - timedelta(days=90)] * 100)
    closed = pl.Series([AS_OF - timedelta(days=90)] * n + [None] * (100 - n), dtype=pl.Datetime("us"))
    assert window_days(created, closed, (np.arange(100) < n).astype(np.int64), AS_OF) is None
    enough = pl.Series([AS_OF - timedelta(days=90)] * 30 + [None] * 70, dtype=pl.Datetime("us"))
    assert window_days(created, enough, (np.arange(100) < 30).astype(np.int64), AS_OF) == 0.0


def test_without_times_there_is_no_window():
    nothing = pl.Series([None] * 100, dtype=pl.Datetime("us"))
    known = pl.Series([AS_OF] * 100)
    converted = np.ones(100, np.int64)
    assert window_days(nothing, known, converted, AS_OF) is None
    assert window_days(known, nothing, converted, AS_OF) is None


def test_conversions_that_precede_their_lead_do_not_count():
    created, closed = at(np.full(40, -10.0)), at(np.full(40, -11.0))
    assert window_days(created, closed, np.ones(40, np.int64), AS_OF) is None


def test_a_source_has_a_lost_state_where_most_lost_leads_have_a_closing_time():
    closed = pl.Series([AS_OF, AS_OF, AS_OF, None, None], dtype=pl.Datetime("us"))
    assert not has_lost_state(closed, np.array([1, 1, 1, 0, 0]))
    assert has_lost_state(closed, np.array([1, 1, 0, 0, 1]))
    assert not has_lost_state(closed, np.ones(5, np.int64))


@pytest.mark.real_data
@pytest.mark.skipif(not OLIST.is_dir(), reason="olist's funnel is not at shared/data/olist")
def test_olist_needs_about_half_a_year():
    leads = pl.read_csv(OLIST / "olist_marketing_qualified_leads_dataset.csv", try_parse_dates=True)
    deals = pl.read_csv(OLIST / "olist_closed_deals_dataset.csv", try_parse_dates=True).select("mql_id", "won_date")
    funnel = leads.join(deals, on="mql_id", how="left")
    created, closed = funnel["first_contact_date"].cast(pl.Datetime("us")), funnel["won_date"].cast(pl.Datetime("us"))
    converted = closed.is_not_null().cast(pl.Int64).to_numpy()
    assert window_days(created, closed, converted, datetime(2018, 9, 1)) == pytest.approx(162.67, abs=0.01)
    assert not has_lost_state(closed, converted)
