from datetime import datetime, timedelta

import polars as pl
import pytest

from leadscore.errors import LabelError, NotEnoughLeads
from leadscore.sections import Leads
from leadscore.training.known import Found, find_known, is_mature

LEADS = Leads(table="leads", label="won")
DAY = timedelta(days=1)
END = datetime(2026, 1, 1)


def lives(labels: list[int | None], bad: list[bool] | None = None) -> pl.DataFrame:
    n = len(labels)
    return pl.DataFrame(
        {
            "lead_id": range(n),
            "label": labels,
            "unreadable": ["won" if each else None for each in bad or [False] * n],
            "created_at": [END - DAY] * n,
            "closed_at": pl.Series([None] * n, dtype=pl.Datetime("us")),
        },
        schema_overrides={"label": pl.Int8, "unreadable": pl.String},
    )


def find(scan: pl.DataFrame) -> Found:
    return find_known(scan, LEADS, END, None, seed=1)


def test_open_leads_are_not_known() -> None:
    found = find(lives([1, 0, None]))
    assert found.known.to_list() == [0, 1]
    assert found.open.to_list() == [2]
    assert (found.n_in_source, found.maturity_days) == (3, None)


def test_strange_labels_are_counted() -> None:
    with pytest.raises(LabelError, match="2 of 4 leads have a won that is neither"):
        find(lives([1, 0, None, None], [False, False, True, True]))


def test_one_outcome_only_is_refused() -> None:
    with pytest.raises(NotEnoughLeads, match="None of the 2 leads with a known outcome converted, by won"):
        find(lives([0, 0, None]))
    with pytest.raises(NotEnoughLeads, match="All of the 2 leads"):
        find(lives([1, 1, None]))


def test_a_source_that_tells_no_lost_leads_has_its_window_estimated() -> None:
    """Half of the leads of each day convert, 10 days after they came in; nobody says when one is lost."""
    days = [END - i * DAY for i in range(1, 400) for _ in range(2)]
    won = [i % 2 == 0 and created + 10 * DAY <= END for i, created in enumerate(days)]
    scan = pl.DataFrame(
        {
            "lead_id": range(len(days)),
            "label": [int(each) for each in won],
            "unreadable": pl.Series([None] * len(days), dtype=pl.String),
            "created_at": days,
            "closed_at": [created + 10 * DAY if each else None for created, each in zip(days, won, strict=True)],
        },
        schema_overrides={"label": pl.Int8},
    )
    found = find(scan)
    assert found.maturity_days == pytest.approx(10)
    assert set(found.open) == {i for i, created in enumerate(days) if created > END - 10 * DAY and not won[i]}
    with_open = scan.with_columns(label=pl.when(pl.col("lead_id") == 5).then(None).otherwise("label").cast(pl.Int8))
    assert find(with_open).maturity_days is None, "a source with open leads tells which are lost"


def test_of_young_leads_not_even_the_converted_are_learned_from() -> None:
    scan = lives([1, 0]).with_columns(created_at=pl.Series([END - 3 * DAY, END - 20 * DAY]))
    assert scan.select(is_mature(END, 10)).to_series().to_list() == [False, True]
    assert scan.select(is_mature(END, None)).to_series().to_list() == [True, True]
