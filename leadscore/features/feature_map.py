"""All that turns conformed leads into the matrix of the boosters, learned once and frozen in the bundle.

One feature, from the source to the reason: the column "expected_timeline" holds "Less_than_3_months". `CategoryMap`
normalises it to "less than 3 months" and looks up its code, say 5; that is column f7 of the matrix. `sources[7]` is
"expected_timeline", so what a booster adds for f7 is told as an effect of that column, beside the value that
`display` shows for it: "less than 3 months".
"""

from typing import Annotated, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from leadscore.features.categories import CategoryMap
from leadscore.features.numbers import NumberMap
from leadscore.schema import Column, Kind, Schema

ColumnMap = Annotated[CategoryMap | NumberMap, Field(discriminator="kind")]
Matrix = NDArray[np.float64]


class FeatureMap(BaseModel):
    """The maps of the modelled columns, in the order of the schema."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[ColumnMap, ...]

    @classmethod
    def learn(cls, leads: pl.DataFrame, schema: Schema) -> Self:
        """Learn from the conformed training ``leads``."""
        return cls(columns=tuple(learn_column(leads[column.name], column) for column in schema.modelled))

    @property
    def sources(self) -> tuple[str, ...]:
        """The source column of each column of the matrix."""
        return tuple(column.source for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k columns of the matrix that every booster accepts: f0 to f(k-1)."""
        return tuple(f"f{i}" for i in range(len(self.sources)))

    def transform(self, leads: pl.DataFrame) -> Matrix:
        """The conformed ``leads`` as a matrix (n, k), C-contiguous float64 with values of float32, NaN where missing."""
        matrix = np.empty((leads.height, len(self.columns)))
        for i, column in enumerate(self.columns):
            matrix[:, i] = column.matrix(leads[column.source])
        return matrix

    def display(self, leads: pl.DataFrame) -> pl.DataFrame:
        """What reasons show of the conformed ``leads``: one text column a source column, never raw text."""
        return pl.DataFrame([column.display(leads[column.source]) for column in self.columns])


def learn_column(values: pl.Series, column: Column) -> CategoryMap | NumberMap:
    if column.kind is Kind.CATEGORY:
        return CategoryMap.learn(values)
    return NumberMap.learn(values, column.kind)
