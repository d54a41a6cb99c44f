"""How much two categories tell of each other: Cramér's V without the bias that many values and few leads give it.

The plain V of two columns that have nothing to do with each other grows with their numbers of values: a thousand
sellers seem to tell the outcome. The corrected one (W. Bergsma, A bias-correction for Cramér's V and Tschuprow's T,
Journal of the Korean Statistical Society 42, 2013) takes off what chance alone is expected to give.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl


def cramers_v(one: pl.Series, other: pl.Series) -> float:
    """Cramér's V, 0 to 1, of two columns (n,), with Bergsma's correction; a missing value is one of its own.

    0 where a column says nothing. Only the cells that are there are counted, however many values the columns have.
    """
    cells = (
        pl.DataFrame([one.alias("one"), other.alias("other")]).group_by("one", "other", maintain_order=True).len("n")
    )
    n = float(cells["n"].sum())
    with_sums = cells.with_columns(
        row=pl.col("n").sum().over("one").cast(pl.Float64), column=pl.col("n").sum().over("other").cast(pl.Float64)
    )
    phi2 = float((with_sums["n"].cast(pl.Float64) ** 2 / (with_sums["row"] * with_sums["column"])).sum()) - 1
    rows, columns = cells["one"].n_unique(), cells["other"].n_unique()
    if min(rows, columns) < 2 or n < 2:
        return 0.0
    corrected = max(phi2 - (rows - 1) * (columns - 1) / (n - 1), 0.0)
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(min(corrected / least, 1.0))) if least > 0 else 0.0


def without_twins(leads: pl.DataFrame, columns: Sequence[str], most: float) -> tuple[str, ...]:
    """Those of the ``columns`` whose Cramér's V with none of the ones kept before them is above ``most``."""
    kept: list[str] = []
    for name in columns:
        if all(cramers_v(leads[name], leads[other]) <= most for other in kept):
            kept.append(name)
    return tuple(kept)
