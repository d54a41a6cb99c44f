"""What can happen to a store: people edit leads and correct scores, runs get to their end or do not, models change.

Each step is a value that prints as what has to be written to take it again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest
import sqlalchemy as sa

from flows.retrain import retrain
from flows.score import score
from harness.children import KILLED, Child, Children
from harness.states import DAY, END, WRITTEN, as_of
from harness.stores import Rows, Store
from leadscore.store.engine import open_engine
from leadscore.store.registry import promote

# Whoever changes what is scored leaves a time of the last change that the lead never had before, as a CRM does.
EDITS = {
    "touch": "UPDATE leads SET updated_at = :now WHERE lead_id = :lead",
    "raise": "UPDATE leads SET bant_submit = 1, lead_desc_length = 3, updated_at = :now WHERE lead_id = :lead",
    "lower": "UPDATE leads SET bant_submit = 0, lead_desc_length = 14, updated_at = :now WHERE lead_id = :lead",
    "empty": "UPDATE leads SET bant_submit = NULL, customer_job = NULL, updated_at = :now WHERE lead_id = :lead",
    "spoil": "UPDATE leads SET bant_submit = -1, updated_at = :now WHERE lead_id = :lead",
    "hand over": "UPDATE leads SET lead_owner = lead_owner + 1, updated_at = :now WHERE lead_id = :lead",
    "win": "UPDATE leads SET is_converted = 1, closed_at = :now, updated_at = :now WHERE lead_id = :lead",
    "lose": "UPDATE leads SET is_converted = 0, closed_at = :now WHERE lead_id = :lead",
    "reopen": "UPDATE leads SET is_converted = NULL, closed_at = NULL WHERE lead_id = :lead",
    "correct": "UPDATE leads SET is_converted = 1 - is_converted WHERE lead_id = :lead",
    "delete": "DELETE FROM leads WHERE lead_id = :lead",
    "insert": "",  # see `insert`
    "overrule": """INSERT INTO score_overrides (lead_id, grade, "by") VALUES (:lead, 'A', 'a person')
        ON CONFLICT (lead_id) DO UPDATE SET grade = 'A', expires_at = NULL""",
    "overrule for a while": """INSERT INTO score_overrides (lead_id, grade, "by", expires_at)
        VALUES (:lead, 'B', 'a person', '2025-01-01')
        ON CONFLICT (lead_id) DO UPDATE SET grade = 'B', expires_at = '2025-01-01'""",
    "overrule no more": "DELETE FROM score_overrides WHERE lead_id = :lead",
}
WHEN = {"now": END + timedelta(hours=9), "long ago": END - 400 * DAY}
TWINS = (2040, 2060, 2080)  # open leads, the last one spoiled, on which nobody works: what a lead is like that comes in

SCOPES = ("due", "full", "again", "backfill")
STANDING = ("after pull", "after validate", "between chunks", "after staging")  # where a run holds no lock on the leads
POINTS = (*STANDING, "during merge", "during write-back", "before commit", "after commit")
IN_THE_PAST = END - 2 * DAY


class History:
    """A store and what was done to it. ``quiet``: nothing since the last night that was published."""

    def __init__(self, store: Store, children: Children) -> None:
        self.store = store
        self.children = children
        self.overruled: dict[int, str] = {}
        self.ticks = 0
        self.last_night = END, False  # and whether all were scored
        self.quiet = False

    def tick(self, start: datetime, unit: timedelta) -> datetime:
        """A moment that was not there before."""
        self.ticks += 1
        return start + self.ticks * unit

    def tonight(self) -> datetime:
        return self.tick(END + DAY, timedelta(minutes=1))


class Step(Protocol):
    def do(self, history: History) -> None: ...


@dataclass(frozen=True)
class Edit:
    """What people do to some leads. Its time may lie far back, and is the same for all of them."""

    what: str
    leads: tuple[int, ...]
    when: str = "now"

    def do(self, history: History) -> None:
        history.quiet = False
        now = history.tick(WHEN[self.when], timedelta(microseconds=1))
        for lead in self.leads:
            self.do_to(lead, now, history)

    def do_to(self, lead: int, now: datetime, history: History) -> None:
        if self.what == "insert":
            return insert(history.store, lead, now)
        statement = EDITS[self.what]
        history.store.rows(statement, lead=lead, **({"now": now} if ":now" in statement else {}))
        if self.what.startswith("overrule"):
            history.overruled[lead] = self.what
        return None


@dataclass(frozen=True)
class Run:
    """A night, the last night again, or a backfill.

    It may be killed at a ``point`` that it has passed ``skip`` times before; or it is halted there while people edit,
    and then killed or not. One that never comes there gets to its end.
    """

    scope: str
    chunk_rows: int
    point: str | None = None
    skip: int = 0
    meanwhile: tuple[Edit, ...] = ()
    dies: bool = True

    def do(self, history: History) -> None:
        moment, full = self.key(history)
        store = history.store.having(scoring__chunk_rows=self.chunk_rows)
        if self.point:
            arguments = ("score", *as_of(moment), *(["--full"] if full else []))
            stop = bool(self.meanwhile)
            return self.see(history.children.start(store, arguments, self.point, skip=self.skip, stop=stop), history)
        before = n_changes(store)
        in_this_process(store, score, as_of=moment, full=full)
        if self.scope in ("due", "full"):
            assert not history.quiet or n_changes(store) == before, "an unchanged score adds no history"
            assert_nobody_is_lost(store)
            history.quiet = True
        return None

    def key(self, history: History) -> tuple[datetime, bool]:
        """The run's moment, and whether all are scored."""
        if self.scope == "backfill":
            return IN_THE_PAST, False
        if self.scope != "again":
            history.last_night = history.tonight(), self.scope == "full"
        return history.last_night

    def see(self, child: Child, history: History) -> None:
        """Do what is done while it stands; see that it was killed or got to its end."""
        if self.meanwhile:
            wait_until_it_stands(child)
            for edit in self.meanwhile:
                edit.do(history)
            child.kill() if self.dies else child.go_on()
        assert child.wait() in (KILLED, 0), child.out + child.err


