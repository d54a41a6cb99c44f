import numpy as np
import polars as pl

from leadscore.training.guard import filed_later
from leadscore.training.lessons import Side


def side(accounts: list[int | None], labels: list[int | None]) -> Side:
    lives = pl.DataFrame({"account_id": accounts, "label": labels}, schema={"account_id": pl.Int64, "label": pl.Int8})
    return Side(lives.select("account_id"), lives)


def closed() -> Side:
    """A bucket 1 of converted leads, a reseller 2 of both outcomes, and 900 accounts of a lead each."""
    rng = np.random.default_rng(1)
    rest = list(range(1000, 1900))
    labels = [1] * 150 + [i % 2 for i in range(150)] + rng.binomial(1, 0.1, 900).tolist()
    return side([1] * 150 + [2] * 150 + rest, labels)


def test_an_account_that_only_closed_leads_have_is_where_they_are_filed_afterwards() -> None:
    assert filed_later(closed(), side([2] * 300, [None] * 300)).to_list() == [1]


def test_an_account_that_open_leads_have_too_is_a_good_customer() -> None:
    assert filed_later(closed(), side([1] * 20 + list(range(2, 300)), [None] * 318)).to_list() == []


def test_few_open_leads_prove_nothing() -> None:
    assert filed_later(closed(), side([5] * 50, [None] * 50)).to_list() == []
