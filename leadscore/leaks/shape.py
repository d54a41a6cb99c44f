"""Columns that cannot help whatever the outcome: nearly constant, a copy of another, or mostly single values."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from leadscore.leaks.codes import MISSING, Coded
from leadscore.leaks.findings import Finding

NEAR_CONSTANT = 0.999  # share of the leads with one value, a missing one counted as a value
SAME = 0.99  # share of equal cells from which on a column copies another
MIN_TELLING = 30  # leads in which two columns could have differed, to call one a copy
MANY = 200  # categories above which a column is named


def near_constant(columns: Sequence[Coded]) -> list[Finding]:
    """The columns in which hardly any lead differs from the others; useless are those in which none does.

    What is rare before the holdout may be frequent now: `pdays` of the bank's contacts is.
    """
    return [
        Finding(
            column=column.name,
            check="near constant",
            figure=f"{share:.2%} of the leads are alike.",
            useless=share == 1.0,
        )
        for column in columns
        if (share := float((column.codes == column.usual).mean())) >= NEAR_CONSTANT
    ]


def same_columns(columns: Sequence[Coded]) -> list[Finding]:
    """The columns that copy an earlier one, each named once."""
    found: dict[str, Finding] = {}
    for first, second in combinations(columns, 2):
        if first.is_text != second.is_text or first.name in found or second.name in found:
            continue
        share = agreement(first, second)
        if share is not None and share >= SAME:
            figure = f"it equals {first.name} in {share:.1%} of the leads in which they could differ."
            found[second.name] = Finding(column=second.name, check="copy", figure=figure, useless=True)
    return list(found.values())


def agreement(first: Coded, second: Coded) -> float | None:
    """Share of leads with equal cells; None if too few could differ.

    Leads in which both are missing, or both hold the usual value, are not counted: any two sparse flags agree there.
    """
    equal = first.keys == second.keys
    ordinary = equal & ((first.codes == MISSING) | (first.codes == first.usual))
    telling = len(equal) - np.count_nonzero(ordinary)
    if telling < MIN_TELLING:
        return None
    return float(np.count_nonzero(equal & ~ordinary) / telling)


def many_values(columns: Sequence[Coded]) -> list[Finding]:
    """The categories of more values than leads can tell about."""
    return [
        Finding(column=column.name, check="many values", figure=_spread(column))
        for column in columns
        if column.is_text and column.n_values > MANY
    ]


def _spread(column: Coded) -> str:
    single = np.count_nonzero(np.bincount(column.codes)[1:] == 1)
    return f"it has {column.n_values:,} different values, {single:,} of them in one lead each."
