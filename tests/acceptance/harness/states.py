"""The states that cases start from, and the tables that an uninterrupted run makes of them: each made once."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from harness.children import Children
from harness.quick import quick_training
from harness.reader import seen_now
from harness.stores import Store, Tables, copied_file
from leadscore.sample.demo import load_example

N = 2500
END = datetime(2026, 1, 1)
NIGHT = END
DAY = timedelta(days=1)
WRITTEN = {"score": "INTEGER", "grade": "TEXT", "probability": "DOUBLE PRECISION", "scored_at": "TIMESTAMP"}
INTO = json.dumps({name: f"crm_{name}" for name in WRITTEN})  # the columns that scores are written back to
SPOILED = (2101, 2202, 2303)  # open leads with a value that validation refuses
OwnDatabase = Callable[..., AbstractContextManager[str]]  # of a new PostgreSQL database, or a copy of ``template``


@dataclass(frozen=True)
class Scenario:
    """Where a run starts, what it is, and in chunks of how many leads: three or more of them."""

    state: str
    arguments: tuple[str, ...]
    chunk_rows: int = 200

    def of(self, store: Store) -> Store:
        return store.having(scoring__chunk_rows=self.chunk_rows)


def as_of(moment: datetime) -> tuple[str, str]:
    return "--as-of", f"{moment:%Y-%m-%dT%H:%M:%S}"


FIRST = Scenario("trained", ("score", *as_of(NIGHT)))
INCREMENTAL = Scenario("changed", ("score", *as_of(NIGHT + DAY)), chunk_rows=20)
NEXT = Scenario("changed", ("score", *as_of(NIGHT + 2 * DAY)), chunk_rows=20)
BACKFILL = Scenario("changed", ("score", *as_of(NIGHT - 30 * DAY)), chunk_rows=150)
RETRAIN_FIRST = Scenario("leads", ("retrain", "--promote", "always", *as_of(END)))
RETRAIN_AGAIN = Scenario("changed", ("retrain", "--promote", "always", *as_of(END + DAY)))


@dataclass(frozen=True)
class Expected:
    """What is there after an uninterrupted run: every table, what a reader sees, and the bundles.

    Beside that, what the run took: ``seconds``, and ``size``, the bytes of the file of a SQLite store.
    """

    tables: Tables
    seen: str
    bundles: frozenset[str]
    seconds: float = field(default=0, compare=False)
    size: int = field(default=0, compare=False)


class States:
    """Makes states and expectations when they are first asked for."""

    def __init__(self, folder: Path, children: Children, own_database: OwnDatabase) -> None:
        self.folder = folder
        self.children = children
        self.own_database = own_database
        self.kept = ExitStack()
        self.states: dict[tuple[str, str], Store] = {}
        self.expectations: dict[tuple[str, Scenario], Expected] = {}

    def state(self, database: str, name: str) -> Store:
        """The store of that name: a template, to be copied and never to be run on."""
        if (database, name) not in self.states:
            self.states[database, name] = self._make(database, name)
        return self.states[database, name]

    def expected(self, database: str, scenario: Scenario) -> Expected:
        """What an uninterrupted run of the scenario leaves."""
        if (database, scenario) not in self.expectations:
            with ExitStack() as stack:
                store = self.copy(scenario, database, self.folder / f"clean-{len(self.expectations)}", stack)
                start = time.monotonic()
                self.children.run(store, scenario.arguments)
                self.expectations[database, scenario] = found(store, time.monotonic() - start)
        return self.expectations[database, scenario]

    def copy(self, scenario: Scenario, database: str, folder: Path, stack: ExitStack) -> Store:
        """A store of a case's own where the scenario starts, with a folder for models, until ``stack`` ends."""
        store = self._copied(self.state(database, scenario.state), folder, stack)
        return scenario.of(store).having(models__dir=folder / "models")

    def _copied(self, state: Store, folder: Path, stack: ExitStack) -> Store:
        if state.database == "sqlite":
            return copied_file(state, folder)
        folder.mkdir(parents=True, exist_ok=True)
        return replace(state, url=stack.enter_context(self.own_database(template=state.name)))

    def _make(self, database: str, name: str) -> Store:
        if name == "leads":
            return self._loaded(database)
        before, make = MAKING[name]
        folder = self.folder / f"{database}-{name}"
        store = self._copied(self.state(database, before), folder, self.kept).having(models__dir=folder / "models")
        make(self.children, store)
        return store

    def _loaded(self, database: str) -> Store:
        folder = self.folder / f"{database}-leads"
        url = f"sqlite:///{folder}/leadscore.db"
        if database == "postgresql":
            url = self.kept.enter_context(self.own_database())
        store = Store(url, folder / "leadscore.toml").having(compute__threads=1)
        with pytest.MonkeyPatch.context() as patch:
            for key, value in store.environment.items():
                patch.setenv(key, value)
            load_example(folder, n=N, seed=7, end=END)
        quick_training(store.config)
        store.rows(f"UPDATE leads SET bant_submit = 25 WHERE lead_id IN {SPOILED}")
        for name, type_ in WRITTEN.items():
            store.rows(f"ALTER TABLE leads ADD COLUMN crm_{name} {type_}")
        return store.having(publish__into=INTO)


