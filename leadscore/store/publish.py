"""The one transaction that turns staged scores into published ones."""

import json
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine

from leadscore.due import OUTCOME
from leadscore.errors import AlreadyRunning, AuditFailed
from leadscore.models.cutoff import Capacity
from leadscore.models.prior_shift import Prior
from leadscore.monitor.measure import Measure
from leadscore.monitor.night import Watch
from leadscore.pipeline import Pipeline
from leadscore.store.audit import DEFECT, Audited, audit
from leadscore.store.base_rate import BaseRate, adjust_staged, follow, in_force
from leadscore.store.engine import reading, writing
from leadscore.store.monitoring import monitor
from leadscore.store.outbox import WriteBack, drain, note
from leadscore.store.queries import execute, execute_many, load_rows, read_all
from leadscore.store.runs import Newest, Run, clear_staging, hold, newest_published
from leadscore.store.tallies import keeping_tallies
from leadscore.store.told import ToldNight, read_night

log = logging.getLogger(__name__)

SEEN_OUTCOME = [*OUTCOME, "seen_at"]


@dataclass(frozen=True)
class Published:
    """What a run did: leads pulled, quarantined, scored, and taken off the present scores.

    ``base_rate``, ``measures`` and ``told``, of which its report is made, are not told a second time of a run that is
    published already; nor is the last where it cannot be read.
    """

    n_pulled: int
    n_quarantined: int
    n_scored: int
    n_removed: int
    base_rate: BaseRate | None = field(default=None, compare=False)
    measures: tuple[Measure, ...] = field(default=(), compare=False)
    told: ToldNight | None = field(default=None, compare=False)


def publish(
    store: Engine,
    run: Run,
    pipeline: Pipeline,
    *,
    prior: Prior,
    max_mean_shift: float,
    back: WriteBack | None,
    now: datetime,
    watch: Watch | None = None,
    n_queue: int | None = None,
) -> Published:
    """Audit what is staged and make it the present scores, with all that leaves and the ledger, or change nothing.

    A backfill only adds to the history. A run that is published already is left as it is: so a lost reply is settled.
    What is staged is as the model says; it is published under the base-rate adjustment in force, or with all other
    scores under the next. What there is to ``watch`` is judged as published, in the same transaction, and what there is
    to tell is read there, with ``n_queue`` leads of the queue: whoever is the first to read a row that is committed has
    PostgreSQL write its page once more.
    """
    with writing(store) as connection:
        before = _held_or_published(connection, run)
        if before:
            return before
        if connection.dialect.name == "postgresql":
            execute(connection, "join_in_memory")
            execute(connection, "count_staged")
        audited = audit(connection, run, pipeline, max_mean_shift)
        adjustment, number = in_force(connection, run, prior)
        adjust_staged(connection, prior, adjustment)
        n_removed, base_rate = 0, BaseRate(adjustment, adjustment, prior.adjusted_cutoff(adjustment), None)
        measures: tuple[Measure, ...] = ()
        if run.scope == "backfill":
            execute(connection, "append_backfill", run_id=run.run_id, adjustment=adjustment.number)
        else:
            n_removed = _replace(connection, run, pipeline, audited, adjustment.number, back, now)
            base_rate = follow(connection, run, prior, adjustment, number, back)
            measures = monitor(connection, run, watch, base_rate) if watch else ()
        done = Published(audited.n_pulled, audited.n_quarantined, audited.n_scored, n_removed, base_rate, measures)
        _close(connection, run, pipeline, done, base_rate, _queue_from(connection, prior), back, now)
        if back and not back.target and run.scope != "backfill":
            drain(connection, connection, run, back, now)
        if n_queue is not None and run.scope != "backfill":
            done = replace(done, told=_told(connection, n_queue))
    log.info("%d scores published; %d leads left", done.n_scored, done.n_removed)
    return done


def _told(connection: Connection, n_queue: int) -> ToldNight | None:
    """What there is to tell of the night: it is published all the same where that cannot be read."""
    try:
        with connection.begin_nested():
            return read_night(connection, n_queue)
    except Exception:  # whatever it is: the report reads it again after the commit, and says it
        return None


def _held_or_published(connection: Connection, run: Run) -> Published | None:
    """Hold the run; if it cannot be held, what it has published: its commit may have been under way just now."""
    try:
        hold(connection, run)
    except AlreadyRunning:
        before = execute(connection, "published_run", run_id=run.run_id).first()
        if before is None:
            raise
        return Published(before.n_pulled, before.n_quarantined, before.n_scored, before.n_removed)
    return None


def published_before(store: Engine, run: Run) -> Published:
    """What a run has published."""
    with reading(store) as connection:
        done = execute(connection, "published_run", run_id=run.run_id).one()
    return Published(done.n_pulled, done.n_quarantined, done.n_scored, done.n_removed)


