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

log = logging.getLogger(__name__)

QUARANTINE_COLUMNS = ["row_number", "lead_id", "lead_updated_at", "row_hash", "failures"]


@dataclass(frozen=True)
class Published:
    """What a run did: leads pulled, quarantined, scored, and taken off the present scores."""

    n_pulled: int
    n_quarantined: int
    n_scored: int
    n_removed: int


def read_stored(store: Engine, id_type: Type | None) -> Stored:
    """What the store holds of each lead, to be compared with the source."""
    version = {"lead_updated_at": Type.TIME, "row_hash": Type.TEXT}
    scored = {"lead_id": id_type, "model_version": Type.TEXT, **version}
    kept = {"run_id": Type.TEXT, "row_number": Type.INTEGER, **scored, "rules_version": Type.TEXT}
    order = ["run_id", "row_number", "lead_id", "model_version", "rules_version", *version]
    with reading(store) as connection:
        return Stored(
            scores=store_times(select(connection, "stored_scores", scored), "lead_updated_at"),
            quarantine=store_times(
                select(connection, "stored_quarantine", {name: kept[name] for name in order}), "lead_updated_at"
            ),
            outcomes=select(connection, "stored_outcomes", {"lead_id": id_type, "label": Type.INTEGER}).with_columns(
                pl.col("label").cast(pl.Int8)
            ),
        )


def stage(store: Engine, run: Run, scores: pl.DataFrame, quarantined: pl.DataFrame) -> None:
    """Keep a chunk's scores and quarantined leads until the run publishes them."""
    with writing(store) as connection:
        execute_many(connection, "stage_score", _stamped(scores, run).with_columns(scored_at=run.started_at))
        _stage_quarantine(connection, run, quarantined)


def publish(store: Engine, run: Run, pipeline: Pipeline, n_pulled: int, base_rate: float, now: datetime) -> Published:
    """Audit what is staged and make it the present scores, with all that leaves and the ledger, or change nothing."""
    outcomes = pipeline.outcomes.select("lead_id", "account_id", "owner_id", "created_at", "closed_at", "label")
    with writing(store) as connection:
        _stage_quarantine(connection, run, pipeline.bad_keys)
        staged = _audit(connection, run, n_pulled)
        execute(connection, "append_history", run_id=run.run_id)
        execute(connection, "merge_scores", run_id=run.run_id)
        execute_many(connection, "remove_score", pipeline.gone)
        n_failed = execute(connection, "remove_quarantined_scores", run_id=run.run_id).rowcount
        execute_many(connection, "settle_quarantine", pipeline.settled)
        execute(connection, "merge_quarantine", run_id=run.run_id)
        execute_many(connection, "merge_outcome", outcomes.with_columns(seen_at=now))
        execute_many(connection, "remove_outcome", pipeline.reopened)
        _require_one_model(connection, run)
        done = Published(n_pulled, staged.n_quarantined, staged.n_scored, pipeline.gone.height + n_failed)
        _close(connection, run, done, base_rate, now)
    log.info("published %d scores; %d leads left", done.n_scored, done.n_removed)
    return done


def quarantine_by_rule(store: Engine) -> list[tuple[str, int]]:
    """How many leads each rule keeps in quarantine, most first."""
    with reading(store) as connection:
        return [(row.rule, row.leads) for row in execute(connection, "quarantine_by_rule")]


def _stage_quarantine(connection: Connection, run: Run, rows: pl.DataFrame) -> None:
    failed = _stamped(rows.select(QUARANTINE_COLUMNS), run).with_columns(rules_version=pl.lit(run.rules_version))
    execute_many(connection, "stage_quarantine", failed)


def _stamped(rows: pl.DataFrame, run: Run) -> pl.DataFrame:
    return rows.with_columns(run_id=pl.lit(run.run_id), model_version=pl.lit(run.model_version))


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


def _require_one_model(connection: Connection, run: Run) -> None:
    present = execute(connection, "count_published", model_version=run.model_version).one()
    if present.n_other_model:
        raise BatchRefused(
            f"{present.n_other_model} of {present.n_scores} scores would be of another model; nothing was published.",
            "run `leadscore score --full`.",
        )


def _close(connection: Connection, run: Run, done: Published, base_rate: float, now: datetime) -> None:
    execute(
        connection,
        "publish_run",
        run_id=run.run_id,
        status="published" if done.n_pulled or done.n_removed else "empty",
        n_pulled=done.n_pulled,
        n_quarantined=done.n_quarantined,
        n_scored=done.n_scored,
        n_removed=done.n_removed,
        base_rate=base_rate,
        published_at=now,
    )
    execute(connection, "clear_staged_scores")
    execute(connection, "clear_staged_quarantine")
