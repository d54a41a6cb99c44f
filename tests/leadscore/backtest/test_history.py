from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.backtest.history import History, Span, read_history, stood
from leadscore.errors import ConfigError
from leadscore.settings import load_settings

END = datetime(2026, 1, 1)
DAY = timedelta(days=1)
HOURS = st.integers(-300, 300).map(lambda hours: END + timedelta(hours=hours))


def lives(rows: list[tuple[datetime, datetime | None, int | None]]) -> pl.DataFrame:
    times = pl.Datetime("us")
    schema = {"created_at": times, "closed_at": times, "label": pl.Int8}
    return pl.DataFrame(rows, schema, orient="row").with_row_index("lead_id")


@given(st.lists(st.tuples(HOURS, HOURS, st.integers(0, 1)), max_size=20), st.data())
def test_what_happens_to_a_lead_afterwards_changes_nothing(
    rows: list[tuple[datetime, datetime, int]], data: st.DataObject
) -> None:
    later = st.none() | st.timedeltas(timedelta(microseconds=1), 90 * DAY).map(lambda wait: END + wait)
    changed = [
        (created, closed, label)
        if closed <= END
        else (created, after := data.draw(later), None if after is None else 1 - label)
        for created, closed, label in rows
    ]
    then = stood(lives(rows), END, None)
    assert then.equals(stood(lives(changed), END, None), null_equal=True)
    assert then["label"].null_count() == sum(closed > END for _, closed, _ in rows)


def test_a_source_without_a_lost_state_shows_a_later_conversion_as_not_converted() -> None:
    found = stood(lives([(END - DAY, END + DAY, 1), (END - DAY, END, 1), (END - DAY, None, 0)]), END, 0)
    assert found["label"].to_list() == [0, 1, 0]
    assert found["closed_at"].to_list() == [None, END, None]


def test_at_a_moment_there_are_the_leads_that_had_come_in(history: History) -> None:
    moment = datetime(2025, 3, 1)
    there = history.at(moment)
    assert there["lead_id"].equals(history.lives.filter(pl.col("created_at") < moment)["lead_id"])
    closed = history.chunk(there.filter(pl.col("label") == 1))
    assert closed.raw["lead_id"].equals(closed.lives["lead_id"])
    assert closed.lives["label"].unique().to_list() == [1]


def test_periods_are_whole_months_and_weeks_after_the_first_lead(history: History) -> None:
    months, weeks = history.spans("month"), history.spans("week")
    assert months[0] == Span(datetime(2024, 2, 1), datetime(2024, 3, 1))
    assert months[-1] == Span(datetime(2025, 12, 1), END)
    assert {span.start.weekday() for span in weeks} == {0}
    assert all(first.end == second.start for first, second in pairwise(weeks))
    assert weeks[-1].end <= END


def test_a_period_whose_leads_mostly_wait_for_their_outcome_is_not_judged(history: History) -> None:
    months = history.spans("month")
    ripe = history.ripe(months)
    assert ripe == months[: len(ripe)], "the latest fifth of two years has no outcome"
    assert ripe[-1].start in (datetime(2025, 6, 1), datetime(2025, 7, 1))


def test_with_a_maturity_window_younger_leads_are_not_judged() -> None:
    table = lives([(END - 30 * DAY, END - 29 * DAY, 1), (END - 3 * DAY, END - DAY, 1), (END - 30 * DAY, None, 0)])
    found = History.settled(history_of(table, maturity_days=10), stood(table, END, 0))
    assert found.to_list() == [True, False, True]


def history_of(table: pl.DataFrame, maturity_days: float | None) -> History:
    empty = pl.DataFrame()
    return History(END, None, None, "", None, empty, table, empty, 0, maturity_days)  # type: ignore[arg-type]


def test_columns_that_the_champion_does_not_read_stay_out(history: History) -> None:
    modelled = {column.name for column in history.champion.schema.modelled}
    assert set(history.source.features) == modelled
    assert history.raw.width > len(modelled)


def test_a_table_without_times_cannot_be_replayed(past_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_LEADS__CREATED_AT", "")
    with pytest.raises(ConfigError, match="when the leads came in"):
        read_history(load_settings(past_folder / "leadscore.toml"), END)


def test_leads_without_a_time_and_of_the_future_are_no_part_of_the_past(history: History) -> None:
    assert history.lives["created_at"].null_count() == 0
    assert history.lives.filter(pl.col("created_at") > END).is_empty()
    assert replace(history, now=datetime(2025, 1, 1)).spans("month")[-1].end == datetime(2025, 1, 1)
