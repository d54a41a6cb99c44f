"""All that turns conformed leads into the matrix of the boosters, learned once and frozen in the bundle.

One feature, from the source to the reason: the column "expected_timeline" holds "Less_than_3_months". `CategoryMap`
normalises it to "less than 3 months" and looks up its code, say 5, and the conversion rate of that code; they are the
columns f7 and f8 of the matrix. `sources[7]` and `sources[8]` are "expected_timeline": what the boosters add for both
is summed and told as the effect of that column, beside what `display` shows in it, "less than 3 months".
"""

from typing import Annotated, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from leadscore.features.categories import CategoryMap
from leadscore.features.numbers import NumberMap
from leadscore.schema import Column, Kind, Schema

Matrix = NDArray[np.float64]


class FeatureMap(BaseModel):
    """The maps of the modelled columns, in the order of the schema."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[Annotated[CategoryMap | NumberMap, Field(discriminator="kind")], ...]

    @classmethod
    def learn(cls, leads: pl.DataFrame, converted: Matrix, schema: Schema, seed: int) -> tuple[Self, Matrix]:
        """Learn from the conformed training ``leads`` and their outcomes (n,), 0.0 or 1.0.

        Returns the map and the training matrix (n, k). That differs from ``transform(leads)`` in the conversion
        rates, which are cross-fitted: boosters are trained on this one and predict on the other.
        """
        learned = [learn_column(leads[column.name], column, converted, seed) for column in schema.modelled]
        return cls(columns=tuple(map for map, _ in learned)), side_by_side([part for _, part in learned], leads.height)

    @property
    def sources(self) -> tuple[str, ...]:
        """The source column of each column of the matrix."""
        return tuple(column.source for column in self.columns for _ in range(column.width))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k columns of the matrix that every booster accepts: f0 to f(k-1)."""
        return tuple(f"f{i}" for i in range(len(self.sources)))

    def transform(self, leads: pl.DataFrame) -> Matrix:
        """The matrix (n, k) of the conformed ``leads``: C-contiguous float64, values of float32, NaN where missing."""
        return side_by_side([column.transform(leads[column.source]) for column in self.columns], leads.height)

    def display(self, leads: pl.DataFrame) -> pl.DataFrame:
        """What reasons show of the conformed ``leads``: one text column a source column, never raw text."""
        return pl.DataFrame([column.display(leads[column.source]) for column in self.columns])


def learn_column(
    values: pl.Series, column: Column, converted: Matrix, seed: int
) -> tuple[CategoryMap | NumberMap, Matrix]:
    """The map of one column, and its features of the training leads."""
    if column.kind is Kind.CATEGORY:
        return CategoryMap.learn(values, converted, seed)
    number = NumberMap.learn(values, column.kind)
    return number, number.transform(values)


def side_by_side(parts: list[Matrix], rows: int) -> Matrix:
    """``parts`` (rows, any) as one C-contiguous matrix; (rows, 0) if there are none."""
    return np.concatenate([np.empty((rows, 0)), *parts], axis=1)
