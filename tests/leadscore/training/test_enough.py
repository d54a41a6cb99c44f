from datetime import datetime, timedelta

import polars as pl
import pytest

from leadscore.errors import NotEnoughLeads
from leadscore.sections import Training
from leadscore.training.enough import require_enough, weekly

DAY = timedelta(days=1)
END = datetime(2026, 1, 1)
TRAINING = Training(min_leads=1000, min_conversions=120)


def lives(n: int, per_day: int, *, closed_after: int | None = 3) -> pl.DataFrame:
    """The last ``n`` leads, ``per_day`` of them closed on each day up to the last, every tenth of them won."""
    closed = [END - (1 + i // per_day) * DAY for i in range(n)]
    return pl.DataFrame(
        {
            "label": [int(i % 10 == 0) for i in range(n)],
            "created_at": [each - (closed_after or 0) * DAY for each in closed],
            "closed_at": closed if closed_after is not None else [None] * n,
        },
        schema_overrides={"label": pl.Int8, "closed_at": pl.Datetime("us")},
    )


def refusal(leads: pl.DataFrame) -> str:
    with pytest.raises(NotEnoughLeads) as refused:
        require_enough(leads, TRAINING, END, None)
    return refused.value.message


def test_enough_is_enough() -> None:
    won = lives(1200, 10)
    require_enough(won, TRAINING, END, None)


def test_what_is_missing_is_told_and_when_there_will_be_enough() -> None:
    assert refusal(lives(800, 10)) == (
        "800 leads with a known outcome, 80 of them conversions; training needs 1,000 and 120: 200 leads and 40 "
        "conversions are missing. At the present rate, 70 leads and 7 conversions a week, there will be enough about "
        "2026-02-10."
    )


def test_only_what_is_missing_is_told() -> None:
    told = refusal(lives(1100, 10))
    assert "120: 10 conversions are missing." in told
    assert "2026-01-11" in told


def test_without_times_no_date_is_told() -> None:
    nowhen = pl.Series([None] * 800, dtype=pl.Datetime("us"))
    assert refusal(lives(800, 10).with_columns(created_at=nowhen, closed_at=nowhen)).endswith("are missing.")


def test_without_closing_times_the_creation_counts() -> None:
    assert weekly(lives(800, 10, closed_after=None), END, None) == {"leads": 70, "conversions": 7}


def test_the_rate_is_that_of_the_last_eight_weeks() -> None:
    old = lives(400, 10).with_columns(pl.col("created_at", "closed_at") - 300 * DAY)
    assert weekly(pl.concat([old, lives(560, 10)]), END, None) == {"leads": 70, "conversions": 7}
    assert weekly(old, END, None) == {"leads": 0, "conversions": 0}
    assert "takes more than ten years" in refusal(old)


def test_leads_that_all_came_this_morning_are_no_rate_of_a_million_a_week() -> None:
    now = lives(70, 10).with_columns(created_at=pl.lit(END), closed_at=pl.lit(END))
    assert weekly(now, END, None) == {"leads": 70, "conversions": 7}


def test_a_lead_counts_as_lost_when_its_window_ends() -> None:
    young = lives(400, 10, closed_after=None)
    assert weekly(young, END, 14) == {"leads": pytest.approx(400 / 8, abs=20), "conversions": pytest.approx(5, abs=2)}
