from datetime import UTC, date, datetime

import polars as pl
import pytest

from leadscore.times import to_utc


def read(values: list[object], timezone: str) -> list[datetime | None]:
    frame = pl.DataFrame({"t": values})
    return frame.select(to_utc(pl.col("t"), frame.schema["t"], timezone)).to_series().to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01 10:00:00", datetime(2020, 1, 1, 9)),
        ("2020-07-01 10:00:00", datetime(2020, 7, 1, 8)),
        ("2020-01-01T10:00:00.123456", datetime(2020, 1, 1, 9, 0, 0, 123456)),
        ("2020-01-01T10:00:00Z", datetime(2020, 1, 1, 10)),
        ("2020-01-01 10:00:00+05:30", datetime(2020, 1, 1, 4, 30)),
        ("2020-01-01 10:00:00.5-0800", datetime(2020, 1, 1, 18, 0, 0, 500000)),
        ("2020-01-01 10:00", datetime(2020, 1, 1, 9)),
        ("2020-01-01T10:00Z", datetime(2020, 1, 1, 10)),
        ("2020-01-01T10:00+02:00", datetime(2020, 1, 1, 8)),
        ("2020-01-01", datetime(2019, 12, 31, 23)),
        (" 2020-10-25 02:30:00 ", datetime(2020, 10, 25, 0, 30)),  # an hour that comes twice: the earlier
        ("2020-03-29 02:30:00", None),  # an hour that the clock change skips
        ("yesterday", None),
        ("", None),
    ],
)
def test_text_is_read_as_a_time_in_the_zone_of_the_source(text: str, expected: datetime | None) -> None:
    assert read([text], "Europe/Berlin") == [expected]


def test_the_format_of_one_cell_does_not_decide_about_the_next() -> None:
    mixed = ["2020-01-01", "2020-01-01 10:00:00", "2020-01-01T10:00:00Z", "no time", None]
    expected = [datetime(2020, 1, 1), datetime(2020, 1, 1, 10), datetime(2020, 1, 1, 10), None, None]
    assert read(mixed, "UTC") == expected


def test_stored_times_and_dates_are_local_unless_they_carry_an_offset() -> None:
    assert read([datetime(2020, 1, 1, 1), None], "Asia/Seoul") == [datetime(2019, 12, 31, 16), None]
    assert read([date(2020, 1, 1)], "Asia/Seoul") == [datetime(2019, 12, 31, 15)]
    assert read([datetime(2020, 1, 1, tzinfo=UTC)], "Asia/Seoul") == [datetime(2020, 1, 1)]
