from datetime import datetime, timedelta

import polars as pl

from leadscore.explore.unread import unread
from leadscore.schema import Column, Kind, Schema

START = datetime(2025, 1, 15)


def told(values: pl.Series, kind: Kind) -> str:
    [found] = unread(values.to_frame(), Schema(columns=(Column(name=values.name, kind=kind),)), "UTC")
    return found.words


def test_a_text_is_told_by_its_length_and_never_by_a_word_of_it() -> None:
    assert told(pl.Series("note", ["kim@example.com"] * 50), Kind.TEXT) == "15 to 15 characters, 15 in the middle"


def test_dates_are_told_to_the_month_without_the_first_and_the_last() -> None:
    days = [START + timedelta(days=i) for i in range(300)] + [datetime(1950, 3, 3)]
    assert told(pl.Series("born", days), Kind.DATE) == "nearly all from 2025-01 to 2025-11"
    assert told(pl.Series("day", [f"{day:%Y-%m-%d}" for day in days]), Kind.DATE).startswith("nearly all from 2025-01")


def test_what_says_nothing_is_called_so() -> None:
    assert told(pl.Series("a", [None] * 5, dtype=pl.String), Kind.IGNORE) == "empty"
    assert told(pl.Series("a", ["x"] * 5), Kind.IGNORE) == "one value"
    assert told(pl.Series("a", ["x", "y"]), Kind.IGNORE) == "ignored"


def test_features_are_not_among_them() -> None:
    assert unread(pl.DataFrame({"a": [1.0]}), Schema(columns=(Column(name="a", kind=Kind.NUMBER),)), "UTC") == []
