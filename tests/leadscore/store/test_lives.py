from datetime import datetime
from typing import Any

import polars as pl
import pytest

from leadscore.schema import Type
from leadscore.sections import Leads
from leadscore.store.lives import describe

LEADS = Leads(table="leads", id="id", label="won", created_at="created", account="firm", timezone="Europe/Vienna")
TYPES = {"id": Type.INTEGER, "firm": Type.INTEGER}


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ([1.0, 2.5, None], [1, None, None]),
        ([-1.0, 2.0**53, None], [-1, None, None]),  # a double does not tell it from the next whole number
        (["1", "2.5", "x"], [1, None, None]),
        ([1, 2, None], [1, 2, None]),
    ],
)
def test_a_number_that_is_not_whole_identifies_nobody_however_it_is_stored(
    stored: list[object], expected: list[int | None]
) -> None:
    raw = pl.DataFrame({"id": stored, "won": [None] * 3, "created": [None] * 3, "firm": stored}, strict=False)
    lives = describe(raw, LEADS, TYPES)
    assert lives["lead_id"].to_list() == lives["account_id"].to_list() == expected
    odd = [cell is not None and sound is None for cell, sound in zip(stored, expected, strict=True)]
    assert lives["unreadable"].to_list() == ["id" if is_odd else None for is_odd in odd]


def test_times_are_utc_and_labels_are_one_or_nought() -> None:
    raw = pl.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "won": ["yes", "no", None, "perhaps"],
            "created": ["2026-01-01 00:00", "2026-07-01T00:00:00Z", "soon", None],
            "firm": [None] * 4,
        }
    )
    lives = describe(raw, LEADS, TYPES)
    assert lives["label"].to_list() == [1, 0, None, None]
    assert lives["created_at"].to_list() == [datetime(2025, 12, 31, 23), datetime(2026, 7, 1), None, None]
    assert lives["unreadable"].to_list() == [None, None, "created", "won"]
    assert lives.select("closed_at", "lead_updated_at", "owner_id").null_count().row(0) == (4, 4, 4)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"converted": ["Won", "signed"], "lost": ["lost"]}, [1, 1, 0, None, None]),
        ({"converted": ["WON"]}, [1, 0, 0, 0, 0]),
        ({"closed_at": "stage"}, [1, 1, 1, 1, 0]),
    ],
)
def test_outcomes_come_as_stages_and_as_dates(settings: dict[str, Any], expected: list[int | None]) -> None:
    leads = Leads(table="leads", id="id", label="stage", **settings)
    raw = pl.DataFrame({"id": range(5), "stage": ["won", " Signed ", "LOST", "talking", None]})
    lives = describe(raw, leads, {"id": Type.INTEGER})
    assert lives["label"].to_list() == expected
    if "converted" in settings:
        assert lives["unreadable"].is_null().all()
