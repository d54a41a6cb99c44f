"""Columns that open leads show to be written late: values, or fills, that only closed leads have.

Open leads are compared with the closed ones that came in at the same time, so campaigns and months that come and go
do not show. Closed leads of the same age closed faster, which can show a little: hence the wide limits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.leaks.codes import MISSING, Coded, Codes
from leadscore.leaks.findings import CERTAIN, Finding

AGES = 10  # bins of created_at
MIN_OVERLAP = 100  # closed, and open, leads that came in at the same time
PURE, MIN_HELD = 0.99, 10  # share of one outcome, and leads, from which on a value belongs to it
SUBSTANTIAL = 0.2  # share of an outcome's leads that such values hold
RARE = 0.02  # of as many open leads as would be expected: slips of those who close leads
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
    columns: Sequence[Coded], open_columns: Sequence[Coded], converted: Labels, ages: Ages
) -> list[Finding]:
    """The columns of which many closed leads hold values of one outcome that no open lead of their age holds."""
    found = (_after_outcome(*pair, converted, ages) for pair in zip(columns, open_columns, strict=True))
    return [finding for finding in found if finding]


def _after_outcome(column: Coded, opened: Coded, converted: Labels, ages: Ages) -> Finding | None:
    closed = ages.closed >= 0
    open_codes = opened.codes[ages.open >= 0]
    for label, values in one_outcome_values(column.codes[closed], converted[closed]):
        late = [value for value in values if _missed(column.codes == value, open_codes == value, ages)]
        held = np.isin(column.codes, late) & closed
        covered = (held & (converted == label)).sum() / max((closed & (converted == label)).sum(), 1)
        if covered >= SUBSTANTIAL:
            figure = (
                f"{len(late)} of its values, held by {covered:.0%} of the {'converted' if label else 'lost'} leads, "
                f"should be in {ages.due(held):,.0f} open leads of the same age and are in "
                f"{np.isin(open_codes, late).sum():,}."
            )
            return Finding(column=column.name, check="only after the outcome", figure=figure, leak=True)
    return None


def one_outcome_values(codes: Codes, converted: Labels) -> Iterator[tuple[int, list[int]]]:
    """For each outcome, the values that hardly any lead of the other one has, beyond chance."""
    n, n_converted = np.bincount(codes), np.bincount(codes, converted)
    for label in (1, 0):
        n_label = n_converted if label else n - n_converted
        rate = max(float((converted == label).mean()), 1e-300)
        pure = (n >= MIN_HELD) & (n_label >= PURE * n) & (n_label * np.log(rate) < np.log(CERTAIN))
        yield label, [int(value) for value in np.flatnonzero(pure) if value != MISSING]


def _missed(held: Mask, open_held: Mask, ages: Ages) -> bool:
    """Whether open leads hold next to nothing of it, beyond chance (Poisson)."""
    due = ages.due(held)
    return bool(due > -np.log(CERTAIN) and open_held.sum() <= RARE * due)


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
