"""What the store has to tell of its nights and models, read from one state of it: for reports, not for runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine

from leadscore.errors import StoreError, meant
from leadscore.schema import Type
from leadscore.store.engine import reading
from leadscore.store.frames import store_times
from leadscore.store.lock import is_held
from leadscore.store.queries import execute, select

MOVED = 50  # leads that moved most
RUNS, CHAMPIONS = 14, 20  # that are told of

REASONS = {"reasons_for": Type.TEXT, "reasons_against": Type.TEXT}


@dataclass(frozen=True)
class ToldRun:
    """A row of ``score_runs``. What a night before leadscore kept it does not say is None."""

    run_id: str
    status: str
    scope: str
    as_of: datetime
    started_at: datetime
    published_at: datetime | None
    model_version: str
    n_in_source: int | None
    n_open: int | None
    newest_lead: datetime | None
    n_pulled: int | None
    n_quarantined: int | None
    quarantined_by_rule: str | None
    n_scored: int | None
    n_removed: int | None
    base_rate: float | None
    cutoff: float | None
    error: str | None

    @property
    def seconds(self) -> float | None:
        """How long it took, if it got to its end."""
        return (self.published_at - self.started_at).total_seconds() if self.published_at else None

    @property
    def stands(self) -> bool:
        """Whether it got to its end."""
        return self.status in ("published", "empty")


@dataclass(frozen=True)
class ToldModel:
    """A row of ``models``; ``metrics`` is its card as JSON, ``promoted_at`` None if it never scored."""

    version: str
    status: str
    trained_at: datetime
    as_of: datetime
    promoted_at: datetime | None
    n_leads: int
    cutoff: float
    reason: str
    metrics: str


@dataclass(frozen=True)
class ToldNight:
    """All that a report on the present scores tells.

    ``runs`` are the last ones, the latest moment first, ``night`` the one that the present scores are of; ``queue`` the
    leads to call first, of ``n_queue`` in all of ``n_owners``, of which ``expected`` conversions are to be expected.
    ``changes`` are by cause, ``moved`` the leads that moved most, ``proof`` by grade, ``measures`` of monitoring.
    """

    runs: tuple[ToldRun, ...]
    night: ToldRun | None
    champions: tuple[ToldModel, ...]
    grades: pl.DataFrame
    queue: pl.DataFrame
    n_queue: int
    n_owners: int
    expected: float
    changes: pl.DataFrame
    moved: pl.DataFrame
    proof: pl.DataFrame
    measures: pl.DataFrame

    @property
    def last_night(self) -> ToldRun | None:
        """The night before the present one that got to its end."""
        ended = [run for run in self.runs if run.stands]
        return ended[1] if len(ended) > 1 else None


RUN: dict[str, Type | None] = {
    "run_id": Type.TEXT,
    "status": Type.TEXT,
    "scope": Type.TEXT,
    "as_of": Type.TIME,
    "started_at": Type.TIME,
    "published_at": Type.TIME,
    "model_version": Type.TEXT,
    "n_in_source": Type.INTEGER,
    "n_open": Type.INTEGER,
    "newest_lead": Type.TIME,
    "n_pulled": Type.INTEGER,
    "n_quarantined": Type.INTEGER,
    "quarantined_by_rule": Type.TEXT,
    "n_scored": Type.INTEGER,
    "n_removed": Type.INTEGER,
    "base_rate": Type.FLOAT,
    "cutoff": Type.FLOAT,
    "error": Type.TEXT,
}
MODEL: dict[str, Type | None] = {
    "version": Type.TEXT,
    "status": Type.TEXT,
    "trained_at": Type.TIME,
    "as_of": Type.TIME,
    "promoted_at": Type.TIME,
    "n_leads": Type.INTEGER,
    "cutoff": Type.FLOAT,
    "reason": Type.TEXT,
    "metrics": Type.TEXT,
}
GRADES = {"grade": Type.TEXT, "leads": Type.INTEGER, "expected": Type.FLOAT, "likely": Type.INTEGER}
QUEUE: dict[str, Type | None] = {
    "owner_id": None,
    "rank": Type.INTEGER,
    "lead_id": None,
    "account_id": None,
    "grade": Type.TEXT,
    "score": Type.INTEGER,
    "probability": Type.FLOAT,
    **REASONS,
}
CHANGES = {"change_cause": Type.TEXT, "leads": Type.INTEGER, "rose": Type.INTEGER, "fell": Type.INTEGER}
MOVES: dict[str, Type | None] = {
    "lead_id": None,
    "owner_id": None,
    "previous_score": Type.INTEGER,
    "score": Type.INTEGER,
    "moved": Type.INTEGER,
    "change_cause": Type.TEXT,
    "grade": Type.TEXT,
    **REASONS,
}
PROOF = {
    "grade": Type.TEXT,
    "leads": Type.INTEGER,
    "conversions": Type.INTEGER,
    "conversion_rate": Type.FLOAT,
    "predicted_rate": Type.FLOAT,
}
MEASURES = {
    "name": Type.TEXT,
    "feature": Type.TEXT,
    "value": Type.FLOAT,
    "limit": Type.FLOAT,
    "breached": Type.BOOLEAN,
    "reason": Type.TEXT,
}


def told_night(store: Engine, n_queue: int) -> ToldNight:
    """What there is to tell of the present scores, with at most ``n_queue`` leads of the queue."""
    with reading(store) as connection:
        return read_night(connection, n_queue)


def read_night(connection: Connection, n_queue: int) -> ToldNight:
    """The same as a ``connection`` sees it."""
    runs = tuple(ToldRun(**row) for row in _rows(connection, "told_runs", RUN, n=RUNS))
    night = next((run for run in runs if run.stands), None)
    run_id = night.run_id if night else ""
    size = execute(connection, "queue_size").one()
    return ToldNight(
        runs=runs,
        night=night,
        champions=tuple(ToldModel(**row) for row in _rows(connection, "told_champions", MODEL, n=CHAMPIONS)),
        grades=select(connection, "open_by_grade", GRADES),
        queue=select(connection, "queue_first", QUEUE, n=n_queue),
        n_queue=size.leads,
        n_owners=size.owners,
        expected=float(size.expected),
        changes=select(connection, "changes_by_cause", CHANGES, run_id=run_id),
        moved=select(connection, "moved_most", MOVES, run_id=run_id, n=MOVED),
        proof=select(connection, "proof_by_grade", PROOF),
        measures=select(connection, "measures_of_run", MEASURES, run_id=run_id),
    )


def told_model(store: Engine, version: str) -> tuple[ToldModel, tuple[ToldModel, ...]]:
    """A model, and all that have scored, the latest champion first. Raises StoreError if there is no such model."""
    with reading(store) as connection:
        found = _rows(connection, "told_model", MODEL, version=version)
        if not found:
            known = [row.version for row in execute(connection, "model_list")]
            raise StoreError(f"There is no model {version}.", meant(version, known))
        champions = _rows(connection, "told_champions", MODEL, n=CHAMPIONS)
    return ToldModel(**found[0]), tuple(ToldModel(**row) for row in champions)


@dataclass(frozen=True)
class ToldState:
    """How the store stands: the last runs, the latest moment first, the champion, and the model trained last.

    ``at_work`` says that a run holds the store; ``n_breached`` how many measures of the last night passed their limits.
    """

    runs: tuple[ToldRun, ...]
    champion: ToldModel | None
    trained: ToldModel | None
    n_breached: int
    at_work: bool

    @property
    def night(self) -> ToldRun | None:
        """The run that the present scores are of."""
        return next((run for run in self.runs if run.stands), None)


def told_state(store: Engine) -> ToldState:
    """How the store stands now."""
    at_work = is_held(store)  # first: a run that ends in between is seen as ended
    with reading(store) as connection:
        runs = tuple(ToldRun(**row) for row in _rows(connection, "told_runs", RUN, n=RUNS))
        night = next((run for run in runs if run.stands), None)
        measures = select(connection, "measures_of_run", MEASURES, run_id=night.run_id if night else "")
        champion, trained = (_model(connection, query) for query in ("told_champion", "told_trained"))
        return ToldState(runs, champion, trained, int(measures["breached"].sum()), at_work)


def _model(connection: Connection, query: str) -> ToldModel | None:
    found = _rows(connection, query, MODEL)
    return ToldModel(**found[0]) if found else None


def _rows(connection: Connection, query: str, types: Mapping[str, Type | None], **values: Any) -> list[dict[str, Any]]:
    times = [name for name, type_ in types.items() if type_ is Type.TIME]
    return store_times(select(connection, query, types, **values), *times).to_dicts()
