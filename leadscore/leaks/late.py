"""Dates that lie after the lead came in: known only later, unless they are plans.

A plan shows by dates that are still to come; what has been recorded, such as the last contact, never does. A closed row
holds the last contact there ever was, a new lead none, so a model would learn from what no new lead can have.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from leadscore.leaks.findings import IF_LATE, Finding
from leadscore.times import days_before, days_since_1970

LATE = 0.05  # share of a column's dates that lie after the lead: fewer are slips
TO_COME, MIN_TO_COME = 0.001, 3  # share of the dates, and how many, that are still to come where they are plans
A_DAY = 1.0  # what two time zones, or a date without its hour, can be apart


def later_than_lead(
    leads: pl.DataFrame, open_leads: pl.DataFrame, created_at: pl.Series, times: Sequence[pl.Series | None]
) -> Iterator[Finding]:
    """The columns of ``leads`` (n, d), dates in days since 1970, that lie after their lead came in.

    Those of ``open_leads`` (m, d) tell plans, too. ``times`` are all others that there are: the latest is the present.
    """
    present = newest(created_at, *times) + A_DAY
    for column in leads:
        after = -days_before(created_at, column).drop_nulls().to_numpy() > A_DAY
        share = float(after.mean()) if len(after) else 0.0
        if share >= LATE:
            n_to_come = int((pl.concat([column, open_leads[column.name]]) > present).sum())
            yield _told(column.name, share, planned=n_to_come >= max(MIN_TO_COME, TO_COME * len(after)))


def _told(name: str, share: float, *, planned: bool) -> Finding:
    figure = f"{share:.1%} of its dates are more than a day after the lead came in"
    if planned:
        told = f"{figure}; some are still to come, so these may be plans. {IF_LATE}"
    else:
        told = f"{figure}, and none is still to come: they are entered later."
    return Finding(column=name, check="after the lead", figure=told, leak=not planned)


def newest(*times: pl.Series | None) -> float:
    """The latest of all ``times``, in days since 1970; infinite where there is none."""
    known = [each.alias("time") for each in times if each is not None and not each.is_null().all()]
    latest = [each.to_frame().select(days_since_1970(pl.col("time").max())).item() for each in known]
    return float(max(latest, default=np.inf))
