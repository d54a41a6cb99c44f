"""What every run works on: the settings, the score store, the leads and the moment it stands for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Engine

from leadscore.settings import Settings
from leadscore.store.engine import open_engine, require_database
from leadscore.store.lock import one_at_a_time
from leadscore.store.migrate import migrate
from leadscore.store.source import Source, open_source

Promote = Literal["auto", "never", "always"]  # by the gate's verdict, or by a person's


@dataclass(frozen=True)
class Job:
    """An opened store and source. ``as_of`` is naive UTC."""

    settings: Settings
    store: Engine
    source: Source
    as_of: datetime

    def migrate(self) -> None:
        """Make the store ready to be written; a run that is refused before this leaves it untouched."""
        migrate(self.store, self.source.identifier_types)


@contextmanager
def open_job(settings: Settings, as_of: datetime) -> Iterator[Job]:
    """Open the leads, then the store, and hold it against other runs until the work inside is done."""
    require_database(settings.source_url)
    source_engine = open_engine(settings.source_url)
    store = source_engine if settings.source_url == settings.database.url else open_engine(settings.database.url)
    try:
        source = open_source(source_engine, settings.leads)
        with one_at_a_time(store):
            yield Job(settings, store, source, naive_utc(as_of))
    finally:
        source_engine.dispose()
        store.dispose()


def naive_utc(time: datetime) -> datetime:
    """A time as the store keeps it; one without a zone is UTC already."""
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def utc_now() -> datetime:
    """Now, as the store keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
