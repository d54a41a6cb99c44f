"""Columns as whole numbers, so that every check of the leak guard compares and counts with NumPy alone."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.reading.text import normalise

Codes = NDArray[np.int64]
MISSING = 0  # the code of a missing cell


@dataclass(frozen=True)
class Coded:
    """One column (n,): equal cells have equal codes, rising with the value, 0 where it is missing.

    ``keys`` (n,) are the same for equal cells of *any* two columns of one type, 0 where missing.
    """

    name: str
    is_text: bool
    codes: Codes
    keys: NDArray[np.uint64]

    @property
    def filled(self) -> NDArray[np.bool_]:
        return np.not_equal(self.codes, MISSING)

    @property
    def n_values(self) -> int:
        """Different values, a missing one not counted."""
        return int(np.count_nonzero(np.bincount(self.codes)[1:]))

    @property
    def usual(self) -> int:
        """The most frequent code, the lowest of equals; missing counts like a value."""
        return int(np.bincount(self.codes).argmax())

    def __getitem__(self, rows: slice | NDArray[np.int64]) -> "Coded":
        return Coded(self.name, self.is_text, self.codes[rows], self.keys[rows])


def coded(values: pl.Series) -> Coded:
    """``values``, text (as it is after normalising) or numbers (as they are; NaN is missing)."""
    is_text = values.dtype == pl.String
    plain = normalised(values) if is_text else values.fill_nan(None)
    codes = plain.rank("dense").fill_null(MISSING).to_numpy().astype(np.int64)
    keys = np.where(codes == MISSING, np.uint64(0), plain.hash().to_numpy())
    return Coded(values.name, is_text, codes, keys)


def normalised(values: pl.Series) -> pl.Series:
    """Normalised text; only distinct texts are normalised, which is what takes time."""
    raw = values.alias("raw").to_frame()
    distinct = raw.unique().lazy().with_columns(value=normalise(pl.col("raw"))).collect()
    return raw.join(distinct, on="raw", how="left", nulls_equal=True, maintain_order="left")["value"]
