from datetime import UTC, datetime, timedelta, timezone

import pytest

from leadscore.job import naive_utc


@pytest.mark.parametrize(
    ("time", "stored"),
    [
        (datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=9))), datetime(2025, 12, 31, 17)),
        (datetime(2026, 1, 1, 2, 3, 4, 567891, tzinfo=UTC), datetime(2026, 1, 1, 2, 3, 4, 567891)),
        (datetime(2026, 1, 1, 2), datetime(2026, 1, 1, 2)),
    ],
)
def test_times_are_kept_in_utc_without_a_zone(time: datetime, stored: datetime) -> None:
    assert naive_utc(time) == stored


def test_the_time_of_a_scheduled_run_becomes_a_plain_one() -> None:
    """Prefect's are pendulum's before Python 3.13; what is left after a subtraction of these cannot be divided."""
    pendulum = pytest.importorskip("pendulum")
    plain = naive_utc(pendulum.datetime(2026, 1, 1, 2, tz="Asia/Seoul"))
    assert type(plain) is datetime
    assert (plain - datetime(2025, 12, 1)) / timedelta(days=1) == pytest.approx(30 + 17 / 24)
