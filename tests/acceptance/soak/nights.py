"""A soak: one process runs night after night and retrain after retrain; some of them first in one that is killed."""

import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import polars as pl
import pytest
from harness.children import Children
from harness.clock import set_clock
from harness.histories import in_this_process
from harness.states import as_of
from harness.stores import Store

from flows.retrain import retrain
from flows.score import score
from leadscore.errors import BatchRefused, SchemaChanged
from soak.crm import Crm
from soak.meter import Reading, take
from soak.oracle import Oracle
from soak.plan import FULL_EVERY, HISTORY_EVERY, PROCESSES_EVERY, Plan

T = TypeVar("T")

SEED = 5
SECONDS = 3.0  # a night, before one has been seen
STAGES = {None: "before it was entered", "running": "at work", "published": "after it had published"}
STAGES |= {"failed": STAGES["running"], "empty": STAGES["published"]}


@dataclass(frozen=True)
class Night:
    """What one night took, and what there was when it was over."""

    number: int
    leads: int
    seconds: float
    reading: Reading


@dataclass
class Told:
    """What a soak has to tell: each night, the seconds of each retrain, and how often what happened."""

    plan: Plan
    database: str
    nights: list[Night] = field(default_factory=list)
    retrains: list[float] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    seconds: float = 0


def spans_of(all_told: list[T]) -> list[list[T]]:
    """The first, the middle and the last of them, at most twenty each."""
    width = min(max(len(all_told) // 3, 1), 20)
    return [all_told[start : start + width] for start in (0, (len(all_told) - width) // 2, len(all_told) - width)]


class Soak:
    """Runs a plan on an empty database, and holds the store against the oracle after each night."""

    def __init__(self, plan: Plan, store: Store, children: Children, patch: pytest.MonkeyPatch) -> None:
        self.plan, self.world, self.store = plan, plan.world, store
        self.children, self.patch = children, patch
        self.chance = random.Random(SEED)
        self.killed = plan.killed(self.chance)
        self.crm = Crm(store, self.world.shown(self.world.night(0)))
        self.oracle = Oracle(store)
        self.told = Told(plan, store.database)

    def run(self) -> Told:
        """All of its nights."""
        start = time.monotonic()
        self.retrain(0)
        for number in range(1, self.plan.nights + 1):
            leads = self.day_before(number)
            if number in self.plan.retrains:
                self.retrain(number)
            self.told.nights.append(self.night(number, leads))
            print(self.told.nights[-1], flush=True)
        self.oracle.whole_history()
        self.told.compared, self.told.seconds = self.oracle.compared, time.monotonic() - start
        return self.told

    def day_before(self, number: int) -> pl.DataFrame:
        """What people did since the last night; the leads that are there now."""
        self.plan.change_columns(self.crm, number)
        leads = self.world.shown(self.world.night(number))
        self.crm.write(self.plan.as_stored(leads, self.crm.leads.schema, self.world))
        return self.crm.leads

    def retrain(self, number: int) -> None:
        """The weekly retrain. The scores are what they were."""
        moment = self.clock(number)
        if number in self.killed[1]:
            self.kill(self.store, ("retrain",), moment, self.told.retrains[-1])
            self.told.happened["retrains killed"] += 1
        start = time.monotonic()
        in_this_process(self.store, retrain, as_of=moment)
        self.told.retrains.append(time.monotonic() - start)
        before, champion = self.oracle.model, self.oracle.champion()
        self.told.happened["promoted"] += before is not None and champion is not before
        assert self.store.rows("SELECT COUNT(*) FROM models") == [(len(self.told.retrains),)]
        if self.oracle.scores.height:
            self.oracle.unchanged()

    def night(self, number: int, leads: pl.DataFrame) -> Night:
        """The nightly run, and what it leaves."""
        store, full = self.store, number % FULL_EVERY == 0
        if number % PROCESSES_EVERY == 0:
            store = store.having(compute__threads=2, scoring__chunk_rows=20)
        moment = self.clock(number)
        if number in self.killed[0]:
            usual = statistics.median([SECONDS, *(night.seconds for night in self.told.nights[-9:])])
            self.kill(store, ("score", *(["--full"] if full else [])), moment, 2 * usual)
            self.told.happened[f"nights killed {self.stage(moment)}"] += 1
        start = time.monotonic()
        refused = self.refused(number, store, moment, full)
        seconds = time.monotonic() - start
        if refused:
            self.told.happened[f"refused: {refused}"] += 1
            self.oracle.unchanged()
        else:
            self.oracle.published(moment, leads, full)
        if number % HISTORY_EVERY == 0:
            self.oracle.whole_history()
        reading = take(self.store)
        assert (reading.connections, reading.locks) == (0, 0)
        return Night(number, leads.height, seconds, reading)

    def refused(self, number: int, store: Store, moment: datetime, full: bool) -> str | None:
        """Run the night; what it refuses to do where it has to."""
        due = SchemaChanged if self.plan.is_broken(number) else BatchRefused if number == self.plan.faulty else None
        if due is None:
            in_this_process(store, score, as_of=moment, full=full)
            return None
        with pytest.raises(due):
            in_this_process(store, score, as_of=moment, full=full)
        return due.__name__

    def kill(self, store: Store, arguments: tuple[str, ...], moment: datetime, seconds: float) -> None:
        """Start it in a process of its own, and kill that somewhere within so many seconds."""
        child = self.children.start(store, (*arguments, *as_of(moment)), clock=moment)
        time.sleep(self.chance.uniform(0, seconds))
        child.kill()
        self.children.forget(child)

    def stage(self, moment: datetime) -> str:
        """How far the run of the moment has come."""
        runs = self.oracle.read("score_runs", {"status": pl.String()}, as_of=moment)["status"]
        return STAGES[runs[0] if len(runs) else None]

    def clock(self, number: int) -> datetime:
        """Let it be this night."""
        moment = self.world.night(number)
        set_clock(self.patch, moment)
        return moment
