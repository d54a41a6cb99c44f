"""Chunks of scored leads, kept until their run publishes them.

A chunk is named by a digest of the leads in it, each in its version, and of what scores them (`leadscore.pipeline`). So
whatever a killed run staged under one of tonight's names is as good as scored tonight: it is taken up where it was.
What else a score and its inputs depend on is in the digest too: whether it is the lead's first one, and what tonight
adds to the history of its account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Engine

from leadscore.pipeline import Slice
from leadscore.spool import Spool
from leadscore.store.engine import reading, writing
from leadscore.store.queries import execute, execute_many, load_rows
from leadscore.store.runs import CHUNKED, Run, hold, share

SCORED = [
    *("chunk", "lead_id", "account_id", "owner_id", "probability", "raw_probability", "score", "grade"),
    *("will_convert", "reasons", "model_version", "rules_version", "lead_updated_at", "row_hash", "scored_at"),
    *("continent", "inputs"),
]
QUARANTINED = [
    *("chunk", "row_number", "lead_id", "model_version", "rules_version", "lead_updated_at", "row_hash", "failures")
]
OPTIONAL = pl.DataFrame(schema={"continent": pl.String, "inputs": pl.String})


@dataclass(frozen=True)
class Staged:
    """The leads of one chunk: ``scores``, ``quarantined`` rows, and the ``counts`` of its leads as JSON.

    ``scores`` may have a column ``continent``, and one of ``inputs``: those of the leads that are scored for the first
    time, a JSON object each.
    """

    scores: Spool
    quarantined: pl.DataFrame
    counts: str

    @property
    def n_leads(self) -> int:
        return self.quarantined.height + self.scores.height


def stage(store: Engine, run: Run, due: Slice, staged: Staged) -> None:
    """Keep a chunk, as a whole; a second try changes nothing. Raises AlreadyRunning if another run took over."""
    stamp = {"chunk": due.chunk, "model_version": run.model_version, "rules_version": run.rules_version}
    stamped = [pl.lit(value, dtype=pl.String).alias(name) for name, value in stamp.items()]
    with writing(store) as connection:
        share(connection, run)
        if not execute(
            connection, "stage_chunk", chunk=due.chunk, n_leads=staged.n_leads, counts=staged.counts
        ).rowcount:
            return
        for scores in staged.scores:
            whole = pl.concat([scores, OPTIONAL], how="diagonal_relaxed")
            whole = whole.with_columns(*stamped, scored_at=pl.lit(run.started_at))
            load_rows(connection, "stage_scores", whole.select(SCORED))
        load_rows(connection, "stage_quarantine", staged.quarantined.with_columns(stamped).select(QUARANTINED))


def keep_staged(store: Engine, run: Run, sizes: Mapping[str, int]) -> set[str]:
    """Which chunks of these ``sizes`` are staged, with all their leads; all other chunks are dropped.

    A lead that changed while it was read is not staged with its chunk; it may have changed back since.
    """
    with writing(store) as connection:
        hold(connection, run)
        found = {row.chunk: row.n_leads for row in execute(connection, "staged_chunks")}
        whole = {chunk for chunk, n_leads in found.items() if sizes.get(chunk) == n_leads}
        stale = pl.DataFrame({"chunk": sorted(found.keys() - whole)}, schema={"chunk": pl.String})
        for what in CHUNKED:
            execute_many(connection, f"drop_staged_{what}", stale)
    return whole


def staged_counts(store: Engine) -> list[Any]:
    """The counts of each staged chunk, as JSON."""
    with reading(store) as connection:
        return [row.counts for row in execute(connection, "staged_chunks")]