@dataclass(frozen=True)
class Promote:
    """A person makes another model the champion."""

    def do(self, history: History) -> None:
        history.quiet = False
        (other,), *_ = history.store.rows("SELECT version FROM models WHERE status <> 'champion' ORDER BY version")
        engine = open_engine(history.store.url)
        promote(engine, other, "a person", END)
        engine.dispose()


@dataclass(frozen=True)
class Retrain:
    """A new champion, which learns from the leads as they are now."""

    def do(self, history: History) -> None:
        history.quiet = False
        in_this_process(history.store, retrain, as_of=history.tonight(), promote="always")


def insert(store: Store, lead: int, now: datetime) -> None:
    """Let a lead come in, if it is not there: all else is as in its twin."""
    with store.engine.begin() as connection:
        leads = sa.Table("leads", sa.MetaData(), autoload_with=connection)
        new = {"lead_id": sa.literal(lead), "created_at": sa.literal(now), "updated_at": sa.literal(now)}
        unwritten = {f"crm_{name}": sa.null() for name in WRITTEN}
        columns = {column.name: (new | unwritten).get(column.name, column) for column in leads.columns}
        absent = ~sa.exists().where(leads.alias().c.lead_id == lead)
        twin = sa.select(*columns.values()).where(leads.c.lead_id == TWINS[lead % len(TWINS)], absent)
        connection.execute(leads.insert().from_select(list(columns), twin))


def in_this_process(store: Store, flow: Callable[..., Any], **parameters: Any) -> None:
    """Run a flow on the store, to its good end."""
    with pytest.MonkeyPatch.context() as patch:
        for key, value in store.environment.items():
            patch.setenv(key, value)
        flow(**parameters)


def wait_until_it_stands(child: Child) -> None:
    """At its point; or until it has ended without coming there."""
    while not (child.folder / "stopped").exists() and child.process.exitcode is None:
        child.process.join(0.02)


def n_changes(store: Store) -> Rows:
    return store.rows("SELECT COUNT(*) FROM lead_score_history WHERE NOT backfill")


def assert_nobody_is_lost(store: Store) -> None:
    """Every open lead is scored or quarantined, and not both; nobody else is."""
    known = store.rows("SELECT lead_id FROM lead_scores UNION ALL SELECT lead_id FROM quarantined_leads")
    assert sorted(known) == store.rows("SELECT lead_id FROM leads WHERE is_converted IS NULL ORDER BY lead_id")
