"""The ledger of the score runs: each run is entered before it works and closed with what it published."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from leadscore.errors import BatchRefused
from leadscore.store.engine import writing
from leadscore.store.queries import execute


@dataclass(frozen=True)
class Run:
    """One run of ``score``. ``published`` says that an earlier attempt already got to the end."""

    run_id: str
    as_of: datetime
    full: bool
    model_version: str
    rules_version: str
    started_at: datetime
    published: bool


def begin_run(
    store: Engine, *, as_of: datetime, full: bool, model_version: str, rules_version: str, now: datetime
) -> Run:
    """Enter the run, or find the one with the same key; clear what an interrupted attempt staged."""
    key = f"{as_of.isoformat()} {'full' if full else 'due'} {model_version}"
    run_id = hashlib.sha256(key.encode()).hexdigest()[:16]
    with writing(store) as connection:
        published = execute(connection, "published_run", run_id=run_id).first() is not None
        if not published:
            execute(connection, "close_interrupted", run_id=run_id)
            execute(connection, "clear_staged_scores")
            execute(connection, "clear_staged_quarantine")
            execute(
                connection,
                "begin_run",
                run_id=run_id,
                run_key=key,
                as_of=as_of,
                model_version=model_version,
                rules_version=rules_version,
                started_at=now,
            )
    return Run(run_id, as_of, full, model_version, rules_version, now, published)


@contextmanager
def closing_on_error(store: Engine, run: Run) -> Iterator[None]:
    """Close the run as ``refused`` or ``failed`` if the work inside does not get to its end."""
    try:
        yield
    except Exception as error:
        status = "refused" if isinstance(error, BatchRefused) else "failed"
        with writing(store) as connection:
            execute(connection, "end_run", run_id=run.run_id, status=status, error=str(error))
        raise
