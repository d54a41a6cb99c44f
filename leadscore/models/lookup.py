"""Sums over tables, compiled: where the time of explaining goes.

Numba compiles it once a machine and keeps that beside this file, or in the user's cache, or else compiles it anew in
every process (some 2 s).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from leadscore.models.tree_shap import Table

Floats = NDArray[np.float64]
Codes = NDArray[np.uint32]
Places = NDArray[np.int64]


class Packed(NamedTuple):
    """Tables, one after the other. Table t has the lookups from ``first_lookup[t]`` on and the columns from
    ``first_column[t]`` on. A lookup l: the code of feature ``feature[l]`` leads into ``steps`` from ``first_step[l]``
    on. A column c: the cell leads into ``by_cell`` from ``first_effect[c]`` on; what is there is added to ``row[c]``.
    """

    first_lookup: Places
    feature: Places
    first_step: Places
    steps: Codes
    first_column: Places
    row: Places
    first_effect: Places
    by_cell: Floats


def packed(tables: Sequence[Table], features: Sequence[int]) -> Packed:
    """The ``tables`` for codes that come in the order of ``features``."""
    lookups = [(features.index(feature), steps) for table in tables for feature, steps in table.steps.items()]
    columns = [(row, effects) for table in tables for row, effects in table.effects.items()]
    return Packed(
        starts(len(table.steps) for table in tables),
        np.array([feature for feature, _ in lookups], dtype=np.int64),
        starts(len(steps) for _, steps in lookups),
        joined([steps for _, steps in lookups], np.uint32),
        starts(len(table.effects) for table in tables),
        np.array([row for row, _ in columns], dtype=np.int64),
        starts(len(effects) for _, effects in columns),
        joined([effects for _, effects in columns], np.float64),
    )


def starts(sizes: Iterable[int]) -> Places:
    """Where each of some parts begins that lie one after the other, and where the last one ends."""
    return np.cumsum([0, *sizes], dtype=np.int64)


def joined(parts: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts], dtype=kind, casting="unsafe")


def compiled(function: Callable[..., None]) -> Any:
    """The ``function`` in machine code, which is kept if there is a folder for it."""
    try:
        return numba.njit(cache=True)(function)
    except RuntimeError:  # it may neither write beside this file nor into the user's cache
        return numba.njit(function)


@compiled
def add_up(effects: Floats, start: int, codes: Codes, tables: Packed) -> None:
    """Add what the ``tables`` say of leads to their ``effects`` (s, all): their places there are from ``start`` on.

    ``codes`` (f, n) are those of the leads.
    """
    n = codes.shape[1]
    cell = np.empty(n, np.uint32)
    for table in range(len(tables.first_lookup) - 1):
        cell[:] = 0
        for lookup in range(tables.first_lookup[table], tables.first_lookup[table + 1]):
            step, code = tables.steps[tables.first_step[lookup] :], codes[tables.feature[lookup]]
            for i in range(n):
                cell[i] += step[code[i]]
        for column in range(tables.first_column[table], tables.first_column[table + 1]):
            effect, total = (
                tables.by_cell[tables.first_effect[column] :],
                effects[tables.row[column], start : start + n],
            )
            for i in range(n):
                total[i] += effect[cell[i]]
