"""What every run works on: the settings, the score store, the leads and the moment it stands for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Engine

from leadscore.models.budget import Budget
from leadscore.settings import Settings
from leadscore.store.engine import open_engine, require_database, same_database
from leadscore.store.lock import one_at_a_time
from leadscore.store.migrate import migrate
from leadscore.store.outbox import WriteBack
from leadscore.store.source import Source, open_source

Promote = Literal["auto", "never", "always"]  # by the gate's verdict, or by a person's
Every = Literal["month", "week"]  # how often a backtest retrains


@dataclass(frozen=True)
class Job:
    """An opened store and source, and where scores are written back. ``as_of`` is naive UTC.

    ``budget`` is what a retrain may take, from the opening on.
    """

    settings: Settings
    store: Engine
    source: Source
    write_back: WriteBack | None
    as_of: datetime
    budget: Budget

    def migrate(self) -> None:
        """Make the store ready to be written; a run that is refused before this leaves it untouched."""
        migrate(self.store, self.source.identifier_types)


@contextmanager
def open_job(settings: Settings, as_of: datetime, wait_s: float = 0) -> Iterator[Job]:
    """Open the leads, then the store, and hold it against other runs until the work inside is done.

    Another run that holds it is waited for so long.
    """
    with ExitStack() as opened:
        job = open_unheld(settings, naive_utc(as_of), opened)
        opened.enter_context(one_at_a_time(job.store, wait_s))
        yield job


def open_unheld(settings: Settings, as_of: datetime, opened: ExitStack) -> Job:
    """The same, to be closed with ``opened``, for work that is done for a run which holds the store."""
    budget = Budget(settings.training.budget_s)
    require_database(settings.source_url)

    def connect(url: str) -> Engine:
        engine = open_engine(url, settings.database.timeouts)
        opened.callback(engine.dispose)
        return engine

    source_engine = connect(settings.source_url)
    one = same_database(settings.source_url, settings.database.url)
    store = source_engine if one else connect(settings.database.url)
    into, url = settings.publish.into, settings.publish.url
    source = open_source(source_engine, settings.leads, written=list(into.values()))
    target = connect(url) if url and not (one and same_database(url, settings.database.url)) else None
    return Job(settings, store, source, WriteBack(source, into, target) if into else None, as_of, budget)


def naive_utc(time: datetime) -> datetime:
    """A time as the store keeps it, a plain one where it is Prefect's own kind; one without a zone is UTC already."""
    return datetime.fromtimestamp(time.timestamp(), UTC).replace(tzinfo=None) if time.tzinfo else time


def utc_now() -> datetime:
    """Now, as the store keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
