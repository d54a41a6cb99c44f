"""Sums over tables, compiled: where the time of explaining goes.

Numba compiles it once a machine and keeps that beside this file, or in the user's cache, or else compiles it anew in
every process (some 2 s).
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from leadscore.models.tables import Codes, Floats, Packed


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
            effect = tables.by_cell[tables.first_effect[column] :]
            total = effects[tables.row[column], start : start + n]
            for i in range(n):
                total[i] += effect[cell[i]]
