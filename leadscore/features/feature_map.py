"""All that turns read leads into the matrix of the boosters, learned once and frozen in the bundle.

One feature, from the source to the reason: the column "expected_timeline" holds "Less_than_3_months". Its reading (see
`leadscore.reading`) makes of it "less than 3 months", and 45 days in the column "expected_timeline (days)".
`CategoryMap` looks up the code of the one, say 5, and `NumberMap` takes the other as it is; they are the columns f7
and f8 of the matrix. `sources[7]` and `sources[8]` are "expected_timeline": what the boosters add for both is summed
and told as the effect of that column, beside what `display` shows in it, "less than 3 months".
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from leadscore.features.categories import CategoryMap
from leadscore.features.dates import DaysMap
from leadscore.features.inputs import TIMES, Input, Role
from leadscore.features.numbers import NumberMap
from leadscore.features.rates import GroupMap, PastMap
from leadscore.features.texts import TextMap
from leadscore.schema import Kind

Matrix = NDArray[np.float64]
Order = Literal["C", "F"]
Map = Annotated[CategoryMap | NumberMap | DaysMap | TextMap | PastMap | GroupMap, Field(discriminator="kind")]


class FeatureMap(BaseModel):
    """The maps of the inputs, in their order."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[Map, ...]

    @classmethod
    def learn(cls, leads: pl.DataFrame, converted: Matrix, inputs: Sequence[Input], seed: int) -> tuple[Self, Matrix]:
        """Learn from the training ``leads`` (see `Inputs.frame`) and their outcomes (n,), 0.0 or 1.0.

        Returns the map and the training matrix (n, k). That differs from ``transform(leads)`` in the conversion
        rates, which are cross-fitted or as of each lead's creation, and in counts of the other leads: boosters are
        trained on this one and predict on the other.
        """
        learned = [learn_column(leads, each, converted, seed) for each in inputs]
        features = cls(columns=tuple(map for map, _ in learned))
        return features, side_by_side((part for _, part in learned), (leads.height, len(features.sources)))

    @property
    def sources(self) -> tuple[str, ...]:
        """The source column of each column of the matrix."""
        return tuple(column.source for column in self.columns for _ in range(column.width))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k columns of the matrix that every booster accepts: f0 to f(k-1)."""
        return tuple(f"f{i}" for i in range(len(self.sources)))

    @property
    def coded(self) -> tuple[int, ...]:
        """Which columns of the matrix hold category codes."""
        starts = np.cumsum([0, *(column.width for column in self.columns)]).tolist()
        return tuple(start for start, column in zip(starts, self.columns, strict=False) if column.kind == "category")

    def transform(self, leads: pl.DataFrame, order: Order = "C") -> Matrix:
        """The matrix (n, k) of the ``leads``: float64 by rows, or with F by columns, of float32, NaN where missing."""
        parts = (column.transform(leads[column.column]) for column in self.columns)
        return side_by_side(parts, (leads.height, len(self.sources)), order)

    def display(self, leads: pl.DataFrame) -> pl.DataFrame:
        """What reasons show of the ``leads``: one text column a source, never raw text."""
        first = {column.source: column for column in reversed(self.columns)}
        return pl.DataFrame(
            [first[name].display(leads[first[name].column]).alias(name) for name in dict.fromkeys(self.sources)]
        )

    @property
    def valued(self) -> tuple[str, ...]:
        """The sources of which reasons show a value of the lead; of the others they show a history, with its rate."""
        first = {column.source: column.kind for column in reversed(self.columns)}
        return tuple(name for name in dict.fromkeys(self.sources) if first[name] not in ("past", "group"))


def learn_column(leads: pl.DataFrame, each: Input, converted: Matrix, seed: int) -> tuple[Map, Matrix]:
    """The map of one input, and its features of the training leads."""
    values = leads[each.name]
    if each.role is Role.PAST:
        return PastMap.learn(values, converted, source=each.source)
    if each.role is Role.GROUP:
        return GroupMap.learn(values, converted, None, seed, source=each.source)
    if each.role is Role.DATED_GROUP:
        times = leads.select(TIMES.values()).rename({held: name for name, held in TIMES.items()})
        return GroupMap.learn(values, converted, times, seed, source=each.source)
    if each.kind is Kind.CATEGORY:
        identifier = each.role is Role.IDENTIFIER
        return CategoryMap.learn(values, converted, seed, source=each.source, identifier=identifier)
    if each.kind is Kind.DATE:
        return DaysMap.learn(values, source=each.source)
    if each.kind is Kind.TEXT:
        return TextMap.learn(values, converted, seed, source=each.source)
    return NumberMap.learn(values, each.kind, source=each.source, counted=each.counted)


def side_by_side(parts: Iterable[Matrix], shape: tuple[int, int], order: Order = "C") -> Matrix:
    """``parts`` (rows, any) as one matrix of this ``shape``; each is let go once it is copied."""
    whole, start = np.empty(shape, order=order), 0
    for part in parts:
        end = start + part.shape[1]
        whole[:, start:end] = part
        start = end
    return whole
