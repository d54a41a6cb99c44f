"""Rates in the source that were computed from the very outcomes that are to be predicted."""

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.leaks.findings import Finding

MIN_LEADS, MIN_RATES = 30, 3  # leads of a rate, and rates, to judge whether they are too exact
TOO_EXACT = 1e-4  # probability of rates so exact, if they had been computed from other leads
MOST_RATES = 1000  # different values: more are measurements

Labels = NDArray[np.int64]


def computed_rates(leads: pl.DataFrame, converted: Labels) -> list[Finding]:
    """The columns of rates that equal the conversion rate of the leads that show them, more exactly than chance does.

    A rate known beforehand is off by about its standard error; one computed from these very outcomes by nothing.
    Only rates with at least 30 leads count.
    """
    found = ((name, too_exact(leads[name], converted)) for name in leads.columns if leads.schema[name].is_numeric())
    return [Finding(column=name, check="computed from the label", figure=exact) for name, exact in found if exact]


def too_exact(values: pl.Series, converted: Labels) -> str | None:
    """How near the rates of a column are to those of their own leads, as a sentence; None where that is chance."""
    from scipy.stats import chi2

    rates = values.fill_nan(None)
    top = rates.max()
    if not isinstance(top, float) or top <= 0 or top > 100 or rates.n_unique() > MOST_RATES:
        return None
    shown = (
        pl.DataFrame({"rate": rates / (100 if top > 1 else 1), "converted": converted})
        .filter(pl.col("rate") > 0, pl.col("rate") < 1)
        .group_by("rate")
        .agg(n=pl.len(), mean=pl.col("converted").mean())
        .filter(pl.col("n") >= MIN_LEADS)
    )
    squared = (pl.col("mean") - pl.col("rate")) ** 2 * pl.col("n") / (pl.col("rate") * (1 - pl.col("rate")))
    k, squares = shown.height, float(shown.select(squared.sum()).item())
    if k < MIN_RATES or chi2.cdf(squares, k) >= TOO_EXACT:
        return None
    off = f"{math.sqrt(squares / k):.2f} standard errors instead of about 1"
    return f"its {k} values are the conversion rates of their own leads, off by {off}."
