"""When the settings want a run: the times of a cron expression in its time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim


def next_time(cron: str, timezone: str, after: datetime) -> datetime:
    """The first time of ``cron`` after a moment, both naive UTC. A time that a clock change skips is an hour later."""
    return _tick(cron, timezone, after, reverse=False)


def last_time(cron: str, timezone: str, before: datetime) -> datetime:
    """The last time of ``cron`` before a moment, likewise."""
    return _tick(cron, timezone, before, reverse=True)


def _tick(cron: str, timezone: str, moment: datetime, *, reverse: bool) -> datetime:
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone))
    return next(CronSim(cron, local, reverse=reverse)).astimezone(UTC).replace(tzinfo=None)
