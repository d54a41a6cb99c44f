"""Whether nights and weeks go as the schedule wants, by the store alone: for people, and for what watches over it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadscore.report.shown import moment
from leadscore.schedule import last_time, next_time
from leadscore.sections import Schedule
from leadscore.settings import Settings
from leadscore.store.published import up_to_date
from leadscore.store.told import ToldState, told_state

CLOCK_CHANGE = timedelta(hours=1)  # by which a time that the clocks skip may be moved
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """How it stands at a moment: what the store tells, when the flows run next, and what is wrong, in sentences.

    ``planned`` are those of the flows that a Prefect server has planned; the others are by the settings.
    """

    now: datetime
    told: ToldState
    next_runs: dict[str, datetime]
    planned: frozenset[str]
    wrong: tuple[str, ...]


def standing(settings: Settings, now: datetime, planned: Mapping[str, datetime]) -> Standing:
    """How it stands, where a Prefect server has ``planned`` the next runs of some flows; all times are naive UTC.

    Raises StoreError if no run has been there.
    """
    with up_to_date(settings.database.url) as store:
        told = told_state(store)
    times = {"score": settings.schedule.nightly, "retrain": settings.schedule.weekly}
    wanted = {flow: next_time(cron, settings.schedule.timezone, now) for flow, cron in times.items()}
    return Standing(now, told, {**wanted, **planned}, frozenset(planned), tuple(wrong(told, settings, now)))


def wrong(told: ToldState, settings: Settings, now: datetime) -> Iterator[str]:
    """What somebody should look at, the gravest first."""
    if told.champion is None:
        yield "There is no champion, so nothing is scored: `leadscore models` says why."
    yield from _last_run(told)
    yield from _late_night(told, settings.schedule, now)
    yield from _late_week(told, settings.schedule, now)
    newest, limit = told.night.newest_lead if told.night else None, settings.monitoring.max_lead_age_days
    if newest and (words := none_new(newest, limit, now)):
        yield words


def none_new(newest: datetime, limit_days: float, now: datetime) -> str | None:
    """What there is to say if the newest lead came in longer ago than the limit."""
    if now - newest <= limit_days * DAY:
        return None
    return f"No new lead since {moment(newest)}, {(now - newest) / DAY:.1f} days ago (limit {limit_days:g})."


def _last_run(told: ToldState) -> Iterator[str]:
    if not told.runs or told.runs[0].stands:
        return
    last = told.runs[0]
    if last.status != "running":
        ended = "was refused" if last.status == "refused" else "failed"
        yield f"The last run, of {moment(last.as_of)}, {ended}: {(last.error or '').partition(' Hint: ')[0]}"
    elif not told.at_work:
        yield f"The run of {moment(last.as_of)} was killed; the next one goes on from what it had staged."


def _late_night(told: ToldState, schedule: Schedule, now: datetime) -> Iterator[str]:
    if told.night is None:
        yield "Nothing has been scored yet."
        return
    due = _due(schedule.nightly, schedule, now)
    if told.night.as_of < due - CLOCK_CHANGE:
        yield f"The scores are of {moment(told.night.as_of)}; the schedule wants those of {moment(due)}."


def _late_week(told: ToldState, schedule: Schedule, now: datetime) -> Iterator[str]:
    due = _due(schedule.weekly, schedule, now)
    if told.trained and told.trained.as_of < due - CLOCK_CHANGE:
        yield (
            f"The last retrain that came to its end is of {moment(told.trained.as_of)}; the schedule wants one of "
            f"{moment(due)}."
        )


def _due(cron: str, schedule: Schedule, now: datetime) -> datetime:
    """The last scheduled time whose run should be through by now."""
    return last_time(cron, schedule.timezone, now - timedelta(seconds=schedule.grace_s))
