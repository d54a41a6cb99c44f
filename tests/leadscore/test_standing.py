"""What is told of nights and weeks, from stores that are filled by hand, on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from leadscore.errors import SourceError, StoreError
from leadscore.schema import Type
from leadscore.sections import Database, Leads, Schedule
from leadscore.settings import Settings
from leadscore.standing import Standing, standing
from leadscore.store.engine import open_engine, writing
from leadscore.store.lock import one_at_a_time
from leadscore.store.migrate import migrate
from leadscore.store.registry import Entry, register

NIGHT = datetime(2026, 1, 8, 2)  # a Thursday
MORNING = NIGHT + timedelta(hours=7)
DAY = timedelta(days=1)

Look = Callable[..., Standing]


@pytest.fixture
def store(database: str) -> Iterator[sa.Engine]:
    """A store as it is after a night, with a champion of Monday's."""
    engine = open_engine(database)
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.TEXT})
    monday = datetime(2026, 1, 5, 3)
    register(
        engine, Entry("m1", "champion", monday, monday, 9, None, None, "{}", 0.5, "file:///m1.zip", "0", "Better.")
    )
    enter(engine, "n1", NIGHT - DAY)
    enter(engine, "n2", NIGHT)
    yield engine
    engine.dispose()


def enter(store: sa.Engine, run_id: str, as_of: datetime, **changes: Any) -> None:
    row = {
        "run_id": run_id,
        "run_key": run_id,
        "status": "published",
        "scope": "due",
        "as_of": as_of,
        "started_at": as_of,
        "published_at": as_of + timedelta(minutes=9),
        "model_version": "m1",
        "rules_version": "r1",
        "newest_lead": as_of - timedelta(hours=1),
        "n_scored": 12,
    }
    with writing(store) as connection:
        table = sa.Table("score_runs", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(table), row | changes)


@pytest.fixture
def look(database: str) -> Look:
    def at(now: datetime = MORNING, **schedule: Any) -> Standing:
        settings = Settings(database=Database(url=database), leads=Leads(table="leads"), schedule=Schedule(**schedule))
        return standing(settings, now, {"score": NIGHT + DAY})

    return at


def test_all_is_well_after_a_night(store: sa.Engine, look: Look) -> None:
    found = look()
    assert found.wrong == ()
    assert found.told.night is not None
    assert (found.told.night.run_id, found.told.night.newest_lead) == ("n2", NIGHT - timedelta(hours=1))
    assert found.told.champion is not None
    assert found.told.champion.version == "m1"
    assert found.next_runs == {"score": NIGHT + DAY, "retrain": datetime(2026, 1, 12, 3)}
    assert found.planned == {"score"}


def test_a_night_that_is_missing_is_wrong_once_its_grace_is_over(store: sa.Engine, look: Look) -> None:
    late = NIGHT + DAY + timedelta(hours=6, minutes=1)
    assert look(late - timedelta(minutes=2)).wrong == ()
    assert look(late).wrong == (
        "The scores are of 2026-01-08 02:00 UTC; the schedule wants those of 2026-01-09 02:00 UTC.",
    )
    assert look(late, grace_s=86_400).wrong == ()
    assert look(late, nightly="0 2 * * 1-4").wrong == ()


def test_a_week_without_a_retrain_is_wrong(store: sa.Engine, look: Look) -> None:
    tuesday = datetime(2026, 1, 13, 9)
    enter(store, "n3", tuesday - timedelta(hours=7))
    assert look(tuesday).wrong == (
        "The last retrain that came to its end is of 2026-01-05 03:00 UTC; the schedule wants one of 2026-01-12 03:00 "
        "UTC.",
    )


def test_a_last_run_that_was_refused_or_failed_is_wrong_with_its_reason(store: sa.Engine, look: Look) -> None:
    enter(store, "n3", MORNING, status="refused", error="2 batch rules failed. Hint: look.", newest_lead=None)
    assert look().wrong == ("The last run, of 2026-01-08 09:00 UTC, was refused: 2 batch rules failed.",)
    enter(store, "n4", MORNING + timedelta(minutes=1), status="failed", error="interrupted")
    assert look().wrong == ("The last run, of 2026-01-08 09:01 UTC, failed: interrupted",)


def test_a_run_without_a_process_was_killed_and_one_with_a_process_is_at_work(store: sa.Engine, look: Look) -> None:
    enter(store, "n3", MORNING, status="running", published_at=None, n_scored=None)
    assert look().wrong == (
        "The run of 2026-01-08 09:00 UTC was killed; the next one goes on from what it had staged.",
    )
    with one_at_a_time(store):
        assert look().wrong == ()


def test_days_without_a_new_lead_are_wrong(store: sa.Engine, look: Look) -> None:
    enter(store, "n3", MORNING, newest_lead=MORNING - 7.5 * DAY)
    assert look().wrong == ("No new lead since 2025-12-31 21:00 UTC, 7.5 days ago (limit 7).",)


def test_without_a_champion_or_scores_that_is_what_is_wrong(database: str, look: Look) -> None:
    with pytest.raises((SourceError, StoreError)):
        look()
    engine = open_engine(database)
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.TEXT})
    engine.dispose()
    assert look().wrong == (
        "There is no champion, so nothing is scored: `leadscore models` says why.",
        "Nothing has been scored yet.",
    )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_night_that_a_clock_change_moves_is_not_missing(store: sa.Engine, look: Look, zone: str) -> None:
    early = {"Europe/Berlin": datetime(2026, 3, 29, 0), "America/New_York": datetime(2026, 3, 8, 6)}[zone]
    enter(store, "n3", early)  # when Prefect starts the run of 2 o'clock, which the clocks skip
    told = look(early + timedelta(hours=9), timezone=zone, weekly="0 3 1 1 *").wrong
    assert told == ()
