"""The ledger of the score runs: each run is entered before it works and closed with what it published."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import Connection, Engine

from leadscore.errors import (
    AlreadyRunning,
    AuditFailed,
    BatchRefused,
    ConfigError,
    LeadScoreError,
    Overtaken,
    StoreError,
)
from leadscore.schema import Type
from leadscore.store.engine import reading, writing
from leadscore.store.frames import store_times
from leadscore.store.queries import execute, select

log = logging.getLogger(__name__)

ACCEPT = "If the leads are right, publish it all the same: leadscore score --accept {run_id}"

SKEW = timedelta(hours=1)  # that the clocks of the scheduler and of this machine may be apart
CHUNKED = ("chunks", "scores", "quarantine")  # what is staged chunk by chunk

Scope = Literal["due", "full", "backfill"]  # what is due, all open leads, or those of a moment in the past


@dataclass(frozen=True)
class Run:
    """One run of ``score``, held by its ``attempt``. ``published`` says that an earlier one got to the end.

    ``accepted_by`` is the person who has it published although the audit refused it.
    """

    run_id: str
    as_of: datetime
    scope: Scope
    model_version: str
    rules_version: str
    started_at: datetime
    attempt: int
    accepted_by: str | None
    published: bool


@dataclass(frozen=True)
class Newest:
    """What the present scores stand for: a moment, a model, and the columns that they were written back into."""

    as_of: datetime
    model_version: str
    written_into: str | None


def begin_run(
    store: Engine,
    *,
    as_of: datetime,
    full: bool,
    model_version: str,
    rules_version: str,
    now: datetime,
    by_schedule: bool = False,
) -> Run:
    """Enter the run, or find the one with the same key; those that were killed are closed.

    A moment before the one that the present scores stand for is in the past: its run is a backfill, which no schedule
    asks for. What a killed run staged is there for this one to go on from; what was refused is dropped, unless a person
    accepted it. Raises ConfigError for a moment that lies ahead, which would put all before it into the past, and
    Overtaken for a scheduled one in the past.
    """
    if as_of > now + SKEW:
        raise ConfigError(f"{as_of:%Y-%m-%d %H:%M} UTC lies ahead.", "name a moment that has passed (--as-of, UTC).")
    run_id, key = _key(as_of, full, model_version)
    with writing(store) as connection:
        before = execute(connection, "run_status", run_id=run_id).first()
        n_killed = execute(connection, "close_interrupted", run_id=run_id).rowcount
        goes_on = n_killed > 0 if before is None else before.status != "refused" or before.accepted_by
        entered = execute(
            connection,
            "begin_run",
            run_id=run_id,
            run_key=key,
            as_of=as_of,
            scope=_scope(newest_published(connection), as_of, full=full, by_schedule=by_schedule),
            model_version=model_version,
            rules_version=rules_version,
            started_at=now,
        ).first()
        if entered is None:
            published = execute(connection, "published_run", run_id=run_id).one()
            return Run(run_id, as_of, published.scope, model_version, rules_version, now, 0, None, True)
        if not goes_on:
            clear_staging(connection)
    if n_killed:
        log.warning("runs that were killed before their end, %d, are closed as failed", n_killed)
    return Run(
        run_id, as_of, entered.scope, model_version, rules_version, now, entered.attempt, entered.accepted_by, False
    )


def clear_staging(connection: Connection) -> None:
    """Forget all that is staged."""
    for what in (*CHUNKED, "departures", "outcomes", "accounts"):
        execute(connection, f"clear_staged_{what}")


def hold(connection: Connection, run: Run) -> None:
    """Keep the run's row to this transaction. Raises AlreadyRunning if the run is not ours any more.

    The lock of the store is lost when the database is restarted; then whoever began last goes on.
    """
    _require_ours(connection, "hold_run", run)


def share(connection: Connection, run: Run) -> None:
    """The same beside others who work for the run."""
    _require_ours(connection, "share_run", run)


def _require_ours(connection: Connection, statement: str, run: Run) -> None:
    if execute(connection, statement, run_id=run.run_id, attempt=run.attempt).first() is None:
        raise AlreadyRunning(
            f"Run {run.run_id} was closed or taken over by another.", "see that one; this one changed nothing more."
        )


def newest_published(connection: Connection) -> Newest | None:
    """The run that the present scores are of, before the first one None."""
    types = {"as_of": Type.TIME, "model_version": Type.TEXT, "written_into": Type.TEXT}
    found = store_times(select(connection, "newest_published", types), "as_of").to_dicts()
    return Newest(**found[0]) if found else None


def newest_lead(store: Engine, run: Run) -> datetime | None:
    """When the newest lead that a published run has seen came in; None where the leads do not say."""
    with reading(store) as connection:
        found = select(connection, "newest_lead", {"newest_lead": Type.TIME}, run_id=run.run_id)
    return cast("datetime | None", store_times(found, "newest_lead")["newest_lead"].item())


@contextmanager
def closing_on_error(store: Engine, run: Run) -> Iterator[None]:
    """Close the run as ``refused`` or ``failed`` if the work inside does not get to its end."""
    try:
        yield
    except BatchRefused as error:
        refusal = BatchRefused(error.message, f"{error.hint} {ACCEPT.format(run_id=run.run_id)}")
        _close(store, run, refusal)
        raise refusal from error
    except Exception as error:
        _close(store, run, error)
        raise


@contextmanager
def overruled(run: Run) -> Iterator[None]:
    """Let a limit on the whole batch be passed, and say so, where a person accepted the run."""
    try:
        yield
    except BatchRefused as error:
        if not run.accepted_by:
            raise
        log.warning("Accepted by %s: %s", run.accepted_by, error.message)


def accept(store: Engine, run_id: str, by: str) -> tuple[datetime, bool]:
    """Let a refused run be published all the same, in the name of a person: its moment, and whether it is full.

    Raises StoreError if there is no such run, if it was not refused, or if it is overtaken.
    """
    texts = ("status", "scope", "run_key", "accepted_by")
    types = dict.fromkeys(texts, Type.TEXT) | {"as_of": Type.TIME, "overtaken": Type.INTEGER}
    with writing(store) as connection:
        found = store_times(select(connection, "run_to_accept", types, run_id=run_id), "as_of").to_dicts()
        if not found:
            raise StoreError(f"There is no run {run_id}.", "score_runs lists them.")
        [run] = found
        if run["status"] != "refused" and not (run["status"] in ("running", "failed") and run["accepted_by"]):
            raise StoreError(f"Run {run_id} is {run['status']}, not refused.", "only refused runs can be accepted.")
        if run["overtaken"]:
            raise StoreError(
                f"Run {run_id} is overtaken: a later one was published, or another model is the champion.",
                "run `leadscore score` and look at what that one says.",
            )
        execute(connection, "accept_run", run_id=run_id, accepted_by=by)
    return run["as_of"], run["run_key"].split()[1] == "full"


def _key(as_of: datetime, full: bool, model_version: str) -> tuple[str, str]:
    key = f"{as_of.isoformat()} {'full' if full else 'due'} {model_version}"
    return hashlib.sha256(key.encode()).hexdigest()[:16], key


def _scope(newest: Newest | None, as_of: datetime, *, full: bool, by_schedule: bool) -> Scope:
    if newest is None or as_of >= newest.as_of:
        return "full" if full else "due"
    if by_schedule:
        mine, present = f"{as_of:%Y-%m-%d %H:%M}", f"{newest.as_of:%Y-%m-%d %H:%M}"
        raise Overtaken(
            f"The run of {mine} UTC comes late: the present scores are of {present}.",
            "nothing is to be done; `leadscore score --as-of` adds a moment of the past to the history.",
        )
    return "backfill"


def _close(store: Engine, run: Run, error: Exception) -> None:
    status = "refused" if isinstance(error, BatchRefused | AuditFailed) else "failed"
    ours = isinstance(error, LeadScoreError)  # others may quote a lead
    words = str(error) if ours else f"{type(error).__name__}: see the log of the run"
    try:
        with writing(store) as connection:
            execute(connection, "end_run", run_id=run.run_id, attempt=run.attempt, status=status, error=words)
    except LeadScoreError as second:  # the first error says more; the next run closes what is still open
        log.warning("run %s could not be closed: %s", run.run_id, second.message)
