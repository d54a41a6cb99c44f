"""Closed leads came in on days 0 to 99 and took 30 days on average, open ones came in on days 70 to 129 of 130."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leadscore.training.guard import filed_later
from leadscore.training.lessons import Side

START = datetime(2026, 1, 1)
LIVES = {
    "account_id": pl.Int64,
    "label": pl.Int8,
    "created_at": pl.Datetime("us"),
    "closed_at": pl.Datetime("us"),
}


def side(accounts: list[int | None], labels: list[int | None], born: list[float], took: float | None = 30) -> Side:
    created = [START + timedelta(days=day) for day in born]
    waits = np.random.default_rng(2).exponential(took or 0, len(born))
    ends = np.minimum(np.array(born) + waits, 130).tolist()
    closed = [None if took is None else START + timedelta(days=day) for day in ends]
    lives = pl.DataFrame([accounts, labels, created, closed], schema=LIVES)
    return Side(lives.select("account_id"), lives)


def evenly(n: int, start: float, stop: float) -> list[float]:
    return np.linspace(start, stop, n, endpoint=False).tolist()


def together(*sides: Side) -> Side:
    lives = pl.concat([each.lives for each in sides])
    return Side(lives.select("account_id"), lives)


def closed(took: float | None = 30, bucket_took: float | None = 30) -> Side:
    """A bucket 1 of converted leads, a reseller 2 of both outcomes, and 900 accounts of a lead each."""
    rest = np.random.default_rng(1).binomial(1, 0.1, 900).tolist()
    return together(
        side([1] * 150, [1] * 150, evenly(150, 0, 100), bucket_took),
        side([2] * 150, [i % 2 for i in range(150)], evenly(150, 0, 100), took),
        side(list(range(1000, 1900)), rest, evenly(900, 0, 100), took),
    )


def still_open(accounts: list[int | None]) -> Side:
    return side(accounts, [None] * len(accounts), evenly(len(accounts), 70, 130), took=None)


def test_an_account_that_only_closed_leads_have_is_where_they_are_filed_afterwards() -> None:
    assert filed_later(closed(), still_open([2] * 400)).to_list() == [1]


def test_an_account_that_open_leads_have_too_is_a_good_customer() -> None:
    assert filed_later(closed(), still_open([1] * 20 + list(range(2, 382)))).to_list() == []


def test_few_open_leads_prove_nothing() -> None:
    assert filed_later(closed(), still_open([5] * 90)).to_list() == []
    assert filed_later(closed(), still_open([5] * 110)).to_list() == [], "of which 7 would be expected"


def test_an_account_that_ended_before_the_open_leads_came_in_is_kept() -> None:
    """A reseller of 300 lost leads whose contract ended on day 60."""
    ended = together(closed(), side([3] * 300, [0] * 300, evenly(300, 0, 60)))
    assert 3 not in filed_later(ended, still_open([2] * 400)).to_list()
    lasting = together(closed(), side([3] * 300, [0] * 300, evenly(300, 0, 100)))
    assert filed_later(lasting, still_open([2] * 400)).to_list() == [1, 3]


def test_an_account_whose_leads_are_answered_within_hours_is_kept() -> None:
    assert filed_later(closed(bucket_took=0.2), still_open([2] * 400)).to_list() == []


def test_without_times_nothing_is_compared() -> None:
    assert filed_later(closed(took=None, bucket_took=None), still_open([2] * 400)).to_list() == []
    undated = closed().lives.with_columns(created_at=pl.lit(None, pl.Datetime("us")))
    assert filed_later(Side(undated, undated), still_open([2] * 400)).to_list() == []
