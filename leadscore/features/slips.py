"""Slips of the keyboard: a rare text that is one edit away from a frequent one is taken for it.

The rule is narrow, since "expert" is no slip of "export" and "4y" none of "6y": words of six letters and more, no
digit, the same first letter, and one letter added, lost, changed or swapped with its neighbour (optimal string
alignment distance 1). Texts that are frequent themselves are never merged.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

SHORTEST = 6  # characters: of shorter words too many are one edit apart
MOST = 2_000  # known values up to which slips are looked for: more are names, not categories


def without_slips(values: pl.Series, known: Sequence[str]) -> pl.Series:
    """``values`` (distinct, not null), each slip replaced by the one of ``known`` that it is nearest to.

    ``known`` are the frequent values, most frequent first: of several at distance 1 the first is taken.
    """
    targets = [value for value in known if may_slip(value)]
    asked = pl.Series(sorted({value for value in set(values) - set(known) if may_slip(value)}), dtype=pl.String)
    if not targets or asked.is_empty() or len(targets) > MOST:
        return values
    meant = nearest(asked.to_list(), targets)
    return values.replace(meant) if meant else values


def may_slip(value: str) -> bool:
    return len(value) >= SHORTEST and not any(character.isdigit() for character in value)


def nearest(asked: Sequence[str], targets: Sequence[str]) -> dict[str, str]:
    """The target at distance 1 of each of ``asked`` that has one with the same first letter."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import cdist

    distance = cdist(asked, targets, scorer=OSA.distance, score_cutoff=1, dtype=np.uint8)
    first = np.array([value[0] for value in asked])[:, None] == np.array([value[0] for value in targets])
    close = (distance == 1) & first
    hits = np.flatnonzero(close.any(axis=1)).tolist()
    return {asked[row]: targets[int(close[row].argmax())] for row in hits}
