"""What grows with every night is bounded: what is old enough, and of use to nobody, goes.

It goes in small transactions, each of which leaves the store as sound as it was, so that pruning may be killed and
started again, and needs no lock: it touches no row that a publication writes. All other tables have at most one row for
each lead, account, run or model.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import zip_longest

import polars as pl
from sqlalchemy import Connection, Engine

from leadscore.sections import Retention
from leadscore.store.engine import reading, writing
from leadscore.store.queries import execute, execute_many

ROWS = 10_000  # that a transaction looks at
PAUSE_SECONDS = 0.02  # between two: on SQLite others get to write only when nobody does


@dataclass(frozen=True)
class Pruned:
    """How many changes of scores went, closed leads with all of theirs and their snapshots, and measures of nights."""

    changes: int = 0
    closed: int = 0
    measures: int = 0

    def __str__(self) -> str:
        return f"{self.changes:,} changes of scores, {self.closed:,} closed leads, {self.measures:,} measures of nights"

    def __add__(self, other: "Pruned") -> "Pruned":
        return Pruned(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Pruning:
    """A store that is pruned, or with ``dry_run`` only asked how much would go: then nothing is committed."""

    store: Engine
    limits: Retention
    now: datetime
    dry_run: bool = False

    def run(self) -> Pruned:
        """Let go all that is older than the limits."""
        return sum([*self._history(), *self._closed()], Pruned()) + self._measures()

    def _history(self) -> Iterator[Pruned]:
        """The changes of each run, range by range; a run whose last range is through is done for good."""
        if not self.limits.history_days:
            return
        with reading(self.store) as connection:
            before = self._before(self.limits.history_days)
            ranges = execute(connection, "history_ranges", n=ROWS, before=before).fetchall()
        for each, after in zip_longest(ranges, ranges[1:]):
            with self._transaction() as connection:
                among = {"run_id": each.run_id, "first_lead": each.first_lead, "last_lead": each.last_lead}
                changes = execute(connection, "prune_history", **among).rowcount if each.n_leads else 0
                if after is None or after.run_id != each.run_id:
                    execute(connection, "note_pruned", run_id=each.run_id, pruned_at=self.now)
            yield Pruned(changes=changes)

    def _closed(self) -> Iterator[Pruned]:
        """All of leads that are closed or gone for long enough."""
        if not self.limits.closed_days:
            return
        before = self._before(self.limits.closed_days)
        with reading(self.store) as connection:
            ranges = execute(connection, "snapshot_ranges", n=ROWS).fetchall()
        for each in ranges:
            bounds = {"first_lead": each.first_lead, "last_lead": each.last_lead}
            with self._transaction() as connection:
                gone = execute(connection, "prune_snapshots", before=before, **bounds).fetchall()
                execute_many(connection, "prune_history_of", pl.DataFrame({"lead_id": [row.lead_id for row in gone]}))
            yield Pruned(closed=len(gone))

    def _measures(self) -> Pruned:
        if not self.limits.monitoring_days:
            return Pruned()
        with self._transaction() as connection:
            before = self._before(self.limits.monitoring_days)
            return Pruned(measures=execute(connection, "prune_monitoring", before=before).rowcount)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with writing(self.store) as connection:
            yield connection
            if self.dry_run:
                connection.rollback()
        time.sleep(PAUSE_SECONDS)

    def _before(self, days: int) -> datetime:
        return self.now - timedelta(days=days)
