"""The base rate of the open leads within a publication: what is in force, what is seen, and what follows from it."""

import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection

from leadscore.errors import AuditFailed
from leadscore.models.prior_shift import Adjustment, Bins, Prior, Seen, Shift, estimate
from leadscore.schema import Type
from leadscore.store.audit import DEFECT
from leadscore.store.frames import store_times, to_frame
from leadscore.store.outbox import WriteBack
from leadscore.store.queries import execute, select
from leadscore.store.runs import Run

log = logging.getLogger(__name__)

MATURED = 0.95  # share of the leads of all nights up to one that have their outcome: else only the quick have it
RECENT = timedelta(days=90)  # before the last night that has matured: what converted earlier says less of now
MOVING = {"probability", "scored_at"}  # of what is written back, what an adjustment changes

NIGHTS = dict.fromkeys(("bin", "n_won", "n_lost", "n_open"), Type.INTEGER)
PRESENT = dict.fromkeys(("bin", "score", "called", "n_open", "n_expected", "n_other"), Type.INTEGER)


@dataclass(frozen=True)
class BaseRate:
    """What was in force ``before`` a run and is ``now``, with its adjusted ``cutoff``; the ``shift``, if estimated.

    ``only_told`` says that the base rate has moved and that the settings let the scores stay as they are. ``present``
    are the open leads as they are published, by bin, score and call; empty where the run left them as they were.
    """

    before: Adjustment
    now: Adjustment
    cutoff: float
    shift: Shift | None
    only_told: bool = False
    present: pl.DataFrame = field(default_factory=partial(to_frame, (), PRESENT), compare=False)


def in_force(connection: Connection, run: Run, prior: Prior) -> tuple[Adjustment, int]:
    """What the present scores are adjusted to, if they are of this model, and the number that the next one takes."""
    newest = execute(connection, "adjustment_in_force").first()
    if newest is None:
        return prior.unadjusted, 1
    ours = newest.model_version == run.model_version and newest.adjustment > 0
    present = Adjustment(newest.adjustment, newest.base_rate, newest.raw_cutoff) if ours else prior.unadjusted
    return present, newest.next_adjustment


def adjust_staged(connection: Connection, prior: Prior, adjustment: Adjustment) -> None:
    """Bring what is staged, which is as the model says, under the adjustment in force."""
    if adjustment.number:
        odds_ratio = prior.odds_ratio(adjustment)
        execute(connection, "adjust_staged", odds_ratio=odds_ratio, raw_cutoff=adjustment.raw_cutoff)


def follow(
    connection: Connection, run: Run, prior: Prior, before: Adjustment, number: int, back: WriteBack | None
) -> BaseRate:
    """Estimate the base rate of the present scores, all merged; where it moved, bring them all under the next number.

    Raises AuditFailed where they are not all of the run's model and the adjustment in force.
    """
    present = _present(connection, run, prior, before)
    shift = None if prior.shift == "off" else _estimated(connection, run, prior, present)
    now = prior.adjustment(shift, before, number)
    only_told = prior.moved(shift, now)
    if only_told:
        log.warning("The base rate of the open leads has moved, and [cutoff] shift lets the scores stay as they are.")
    if now != before:
        execute(
            connection,
            "adjust_scores",
            odds_ratio=prior.odds_ratio(now),
            raw_cutoff=now.raw_cutoff,
            adjustment=now.number,
            run_id=run.run_id,
            scored_at=run.started_at,
        )
        execute(connection, "append_adjusted")
        if back and MOVING & back.into.keys():
            execute(connection, "note_present_scores")
        present = _present(connection, run, prior, now)
    return BaseRate(before, now, prior.adjusted_cutoff(now), shift, only_told, present)


def _present(connection: Connection, run: Run, prior: Prior, adjustment: Adjustment) -> pl.DataFrame:
    """The present scores by bin, score and call: all of them of the run's model and this adjustment."""
    asked = {"edges": json.dumps(Bins.of(prior.curve).edges), "model_version": run.model_version}
    present = select(connection, "open_by_bin", PRESENT, **asked, adjustment=adjustment.number)
    if n_other := present["n_other"].sum():
        raise AuditFailed(f"{n_other} scores would be of another model or base rate; nothing was published.", DEFECT)
    return present


def _estimated(connection: Connection, run: Run, prior: Prior, present: pl.DataFrame) -> Shift:
    bins = Bins.of(prior.curve)
    asked = {"edges": json.dumps(bins.edges), "model_version": run.model_version}
    types = {"as_of": Type.TIME, **NIGHTS}
    nights = store_times(select(connection, "outcomes_by_bin", types, **asked), "as_of")
    known = matured(nights)
    counts = present["bin", "n_open"], known["bin", "n_won"], known["bin", "n_lost"]
    return estimate(Seen(*(_by_bin(each, len(bins.won)) for each in counts)), bins)


def matured(nights: pl.DataFrame) -> pl.DataFrame:
    """Those of ``nights`` on which leads were scored first whose outcomes can be taken as they are.

    Up to their last nearly every lead has its outcome by now, the slow as the quick; and they are recent.
    """
    known, still_open = pl.col("n_won") + pl.col("n_lost"), pl.col("n_open")
    by_night = nights.group_by("as_of").agg(known.sum().alias("known"), still_open.sum()).sort("as_of")
    share = pl.col("known").cum_sum() / (pl.col("known") + still_open).cum_sum()
    last = by_night.filter(share >= MATURED)["as_of"].max()
    if not isinstance(last, datetime):
        return nights.clear()
    return nights.filter(pl.col("as_of").is_between(last - RECENT, last))


def _by_bin(counts: pl.DataFrame, n_bins: int) -> NDArray[np.int64]:
    """The sum (n_bins,) of the second column by the bin in the first."""
    bins, n_leads = counts.get_columns()
    return np.bincount(bins, weights=n_leads, minlength=n_bins).astype(np.int64)
