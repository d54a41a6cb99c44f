"""Staging, and the one transaction that turns staged scores into published ones."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, Row

from leadscore.due import Pipeline, Stored
from leadscore.errors import BatchRefused
from leadscore.schema import Type
from leadscore.store.engine import reading, writing
from leadscore.store.frames import store_times
from leadscore.store.queries import execute, execute_many, select
from leadscore.store.runs import Run
from leadscore.store.source import Source

log = logging.getLogger(__name__)

QUARANTINE_COLUMNS = ["row_number", "lead_id", "lead_updated_at", "row_hash", "failures"]


@dataclass(frozen=True)
class Published:
    """What a run did: leads pulled, quarantined, scored, and taken off the present scores."""

    n_pulled: int
    n_quarantined: int
    n_scored: int
    n_removed: int


def read_stored(store: Engine, source: Source) -> Stored:
    """What the store holds of each lead, to be compared with the source."""
    types = source.identifier_types
    version = {"lead_updated_at": Type.TIME, "row_hash": Type.TEXT}
    scored = {"lead_id": types["id"], "model_version": Type.TEXT, "rules_version": Type.TEXT, **version}
    outcome = {
        **{f"{role}_id": types[role] for role in ("account", "owner")},
        "created_at": Type.TIME,
        "closed_at": Type.TIME,
        "label": Type.INTEGER,
    }
    with reading(store) as connection:
        scores = select(connection, "stored_scores", scored)
        quarantine = select(
            connection, "stored_quarantine", {"run_id": Type.TEXT, "row_number": Type.INTEGER, **scored}
        )
        outcomes = select(connection, "stored_outcomes", {"lead_id": types["id"], **outcome})
    return Stored(
        scores=store_times(scores, "lead_updated_at"),
        quarantine=store_times(quarantine, "lead_updated_at"),
        outcomes=store_times(outcomes, "created_at", "closed_at").cast({"label": pl.Int8}),
    )


def stage(store: Engine, run: Run, scores: pl.DataFrame, quarantined: pl.DataFrame) -> None:
    """Keep a chunk's scores and quarantined leads until the run publishes them."""
    with writing(store) as connection:
        execute_many(connection, "stage_score", _stamped(scores, run).with_columns(scored_at=run.started_at))
        _stage_quarantine(connection, run, quarantined)


def stage_quarantine(store: Engine, run: Run, rows: pl.DataFrame) -> None:
    """Keep rows without a sound key until the run publishes them as quarantined."""
    with writing(store) as connection:
        _stage_quarantine(connection, run, rows)


def publish(
    store: Engine, run: Run, pipeline: Pipeline, *, n_pulled: int, n_missed: int, base_rate: float, now: datetime
) -> Published:
    """Audit what is staged and make it the present scores, with all that leaves and the ledger, or change nothing.

    ``n_pulled`` leads were read whole or had no sound key; ``n_missed`` due leads vanished or changed before they
    could be read. A run that is published already is left as it is: so a lost reply is settled.
    """
    with writing(store) as connection:
        before = execute(connection, "published_run", run_id=run.run_id).first()
        if before is not None:
            return Published(before.n_pulled, before.n_quarantined, before.n_scored, before.n_removed)
        staged = _audit(connection, run, n_pulled)
        execute(connection, "append_history", run_id=run.run_id)
        execute(connection, "merge_scores", run_id=run.run_id)
        n_removed = pipeline.gone.height + _remove(connection, run, pipeline.gone, n_missed)
        execute_many(connection, "settle_quarantine", pipeline.settled)
        execute(connection, "merge_quarantine", run_id=run.run_id)
        execute_many(connection, "merge_outcome", pipeline.outcomes.with_columns(seen_at=now))
        execute_many(connection, "remove_outcome", pipeline.reopened)
        done = Published(n_pulled, staged.n_quarantined, staged.n_scored, n_removed)
        _close(connection, run, done, base_rate, now, idle=pipeline.due.is_empty() and not n_removed)
    log.info("published %d scores; %d leads left", done.n_scored, done.n_removed)
    return done


def quarantine_by_rule(store: Engine) -> list[tuple[str, int]]:
    """How many leads each rule keeps in quarantine, most first."""
    with reading(store) as connection:
        return [(row.rule, row.leads) for row in execute(connection, "quarantine_by_rule")]


def _stage_quarantine(connection: Connection, run: Run, rows: pl.DataFrame) -> None:
    execute_many(connection, "stage_quarantine", _stamped(rows.select(QUARANTINE_COLUMNS), run))


def _stamped(rows: pl.DataFrame, run: Run) -> pl.DataFrame:
    return rows.with_columns(
        run_id=pl.lit(run.run_id), model_version=pl.lit(run.model_version), rules_version=pl.lit(run.rules_version)
    )


def _audit(connection: Connection, run: Run, n_pulled: int) -> Row[Any]:
    staged = execute(connection, "audit_staged", run_id=run.run_id).one()
    if staged.n_out_of_range:
        raise BatchRefused(
            f"{staged.n_out_of_range} staged scores are out of range; nothing was published.",
            "run `leadscore retrain`: the champion gives no valid probability for them.",
        )
    if staged.n_scored + staged.n_quarantined != n_pulled:
        raise BatchRefused(
            f"{n_pulled} leads were pulled, but {staged.n_scored} scored and {staged.n_quarantined} quarantined; "
            "nothing was published.",
            "start the run again; if it happens again, report it as a defect.",
        )
    return staged


def _remove(connection: Connection, run: Run, gone: pl.DataFrame, n_missed: int) -> int:
    """Take off what left: closed and deleted leads, those quarantined tonight, those missed under a new model.

    Returns the number of the last two. Readers never see scores of two models.
    """
    execute_many(connection, "remove_score", gone)
    n_failed = execute(connection, "remove_quarantined_scores", run_id=run.run_id).rowcount
    n_old = execute(connection, "remove_other_models", model_version=run.model_version).rowcount
    if n_old > n_missed:
        raise BatchRefused(
            f"{n_old} scores would be of another model; nothing was published.",
            "start the run again; if it happens again, report it as a defect.",
        )
    return n_failed + n_old


def _close(connection: Connection, run: Run, done: Published, base_rate: float, now: datetime, *, idle: bool) -> None:
    execute(
        connection,
        "publish_run",
        run_id=run.run_id,
        status="empty" if idle else "published",
        n_pulled=done.n_pulled,
        n_quarantined=done.n_quarantined,
        n_scored=done.n_scored,
        n_removed=done.n_removed,
        base_rate=base_rate,
        published_at=now,
    )
    execute(connection, "clear_staged_scores")
    execute(connection, "clear_staged_quarantine")
