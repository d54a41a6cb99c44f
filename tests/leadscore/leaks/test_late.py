from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leadscore.leaks.findings import Finding
from leadscore.leaks.judge import judge
from leadscore.times import days_since_1970

N = 400
START = datetime(2026, 1, 1)
CREATED = pl.Series("created_at", [START + timedelta(hours=6 * n) for n in range(N)])


def as_days(times: pl.Series) -> pl.Series:
    return times.to_frame("time").select(days_since_1970(pl.col("time"))).to_series()


def found(after_days: np.ndarray, *, snapshots: bool = False) -> list[Finding]:
    """What is found in a date that lies so many days after each lead; the last hundred are open."""
    leads = pl.DataFrame({"date": as_days(CREATED) + pl.Series(after_days)})
    converted = np.random.default_rng(1).integers(0, 2, N - 100)
    closed_at = CREATED[:-100] + timedelta(hours=30)
    return judge(
        leads[:-100],
        converted,
        identifiers=(),
        dates=("date",),
        account=None,
        created_at=CREATED[:-100],
        closed_at=closed_at,
        open_leads=None if snapshots else leads[-100:],
        open_created_at=None if snapshots else CREATED[-100:],
        seed=1,
    )


def spread(low: float, high: float) -> np.ndarray:
    return np.random.default_rng(2).uniform(low, high, N)


def test_a_date_that_is_entered_after_the_lead_is_a_leak() -> None:
    until_now = (as_days(CREATED).max() - as_days(CREATED)).to_numpy()  # type: ignore[operator]
    (leak,) = [finding for finding in found(np.minimum(spread(0, 20), until_now)) if finding.leak]
    assert (leak.column, leak.check) == ("date", "after the lead")
    assert "none is still to come" in leak.figure


def test_a_plan_is_told_and_kept() -> None:
    (told,) = [finding for finding in found(spread(0, 60)) if finding.check == "after the lead"]
    assert not told.leak
    assert "may be plans" in told.figure


def test_a_date_of_before_or_of_the_same_day_is_none_of_our_business() -> None:
    assert not [finding for finding in found(spread(-300, 0.5)) if finding.check == "after the lead"]


def test_leads_as_they_were_first_scored_hold_nothing_that_came_later() -> None:
    assert not [finding for finding in found(spread(0, 20), snapshots=True) if finding.check == "after the lead"]
