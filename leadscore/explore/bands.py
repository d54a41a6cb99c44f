"""Columns as named groups of leads: categories by their values, numbers by bands that people read."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from leadscore.explore.groups import MISSING
from leadscore.features.numbers import NumberMap, finite
from leadscore.reading.readings import ReadColumn
from leadscore.schema import Kind


@dataclass(frozen=True)
class Banded:
    """The ``names`` (n,) of the group of each lead, null where the column says nothing, and their ``order``, if any."""

    names: pl.Series
    order: tuple[str, ...] = ()


def banded(values: pl.Series, column: ReadColumn) -> Banded:
    """A column (n,) as it was read: a number of more than 30 values in six bands of its quantiles."""
    if column.kind is Kind.CATEGORY:
        return Banded(values)
    shown, _ = NumberMap.learn(values, column.kind, source=column.source, counted=False)
    names = shown.display(values)
    order = ("no", "yes") if column.kind is Kind.BOOLEAN else shown.bands or _rising(values, names)
    return Banded(names.to_frame().select(pl.col(names.name).replace({MISSING: None})).to_series(), tuple(order))


def between(numbers: pl.Series, ends: Sequence[float], names: Sequence[str]) -> pl.Series:
    """The names (n,) of bands that are closed by their ``ends``, each a band's last number; the last has none."""
    band = pl.Series(ends, dtype=pl.Float64).search_sorted(numbers.cast(pl.Float64), side="left")
    return pl.Series(names).gather(band)


def _rising(values: pl.Series, names: pl.Series) -> Sequence[str]:
    """The names of single numbers, the lowest first."""
    pairs = pl.DataFrame({"value": finite(values), "name": names}).drop_nulls("value").unique("name")
    return pairs.sort("value")["name"].to_list()
