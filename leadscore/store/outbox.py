"""Which rows of the user's own leads table are still to be brought in line with the scores.

They are noted in the transaction that publishes (a transactional outbox) and struck off once they are written, in the
same transaction where the leads live beside the scores, else in one after it: so a write-back that was interrupted,
or a lead that was edited meanwhile, waits for the next run.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine

from leadscore.schema import Type
from leadscore.store.engine import writing
from leadscore.store.frames import store_times
from leadscore.store.queries import execute, execute_many, select
from leadscore.store.runs import Newest, Run
from leadscore.store.source import Source
from leadscore.store.write_back import bring_in_line

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WriteBack:
    """Where the scores are written back: columns of the leads table by what they show.

    ``target`` is None where the leads live in the score store: then its own transaction writes them.
    """

    source: Source
    into: dict[str, str]
    target: Engine | None

    @property
    def place(self) -> str:
        """The columns as the ledger keeps them."""
        return json.dumps({"table": self.source.leads.table, **self.into}, sort_keys=True)


def note(connection: Connection, back: WriteBack | None, removed: pl.DataFrame, newest: Newest | None) -> None:
    """After all is merged: note who was scored, who lost the score, and every lead if the columns are new.

    ``newest`` is the run before this one.
    """
    if back is None:
        return
    execute(connection, "note_staged_scores")
    execute_many(connection, "note_write_back", removed)
    if newest is None or newest.written_into != back.place:
        execute(connection, "note_all_leads")


def drain(store: Connection, target: Connection, run: Run, back: WriteBack, now: datetime) -> None:
    """Bring the noted leads in line, and strike them off. Nothing is committed here."""
    id_type = back.source.identifier_types["id"]
    types = {
        "lead_id": id_type,
        "lead_updated_at": Type.TIME,
        "row_hash": Type.TEXT,
        "score": Type.INTEGER,
        "grade": Type.TEXT,
        "probability": Type.FLOAT,
        "scored_at": Type.TIME,
    }
    wanted = store_times(select(store, "wanted_write_backs", types), "lead_updated_at", "scored_at")
    if wanted.is_empty():
        return
    written = bring_in_line(target, back.source, back.into, wanted)
    execute_many(store, "keep_version", written.versions)
    execute(store, "clear_write_backs")
    execute_many(
        store, "note_write_back", wanted.select("lead_id").filter(~pl.col("lead_id").is_in(written.settled.implode()))
    )
    execute(store, "note_written", run_id=run.run_id, n_written=written.n_written, written_at=now)
    log.info("%d rows of %s written", written.n_written, back.source.leads.table)


def drain_elsewhere(store: Engine, target: Engine, run: Run, back: WriteBack, now: datetime) -> None:
    """The same where the leads live in another database: that one commits first, then the store notes it.

    What is noted meanwhile, by a run that took over, is not in the snapshot and stays.
    """
    with writing(store, snapshot=True) as noted, writing(target) as written:
        drain(noted, written, run, back, now)
