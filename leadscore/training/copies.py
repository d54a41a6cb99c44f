"""Exact copies count once in training: a lead entered twice is one piece of evidence, not two.

Of the leads that are equal in all columns the latest stays, whatever its outcome: a rule that looked at the outcome
would change the conversion rate. A table of few columns, where leads are equal because little is known of them, keeps
them all.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

COARSE = 0.2  # share of repeated rows above which to be equal is ordinary


@dataclass(frozen=True)
class Copies:
    """Which leads to train on: ``rows`` (k,), ascending, and what was found.

    ``n_copies`` leads repeat another one; ``n_conflicts`` sets of equal leads have both outcomes. ``coarse``: so many
    repeat that nothing is left out.
    """

    rows: NDArray[np.int64]
    n_copies: int
    n_conflicts: int
    coarse: bool


def once(leads: pl.DataFrame, converted: NDArray[np.int64], order: NDArray[Any] | None, most: float = COARSE) -> Copies:
    """Find the copies among ``leads`` (n, k) and keep the latest of each by ``order`` (n,), else the last row.

    Where more than the share ``most`` of the rows are repeated all are kept.

    Leads without a place in the order count as the oldest; among leads of the same place the last row is the latest.
    """
    latest_last = np.arange(leads.height) if order is None else _ordered(order)
    sets = (
        pl.DataFrame({"key": leads.hash_rows()[latest_last], "converted": converted[latest_last]})
        .lazy()
        .with_row_index("place")
        .group_by("key")
        .agg(pl.col("place").max(), both=pl.col("converted").min() != pl.col("converted").max())
        .collect()
    )
    n_copies = leads.height - sets.height
    coarse = n_copies > most * leads.height
    rows = np.arange(leads.height) if coarse else np.sort(latest_last[sets["place"].to_numpy()])
    return Copies(rows.astype(np.int64), n_copies, int(sets["both"].sum()), coarse)


def _ordered(order: NDArray[Any]) -> NDArray[np.int64]:
    """The rows by ``order``, equal ones as they stand; None, NaN and NaT come first."""
    values = pl.Series("order", order)
    known = values.fill_nan(None) if values.dtype.is_float() else values
    by_order = known.to_frame().lazy().with_row_index("row").sort("order", nulls_last=False, maintain_order=True)
    return by_order.collect()["row"].to_numpy().astype(np.int64)
