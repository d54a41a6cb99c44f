"""The strongest reasons for and against, as compact JSON for the store; `sql/views` turns them into sentences.

    {"for":[{"feature":"expected_timeline","value":"less than 3 months","effect":0.83}],"against":[]}

An effect is in log-odds: 0.7 doubles the odds of converting, -0.7 halves them.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

DECIMALS = 3

Effects = NDArray[np.float64]


def reasons(effects: Effects, names: Sequence[str], display: pl.DataFrame, top: int) -> pl.Series:
    """The ``top`` strongest reasons for and against of each lead, strongest first, as one JSON text a lead.

    ``effects`` (n, s) are calibrated log-odds and ``display`` (n, s) what the leads show, both by ``names`` (s,).
    What rounds to no effect is no reason. Equal effects come in the order of ``names``.
    """
    n, top = len(effects), min(top, len(names))
    if n * top == 0:
        return pl.repeat('{"for":[],"against":[]}', n, eager=True)
    rounded = np.round(effects, DECIMALS)
    shown = pl.concat([display[name] for name in names], rechunk=True)  # the value of row i, column j is at j * n + i
    sides = pl.DataFrame(
        {
            "for": entries(rounded, rounded, names, shown, top),
            "against": entries(-rounded, rounded, names, shown, top),
        }
    )
    return sides.select(reasons=pl.format('{{"for":[{}],"against":[{}]}}', "for", "against")).to_series()


def entries(strength: Effects, effects: Effects, names: Sequence[str], shown: pl.Series, top: int) -> pl.Series:
    """The ``top`` features of highest positive ``strength`` of each lead, as JSON objects joined by commas."""
    n = len(effects)
    order = np.argsort(-strength, axis=1, kind="stable")[:, :top]
    picked = pl.DataFrame(
        {
            "feature": pl.Series(names).gather(order.ravel()),
            "value": shown.gather((order * n + np.arange(n)[:, None]).ravel()),
            "effect": np.take_along_axis(effects, order, axis=1).ravel(),
        }
    )
    counts = pl.lit(pl.Series(np.take_along_axis(strength, order, axis=1).ravel() > 0))
    each = picked.select(pl.when(counts).then(pl.struct(pl.all()).struct.json_encode())).to_series()
    return each.reshape((n, top)).arr.join(",", ignore_nulls=True)
