from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule
from pydantic import ValidationError

from leadscore.schedule import last_time, next_time
from leadscore.sections import Schedule

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
CHANGES = {  # days of 23 and of 25 hours
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
}
CASES = [(zone, day, f"{at} * * *") for zone, days in CHANGES.items() for day in days for at in ("0 2", "30 1", "30 2")]


def planned_by_prefect(cron: str, zone: str, start: datetime, days: int) -> list[datetime]:
    """All times that a server plans which looks again every hour, as its scheduler does every minute."""
    schedule, end = CronSchedule(cron=cron, timezone=zone), start + timedelta(days=days)
    looks = (start + n * HOUR for n in range(24 * days))
    times = {time.astimezone(UTC) for look in looks for time in schedule._get_dates_generator(n=3, start=look, end=end)}
    return sorted(times)


@pytest.mark.parametrize(("zone", "day", "cron"), CASES)
def test_prefect_plans_each_night_once_where_the_clocks_change(zone: str, day: date, cron: str) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    planned = planned_by_prefect(cron, zone, midnight.astimezone(UTC) - timedelta(days=3), days=6)
    nights = [time.astimezone(ZoneInfo(zone)).date() for time in planned]
    assert nights == [day + timedelta(days=n) for n in range(-3, 3)]
    assert len({time.replace(tzinfo=None).isoformat() for time in planned}) == 6, "each has a run key of its own"


@pytest.mark.parametrize(("zone", "day", "cron"), CASES)
def test_our_times_are_those_of_prefect_but_for_one_that_the_clocks_skip(zone: str, day: date, cron: str) -> None:
    start = datetime(day.year, day.month, day.day, 12) - timedelta(days=4)
    planned = planned_by_prefect(cron, zone, start.replace(tzinfo=UTC), days=6)
    ours = [next_time(cron, zone, start)]
    while len(ours) < len(planned):
        ours.append(next_time(cron, zone, ours[-1]))
    apart = [
        abs((one - other.replace(tzinfo=None)).total_seconds()) * SECOND
        for one, other in zip(ours, planned, strict=True)
    ]
    assert max(apart) <= HOUR
    assert sum(map(bool, apart)) <= 1
    assert last_time(cron, zone, ours[-1] + HOUR) == ours[-1]


def test_times_of_day_are_those_of_the_zone() -> None:
    assert next_time("0 2 * * *", "Europe/Berlin", datetime(2026, 1, 1, 12)) == datetime(2026, 1, 2, 1)
    assert last_time("0 3 * * 1", "UTC", datetime(2026, 1, 1, 12)) == datetime(2025, 12, 29, 3)


@pytest.mark.parametrize("cron", ["0 2 * *", "61 2 * * *", "@daily", "0 0 30 2 *", "0 0 2 * * *"])
def test_what_names_no_time_is_no_schedule(cron: str) -> None:
    with pytest.raises(ValidationError, match="is no cron expression"):
        Schedule(nightly=cron)


def test_a_zone_that_is_not_there_is_no_schedule() -> None:
    with pytest.raises(ValidationError, match="no IANA time zone"):
        Schedule(timezone="Europe/Atlantis")
