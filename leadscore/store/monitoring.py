"""The monitoring of a night, inside the transaction that publishes it: what it adds up, and the rows it leaves.

Nothing here reads the history. The features are counted chunk by chunk while leads are scored, and kept by run; what
became of leads is added, as they leave, to the run that scored them first; the open leads were counted for their base
rate already.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

import polars as pl
from sqlalchemy import Connection, Engine

from leadscore.monitor.features import Scored
from leadscore.monitor.measure import Measure
from leadscore.monitor.night import Night, Watch, measures
from leadscore.monitor.performance import Present, Realised
from leadscore.schema import Type
from leadscore.store.base_rate import BaseRate, matured
from leadscore.store.engine import reading
from leadscore.store.frames import store_times
from leadscore.store.queries import execute, execute_many, select
from leadscore.store.runs import Run

BILLION = 1e9
DIGITS = 6  # decimals of what is kept
ROW = {
    **dict.fromkeys(("name", "feature"), pl.String),
    **dict.fromkeys(("value", "limit"), pl.Float64),
    "breached": pl.Boolean,
    "reason": pl.String,
}
SUMS = dict.fromkeys(("n_open", "n_known", "n_won", "n_called", "n_called_won", "n_predicted"), Type.INTEGER)


def monitor(connection: Connection, run: Run, watch: Watch, base_rate: BaseRate) -> tuple[Measure, ...]:
    """Judge the night that is being published, all of it merged but not closed, and keep its measures."""
    _keep_tonight(connection, run, watch)
    execute(connection, "enter_cohort", run_id=run.run_id)
    execute(connection, "settle_cohorts")
    night = Night(
        scored=Scored.of(_latest(connection), enough=watch.limits.min_leads),
        present=_present(base_rate.present),
        shift=base_rate.shift,
        raw_cutoff=base_rate.now.raw_cutoff,
        realised=_realised(connection, run),
    )
    found = measures(watch, night)
    rows = pl.DataFrame([vars(each) for each in found], ROW)
    kept = rows.with_columns(pl.col("value", "limit").round(DIGITS), run_id=pl.lit(run.run_id))
    execute_many(connection, "keep_measure", kept)
    return tuple(found)


def breaches(store: Engine, run_id: str) -> list[Measure]:
    """The measures of a published run that are beyond their limits."""
    with reading(store) as connection:
        rows = execute(connection, "breaches", run_id=run_id).fetchall()
    return [Measure(row.name, row.feature, row.value, row.limit, breached=True) for row in rows]


def _keep_tonight(connection: Connection, run: Run, watch: Watch) -> None:
    """Keep tonight's counts, and let go those that are of no use any more."""
    since = run.as_of - timedelta(days=watch.limits.window_days)
    execute(connection, "forget_feature_counts", model_version=run.model_version, since=since)
    chunks = [json.loads(row.counts) for row in execute(connection, "staged_chunks")]
    tonight = Scored.of(Scored(**each["scored"]) for each in chunks if "scored" in each)
    if tonight.n_leads:
        counts = json.dumps(tonight.counts, separators=(",", ":"))
        execute(connection, "keep_feature_counts", run_id=run.run_id, n_leads=tonight.n_leads, counts=counts)


def _latest(connection: Connection) -> Iterator[Scored]:
    for row in execute(connection, "latest_feature_counts").fetchall():  # not all may be asked for
        yield Scored(row.n_leads, json.loads(row.counts))


def _present(groups: pl.DataFrame) -> Present:
    """The open leads by score and call: sums over the bins of the base rate, which are of no matter here."""
    rising = groups.group_by("score", "called").agg(pl.col("n_open", "n_expected").sum()).sort("score", "called")
    return Present(
        score=rising["score"].to_numpy(),
        called=rising["called"].to_numpy() > 0,
        n=rising["n_open"].to_numpy(),
        won=rising["n_expected"].to_numpy() / BILLION,
    )


def _realised(connection: Connection, run: Run) -> Realised:
    """What became of the leads that this model scored first, on nights by now matured."""
    types = {"as_of": Type.TIME, **SUMS}
    nights = store_times(select(connection, "cohorts", types, model_version=run.model_version), "as_of")
    told = matured(nights.with_columns(n_lost=pl.col("n_known") - pl.col("n_won"))).select(pl.col(*SUMS).sum())
    [sums] = told.to_dicts()
    return Realised(
        leads=sums["n_known"],
        won=sums["n_won"],
        predicted=sums["n_predicted"] / BILLION,
        called=sums["n_called"],
        called_won=sums["n_called_won"],
    )
