"""How many open leads would hold what closed ones do, by the time that those took to close.

Of the leads that came in at one time the open ones are the slow ones: what leads hold that are lost within hours is in
no open lead a week old, though nobody wrote it afterwards. So an open lead is held against the closed leads that were
open for longer than it has been.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

MOST_UNKNOWN = 0.1  # share of the closed leads without a closing time: with more, those that have one may be special

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Waits:
    """How long each closed lead was open (n,), and each open one has been (m,), in one unit; NaN where unknown."""

    closed: NDArray[np.float64]
    open: NDArray[np.float64]

    def due(self, held: Mask, compared: Mask) -> float:
        """How many of the open leads that are ``compared`` (m,) would hold what ``held`` (n,) marks."""
        so_far = self.open[compared & ~np.isnan(self.open)]
        n_longer, n_held = _longer(self.closed, so_far), _longer(self.closed[held], so_far)
        return float((n_held / np.maximum(n_longer, 1)).sum())


def _longer(waits: NDArray[np.float64], so_far: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many of the known ``waits`` are as long as each of ``so_far``, or longer."""
    known = np.sort(waits[~np.isnan(waits)])
    return len(known) - np.searchsorted(known, so_far, side="left")


def waits_of(created_at: pl.Series, closed_at: pl.Series | None, open_created_at: pl.Series) -> Waits | None:
    """In microseconds, those of open leads until the newest time there is; None without open leads or closing times."""
    if closed_at is None:
        return None
    created, closed, opened = (_microseconds(times) for times in (created_at, closed_at, open_created_at))
    took = closed - created
    if not len(took) or np.isnan(took).mean() > MOST_UNKNOWN or np.isnan(opened).all():
        return None
    return Waits(took, np.nanmax(np.concatenate([closed, opened])) - opened)


def _microseconds(times: pl.Series) -> NDArray[np.float64]:
    return times.cast(pl.Datetime("us")).to_physical().cast(pl.Float64).to_numpy()
