"""Which leads of a scan have an outcome to learn from."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.due import is_known, is_open, split_keys, still
from leadscore.errors import LabelError, NotEnoughLeads, SourceError
from leadscore.sections import Leads
from leadscore.spool import Spool
from leadscore.store.source import Chunk, Source, fetch
from leadscore.training.maturity import has_lost_state, window_days

MAX_UNREADABLE = 0.01  # share of the leads: above it the column holds something else than times
OPEN_SAMPLE = 20_000  # open leads that are read to compare the known ones with


@dataclass(frozen=True)
class Found:
    """Ids of the leads whose outcome was known, rising; of some that were open; how many leads there are in all.

    ``maturity_days`` is the window that was set or estimated, None where the source tells which leads are lost. Where
    the known leads are too many for one machine, ``known`` is a sample of whole accounts, and ``partitions`` has the
    lives of all of them, an account in one frame.
    """

    known: pl.Series
    open: pl.Series
    n_in_source: int
    maturity_days: float | None
    partitions: Spool | None = None


def find_known(scan: pl.DataFrame, leads: Leads, as_of: datetime, maturity_days: float | None, seed: int) -> Found:
    """The leads of a scan whose outcome was known at ``as_of``, and what is needed to judge them.

    Raises LabelError for a label that is none, SourceError for a column of times that holds something else, and
    NotEnoughLeads if all leads have the same outcome.
    """
    require_readable(scan, leads)
    sound, _ = split_keys(scan, leads.id)
    window = maturity_days or estimated_window(sound, as_of)
    known = sound.filter(is_known(as_of, window))
    if known["label"].n_unique() < 2:
        share = "All" if known["label"].sum() else "None"
        found = (
            f"{share} of the {known.height:,} leads with a known outcome converted"
            if known.height
            else "No outcome is known"
        )
        raise NotEnoughLeads(
            f"{found}, by {leads.label}.",
            f"both outcomes are needed: check [leads] label{' and converted' if leads.converted else ''}, or wait for "
            "leads that convert and leads that do not.",
        )
    return Found(known["lead_id"].sort(), open_sample(sound, as_of, window, seed), scan.height, window)


def unchanged(source: Source, ids: pl.Series, stands: pl.Expr) -> Chunk:
    """Those of the leads, whole, that stand as they did when they were scanned."""
    chunk = fetch(source, ids)
    kept = still(chunk.lives, stands)
    return Chunk(chunk.raw.filter(kept), chunk.lives.filter(kept))


def estimated_window(sound: pl.DataFrame, as_of: datetime) -> float | None:
    """The maturity window of a source that does not tell lost leads from open ones, else None."""
    labelled = sound.filter(pl.col("created_at") <= as_of)
    if tells_open(labelled):
        return None
    return window_days(labelled["created_at"], labelled["closed_at"], _converted(labelled), as_of)


def tells_open(lives: pl.DataFrame) -> bool:
    """Whether leads without an outcome differ from lost ones: by their label, or as lost ones have a closing time."""
    return lives["label"].has_nulls() or has_lost_state(lives["closed_at"], _converted(lives))


def _converted(lives: pl.DataFrame) -> NDArray[np.int64]:
    return lives["label"].fill_null(0).to_numpy().astype(np.int64)


def require_readable(scan: pl.DataFrame, leads: Leads) -> None:
    """Raise LabelError or SourceError for a column of ``unreadable`` labels or times."""
    for name, n in scan["unreadable"].drop_nulls().value_counts().iter_rows():
        told = f"{n:,} of {scan.height:,} leads have a {name} that is"
        if name == leads.label:
            raise LabelError(
                f"{told} neither 0/1, true/false nor yes/no.",
                "name the outcome column in [leads] label, say in [leads] converted and lost what its values mean, or"
                " list in [leads] missing what means nothing.",
            )
        if n > MAX_UNREADABLE * scan.height:
            raise SourceError(
                f"{told} no time.",
                "name a column of times in [leads] (text in ISO 8601), or turn it into one in a [leads] query.",
            )


def open_sample(sound: pl.DataFrame, as_of: datetime, maturity_days: float | None, seed: int) -> pl.Series:
    """Ids of at most `OPEN_SAMPLE` leads that were open at ``as_of``, rising: what closed leads are compared with."""
    there = pl.col("created_at").fill_null(as_of) <= as_of
    ids = sound.filter(is_open(as_of, maturity_days) & there)["lead_id"]
    return ids.sample(min(OPEN_SAMPLE, len(ids)), seed=seed).sort()


def is_mature(as_of: datetime, maturity_days: float | None) -> pl.Expr:
    """Whether a lead is old enough for both outcomes: of younger ones only the quick conversions would be known."""
    if maturity_days is None:
        return pl.repeat(True, pl.len())
    return (pl.col("created_at") <= as_of - timedelta(days=maturity_days)).fill_null(False)
