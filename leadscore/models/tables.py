"""Branches of trees as tables: what they add to a lead's log-odds, by the cell in which it is (see `tree_shap`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.uint32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """A branch of few cells: the number of a lead's cell is the sum of the ``steps`` of its codes, by feature;
    ``effects`` (n,) are those of each cell, by the row that they are added to.
    """

    steps: dict[int, Places]
    effects: dict[int, Floats]


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
