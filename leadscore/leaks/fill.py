"""Columns that are written when the outcome comes: filled in for leads of one outcome only."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leadscore.leaks.codes import MISSING, Coded
from leadscore.leaks.findings import CERTAIN, Finding

PURE = 0.99  # share of one outcome from which on a fill belongs to it: the rest are slips
MIN_FILLED = 10
USUAL = 0.5  # share of the leads from which on a value may be a database's default
COVERS = 0.5  # share of the leads of a common outcome that a fill must cover to belong to it

Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


def filled_for_one(columns: Sequence[Coded], converted: Labels) -> list[Finding]:
    """The columns that hold something, or something else than usual, for hardly any but one outcome."""
    found = (_filled_for_one(column, converted) for column in columns)
    return [finding for finding in found if finding]


def _filled_for_one(column: Coded, converted: Labels) -> Finding | None:
    for held, words in _fills(column):
        for label in (1, 0):
            n, n_label = int(held.sum()), int((held & (converted == label)).sum())
            if belongs(n, n_label, converted, label):
                name: Literal["converted", "lost"] = "converted" if label else "lost"
                rate = (converted == label).mean()
                figure = f"{n:,} leads {words}, {n_label:,} of them {name}; of all leads {rate:.1%} are."
                return Finding(column=column.name, check=f"filled only for {name}", figure=figure, leak=True)
    return None


def _fills(column: Coded) -> Iterator[tuple[Mask, str]]:
    """Where a column is filled, and where it departs from a value that most leads have (a database's default)."""
    yield column.filled, "have it filled in"
    usual = column.usual
    if usual != MISSING and (column.codes == usual).mean() >= USUAL:
        yield column.filled & (column.codes != usual), "hold another than the usual value"


def belongs(n: int, n_label: int, converted: Labels, label: int) -> bool:
    """Whether ``n`` leads, ``n_label`` of them with the outcome ``label``, belong to it beyond chance.

    Where most leads have that outcome anyway, they must also be many of those leads: any column filled for a few
    hundred leads would do otherwise.
    """
    from scipy.stats import binom

    rate = float((converted == label).mean())
    if n < MIN_FILLED or n_label < PURE * n or rate in (0, 1):
        return False
    covers = n_label >= COVERS * (converted == label).sum()
    return bool((rate < 0.5 or covers) and binom.sf(n_label - 1, n, rate) < CERTAIN)
