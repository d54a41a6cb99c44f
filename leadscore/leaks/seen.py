"""Columns as a model sees them: dates by their distance from the lead, sentences by what they are, not by whose."""

from collections.abc import Sequence

import polars as pl

from leadscore.times import days_before


def as_seen(
    leads: pl.DataFrame, dates: Sequence[str], texts: Sequence[str], created_at: pl.Series | None
) -> pl.DataFrame:
    """``leads`` with ``dates`` in days before the lead came in, where that is known of any, and ``texts`` hashed.

    A sentence with a name or a number in it is one all the same: as a category it would count as missing.
    """
    hashed = leads.with_columns(pl.when(pl.col(name).is_not_null()).then(digest(name)).alias(name) for name in texts)
    if created_at is None or created_at.is_null().all():
        return hashed
    return hashed.with_columns(days_before(created_at, leads[name]) for name in dates)


def digest(name: str) -> pl.Expr:
    """The same for equal texts, case aside, and for hardly any others."""
    return pl.col(name).str.to_lowercase().hash().cast(pl.String)
