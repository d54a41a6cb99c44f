"""What became of earlier leads of the same account, seller or place, as it was known when a lead came in.

An outcome counts for a lead if it was known before the lead was created, in training and in scoring alike. So a
feature never looks ahead, a lead never sees its own outcome, and a score does not move because other leads close.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

KNOWN_AT = "known_at"
LONG_AGO = datetime(1, 1, 1)  # before any outcome: what a lead without a creation time is taken to be


def known_at(lives: pl.DataFrame, maturity_days: float | None) -> pl.DataFrame:
    """``lives`` with ``known_at``: when each outcome was known, not before the lead itself was there.

    With a maturity window a lead that did not convert counts as open until it is as old as that, whatever it says.
    """
    closed = pl.when(pl.col("closed_at").is_not_null()).then(pl.max_horizontal("created_at", "closed_at"))
    if maturity_days is None:
        return lives.with_columns(closed.alias(KNOWN_AT))
    mature = pl.col("created_at") + pl.duration(seconds=maturity_days * 86_400)
    lost = pl.max_horizontal("closed_at", mature)
    return lives.with_columns(pl.when(pl.col("label") == 0).then(lost).otherwise(closed).alias(KNOWN_AT))


def tally(leads: pl.DataFrame, past: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The outcomes with the same ``keys`` that were known when each of ``leads`` came in, in one sorted pass.

    ``leads`` have the keys and ``created_at``; ``past`` the keys, ``known_at`` and ``label`` (1 or 0). Returns, in
    the order of the leads, ``closed`` and ``won`` (counts, Float64) and ``days`` since the last of them (null where
    there is none). A lead that lacks a key or its creation time has none.
    """
    events = (
        past.select(*keys, KNOWN_AT, pl.col("label").cast(pl.Int64))
        .drop_nulls()
        .sort(KNOWN_AT)
        .with_columns(
            closed=pl.int_range(1, pl.len() + 1).over(*keys),
            won=pl.col("label").cum_sum().over(*keys),
            last=KNOWN_AT,
        )
    )
    asked = leads.select(*keys, pl.col("created_at").fill_null(LONG_AGO)).with_row_index("row").sort("created_at")
    found = asked.join_asof(
        events,
        left_on="created_at",
        right_on=KNOWN_AT,
        by=list(keys),
        strategy="backward",
        allow_exact_matches=False,
        check_sortedness=False,
    ).sort("row")
    since = (pl.col("created_at") - pl.col("last")).dt.total_seconds() / 86_400
    counts = (pl.col(name).fill_null(0).cast(pl.Float64) for name in ("closed", "won"))
    return found.select(*counts, days=since)
