"""Columns that open leads show to be written late: values, or fills, that only closed leads have.

Open leads are compared with the closed ones that came in at the same time, so campaigns and months that come and go
do not show. Closed leads of the same age closed faster: what is in no open lead is a leak only if that does not explain
it, and the limits are wide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.leaks.codes import MISSING, Coded, Codes
from leadscore.leaks.findings import CERTAIN, IF_LATE, Finding
from leadscore.leaks.waits import Waits

AGES = 10  # bins of created_at
MIN_OVERLAP = 100  # closed, and open, leads that came in at the same time
PURE, MIN_HELD = 0.99, 10  # share of one outcome, and leads, from which on a value belongs to it
SUBSTANTIAL = 0.2  # share of an outcome's leads that such values hold
RARE = 0.02  # of as many open leads as would be expected: slips of those who close leads
TOO_SLOW = 1e-3  # probability that none of them would be open, by the time that they take to close
MORE_FILLED = 0.15  # share of the leads by which closed ones are filled more often; quick leads differ a little
MANY_ERRORS = 5.0  # the same in standard errors

Labels = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ages:
    """The bin of creation of each closed (n,) and open lead (m,); -1 where one kind of leads has none like it."""

    closed: NDArray[np.int64]
    open: NDArray[np.int64]

    def due(self, held: Mask) -> float:
        """How many open leads would hold what ``held`` (n,) marks, if they were as the closed ones of their age."""
        size = int(self.closed.max(initial=-1)) + 1
        n_closed, n_held, n_open = (
            np.bincount(ages[ages >= 0], minlength=size) for ages in (self.closed, self.closed[held], self.open)
        )
        return float((n_open * n_held / np.maximum(n_closed, 1)).sum())


def same_age(created_at: pl.Series, open_created_at: pl.Series) -> Ages | None:
    """Bins of creation, by quantiles of the open leads' times (anything with an order); None if few leads overlap."""
    closed, opened = (times.to_physical().cast(pl.Float64).to_numpy() for times in (created_at, open_created_at))
    known = opened[~np.isnan(opened)]
    if not len(known):
        return None
    edges = np.unique(np.quantile(known, np.linspace(0, 1, AGES + 1)))
    age, open_age = _binned(closed, edges), _binned(opened, edges)
    both = np.intersect1d(age, open_age)
    overlap = Ages(*(np.where(np.isin(each, both), each, -1) for each in (age, open_age)))
    enough = min((overlap.closed >= 0).sum(), (overlap.open >= 0).sum()) >= MIN_OVERLAP
    return overlap if enough else None


def _binned(times: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    inside = (times >= edges[0]) & (times <= edges[-1])
    return np.where(inside, np.searchsorted(edges, times, side="right") - 1, -1)


def after_outcome(
    columns: Sequence[Coded], open_columns: Sequence[Coded], converted: Labels, ages: Ages, waits: Waits | None
) -> list[Finding]:
    """The columns of which many closed leads hold values of one outcome that no open lead of their age holds.

    They are leaks if these leads do not close too fast to be seen open; without ``waits`` they are told only.
    """
    found = (_after_outcome(*pair, converted, ages, waits) for pair in zip(columns, open_columns, strict=True))
    return [finding for finding in found if finding]


def _after_outcome(column: Coded, opened: Coded, converted: Labels, ages: Ages, waits: Waits | None) -> Finding | None:
    told = None
    closed = ages.closed >= 0
    for label, values in one_outcome_values(column.codes[closed], converted[closed]):
        missed = [value for value in values if is_missed(column.codes == value, opened.codes == value, ages)]
        late = [value for value in missed if not closed_fast(column.codes == value, opened.codes == value, ages, waits)]
        if _covered(column, late, converted, ages, label) >= SUBSTANTIAL:
            return _only_closed(column, opened, late, converted, ages, label, leak=True)
        if _covered(column, missed, converted, ages, label) >= SUBSTANTIAL:
            told = _only_closed(column, opened, missed, converted, ages, label, leak=False)
    return told


def _covered(column: Coded, values: list[int], converted: Labels, ages: Ages, label: int) -> float:
    """Share of the compared leads with the outcome ``label`` that hold one of ``values``."""
    of_label = (ages.closed >= 0) & (converted == label)
    return float((np.isin(column.codes, values) & of_label).sum() / max(of_label.sum(), 1))


def _only_closed(
    column: Coded, opened: Coded, values: list[int], converted: Labels, ages: Ages, label: int, *, leak: bool
) -> Finding:
    share = _covered(column, values, converted, ages, label)
    n_open = np.isin(opened.codes[ages.open >= 0], values).sum()
    figure = (
        f"{len(values)} of its values, held by {share:.0%} of the {'converted' if label else 'lost'} leads, would be "
        f"expected in {ages.due(np.isin(column.codes, values)):,.0f} open leads of the same age and are in {n_open:,}."
        f"{'' if leak else ' Leads that close fast would look the same. ' + IF_LATE}"
    )
    return Finding(column=column.name, check="only after the outcome", figure=figure, leak=leak)


def one_outcome_values(codes: Codes, converted: Labels) -> Iterator[tuple[int, list[int]]]:
    """For each outcome, the values that hardly any lead of the other one has, beyond chance."""
    n, n_converted = np.bincount(codes), np.bincount(codes, converted)
    for label in (1, 0):
        n_label = n_converted if label else n - n_converted
        rate = max(float((converted == label).mean()), 1e-300)
        pure = (n >= MIN_HELD) & (n_label >= PURE * n) & (n_label * np.log(rate) < np.log(CERTAIN))
        yield label, [int(value) for value in np.flatnonzero(pure) if value != MISSING]


def is_missed(held: Mask, open_held: Mask, ages: Ages) -> bool:
    """Whether open leads (m,) lack what closed ones of their age (n,) hold, beyond chance (Poisson)."""
    return _lacks(open_held, ages, ages.due(held), CERTAIN)


def closed_fast(held: Mask, open_held: Mask, ages: Ages, waits: Waits | None) -> bool:
    """Whether such leads may be missed among the open ones because they close fast; unknown without ``waits``."""
    return waits is None or not _lacks(open_held, ages, waits.due(held, ages.open >= 0), TOO_SLOW)


def _lacks(open_held: Mask, ages: Ages, due: float, chance: float) -> bool:
    return bool(due > -np.log(chance) and (open_held & (ages.open >= 0)).sum() <= RARE * due)


def filled_later(columns: Sequence[Coded], open_columns: Sequence[Coded], ages: Ages) -> list[Finding]:
    """The columns that closed leads have filled in far more often than open leads of the same age."""
    found = (_filled_later(*pair, ages) for pair in zip(columns, open_columns, strict=True))
    return [finding for finding in found if finding]


def _filled_later(column: Coded, opened: Coded, ages: Ages) -> Finding | None:
    n_closed, n_open = int((ages.closed >= 0).sum()), int((ages.open >= 0).sum())
    closed, still_open = ages.due(column.filled) / n_open, float(opened.filled[ages.open >= 0].mean())
    error = np.sqrt(closed * (1 - closed) / n_closed + still_open * (1 - still_open) / n_open)
    if closed - still_open < max(MORE_FILLED, MANY_ERRORS * error):
        return None
    figure = f"filled in for {closed:.0%} of the closed and {still_open:.0%} of the open leads of the same age."
    return Finding(column=column.name, check="filled in later", figure=figure)
