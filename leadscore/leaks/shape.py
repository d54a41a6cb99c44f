"""Columns that cannot help whatever the outcome: nearly constant, a copy of another, or mostly single values."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from leadscore.leaks.codes import MISSING, Coded
from leadscore.leaks.findings import Finding

NEAR_CONSTANT = 0.999  # share of the leads with one value, a missing one counted as a value
SAME = 0.99  # share of equal cells from which on a column nearly copies another
OTHERWISE = 0.01  # probability by chance below which the leads in which the two differ convert otherwise
MIN_TELLING = 30  # leads in which two columns could have differed, to call one a copy
MANY = 200  # categories above which a column is named

Labels = NDArray[np.int64]


def near_constant(columns: Sequence[Coded]) -> list[Finding]:
    """The columns in which hardly any lead differs from the others; useless are those in which none does.

    What is rare before the holdout may be frequent now: `pdays` of the bank's contacts is.
    """
    return [
        Finding(
            column=column.name,
            check="near constant",
            figure=f"{share:.2%} of the leads have the same value, or none.",
            useless=share == 1.0,
        )
        for column in columns
        if (share := float((column.codes == column.usual).mean())) >= NEAR_CONSTANT
    ]


def same_columns(columns: Sequence[Coded], converted: Labels, identifiers: Sequence[str] = ()) -> list[Finding]:
    """The columns that copy another, each named once: of two the later one, but never one of the ``identifiers``.

    A copy is useless if the leads in which it differs, if any, convert (n,) like the rest; else it is told only.
    """
    ordered = sorted(columns, key=lambda column: column.name not in identifiers)
    found: dict[str, Finding] = {}
    for first, second in combinations(ordered, 2):
        if any(name in found and found[name].useless for name in (first.name, second.name)):
            continue
        if finding := _copy(first, second, converted, is_needed=second.name in identifiers):
            found[second.name] = finding
    return list(found.values())


def _copy(first: Coded, second: Coded, converted: Labels, *, is_needed: bool) -> Finding | None:
    share = agreement(first, second) if first.is_text == second.is_text else None
    if share is None or share < SAME:
        return None
    differs = first.keys != second.keys
    useless = not is_needed and not convert_otherwise(differs, converted)
    figure = f"it equals {first.name} in all leads in which they could differ."
    if differs.any():
        figure = (
            f"it equals {first.name} in {share:.1%} of the leads in which they could differ; of the {differs.sum():,} "
            f"others {converted[differs].mean():.1%} convert, of all the rest {converted[~differs].mean():.1%}."
        )
    return Finding(column=second.name, check="copy", figure=figure, useless=useless)


def convert_otherwise(chosen: NDArray[np.bool_], converted: Labels) -> bool:
    """Whether the ``chosen`` leads (n,) convert more or less often than the rest, by Fisher's exact test."""
    from scipy.stats import fisher_exact

    counts = np.histogram2d(chosen, converted, bins=2, range=[[0, 1], [0, 1]])[0]
    return bool(fisher_exact(counts.astype(np.int64))[1] < OTHERWISE)


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