def quarantine_by_rule(store: Engine) -> list[tuple[str, int]]:
    """How many leads each rule keeps in quarantine, most first."""
    with reading(store) as connection:
        return _by_rule(connection)


def _by_rule(connection: Connection) -> list[tuple[str, int]]:
    return [(row.rule, row.leads) for row in execute(connection, "quarantine_by_rule")]


def _replace(
    connection: Connection,
    run: Run,
    pipeline: Pipeline,
    audited: Audited,
    adjustment: int,
    back: WriteBack | None,
    now: datetime,
) -> int:
    """Make the staged scores, quarantine and outcomes the present ones; the number of scores that left."""
    departed = [pipeline.gone.select("lead_id"), _stale(connection, pipeline, audited)]
    load_rows(connection, "stage_departures", pl.concat(departed))
    load_rows(connection, "stage_outcomes", pipeline.outcomes.with_columns(seen_at=now).select(SEEN_OUTCOME))
    execute(connection, "append_history", run_id=run.run_id, adjustment=adjustment)
    execute(connection, "merge_scores", run_id=run.run_id, adjustment=adjustment)
    execute(connection, "take_snapshots", run_id=run.run_id)
    newest = newest_published(connection)
    removed = _remove(connection, run, pipeline, audited, newest)
    execute_many(connection, "settle_quarantine", pipeline.settled)
    execute(connection, "merge_quarantine", run_id=run.run_id)
    with keeping_tallies(connection, pipeline):
        execute(connection, "merge_outcomes")
        execute_many(connection, "remove_outcome", pipeline.reopened)
        execute_many(connection, "vanish_outcome", pipeline.vanished)
    note(connection, back, removed, newest)
    return removed.height


def _stale(connection: Connection, pipeline: Pipeline, audited: Audited) -> pl.DataFrame:
    """Whom tonight's late outcomes concern, but who changed or vanished while they were read, and so were not scored.

    From tomorrow on nothing tells that a score is of before: it leaves, and the next night scores the lead if it can.
    """
    late = pipeline.rescored_late
    if late.is_empty() or not pipeline.n_missed(audited.n_pulled):
        return late.clear()
    staged = read_all(connection.engine, "staged_leads", {"lead_id": None})
    return late.join(staged, on="lead_id", how="anti") if staged.height else late


def _remove(
    connection: Connection, run: Run, pipeline: Pipeline, audited: Audited, newest: Newest | None
) -> pl.DataFrame:
    """Take off what left, and return whom: closed and deleted leads, those quarantined tonight, and those that
    vanished while a new model scored the others: readers never see scores of two models.
    """
    left = [row.lead_id for row in execute(connection, "remove_scores")]
    old = _remove_other_models(connection, run, newest)
    if len(old) > pipeline.n_missed(audited.n_pulled):
        raise AuditFailed(f"{len(old)} scores would be of another model; nothing was published.", DEFECT)
    return pl.DataFrame({"lead_id": left + old}, schema={"lead_id": pipeline.gone.schema["lead_id"]})


def _remove_other_models(connection: Connection, run: Run, newest: Newest | None) -> list[Any]:
    if newest is None or newest.model_version == run.model_version:
        return []  # spares a look at every score
    return [row.lead_id for row in execute(connection, "remove_other_models", model_version=run.model_version)]


def _queue_from(connection: Connection, prior: Prior) -> float | None:
    """The least probability in the sales queue, where the cutoff's policy is that only so many leads can be called."""
    policy = prior.cutoff.policy
    if not isinstance(policy, Capacity):
        return None
    found = execute(connection, "queue_from", calls=max(int(policy.calls_per_week), 1)).scalar()
    return None if found is None else float(found)


def _close(
    connection: Connection,
    run: Run,
    pipeline: Pipeline,
    done: Published,
    base_rate: BaseRate,
    queue_from: float | None,
    back: WriteBack | None,
    now: datetime,
) -> None:
    news = pipeline.due.height or done.n_removed or base_rate.now != base_rate.before
    execute(
        connection,
        "publish_run",
        run_id=run.run_id,
        status="published" if news else "empty",
        n_in_source=pipeline.n_in_source,
        n_open=pipeline.n_open,
        newest_lead=pipeline.newest,
        n_pulled=done.n_pulled,
        n_quarantined=done.n_quarantined,
        quarantined_by_rule=json.dumps(dict(_by_rule(connection))),
        n_scored=done.n_scored,
        n_removed=done.n_removed,
        adjustment=base_rate.now.number,
        base_rate=base_rate.now.base_rate,
        cutoff=base_rate.cutoff,
        raw_cutoff=base_rate.now.raw_cutoff,
        queue_from=queue_from,
        written_into=back.place if back else None,
        published_at=now,
    )
    clear_staging(connection)