def found(store: Store, seconds: float = 0) -> Expected:
    """What a store holds now, after a run that took so many ``seconds``."""
    bundles = Path(dict(store.settings)["LEADSCORE_MODELS__DIR"]).glob("*")
    size = Path(store.name).stat().st_size if store.database == "sqlite" else 0
    return Expected(store.tables(), seen_now(store), frozenset(path.name for path in bundles), seconds, size)


def train(children: Children, store: Store) -> None:
    children.run(store, RETRAIN_FIRST.arguments)


def publish(children: Children, store: Store) -> None:
    children.run(store, FIRST.arguments)


CHANGES = (
    "UPDATE leads SET bant_submit = 1, lead_desc_length = 3, updated_at = :now "
    "WHERE is_converted IS NULL AND lead_id % 17 = 0",
    "UPDATE leads SET is_converted = lead_id % 2, closed_at = :now, updated_at = :now "
    "WHERE is_converted IS NULL AND lead_id % 29 = 2",
    "UPDATE leads SET is_converted = NULL, closed_at = NULL, updated_at = :now "
    "WHERE is_converted = 0 AND lead_id % 211 = 3",
    "UPDATE leads SET is_converted = 1 - is_converted, updated_at = :now WHERE lead_id = 8",
    f"UPDATE leads SET bant_submit = 0.5, updated_at = :now WHERE lead_id = {SPOILED[0]}",
    "UPDATE leads SET bant_submit = -1, updated_at = :now WHERE lead_id = 2404",
    "DELETE FROM leads WHERE lead_id % 61 = 1",
)


def change(_children: Children, store: Store) -> None:
    """A day of a CRM: leads come in, change, close, reopen and go; one is mended, one spoiled, one label corrected."""
    now = END + timedelta(hours=9)
    for statement in CHANGES:
        store.rows(statement, **({"now": now} if ":now" in statement else {}))
    with store.engine.begin() as connection:
        leads = sa.Table("leads", sa.MetaData(), autoload_with=connection)
        of_newcomers = {
            "lead_id": leads.c.lead_id + 100_000,
            "created_at": sa.literal(now),
            "updated_at": sa.literal(now),
        }
        columns = [of_newcomers.get(column.name, column) for column in leads.columns]
        twins = sa.select(*columns).where(leads.c.is_converted.is_(None), leads.c.lead_id % 50 == 7)
        connection.execute(leads.insert().from_select([column.name for column in leads.columns], twins))


MAKING: dict[str, tuple[str, Callable[[Children, Store], None]]] = {
    "trained": ("leads", train),
    "published": ("trained", publish),
    "changed": ("published", change),
}
