from datetime import datetime, timedelta

import numpy as np
import pytest
from pages.leads import DAY, NOW, lives

from leadscore.explore.times import by_period, maturing, waiting


def at(*days: float) -> list[datetime]:
    return [NOW - DAY * each for each in days]


def test_leads_come_by_month_quarter_or_year() -> None:
    few = by_period(lives(3, created_at=[datetime(2025, 11, 30), datetime(2025, 12, 1), datetime(2025, 11, 1)]))
    assert [(each.name, each.n) for each in few.named] == [("2025-11", 2), ("2025-12", 1)]
    years = [datetime(2020 + i // 12, 1 + i % 12, 1) for i in range(60)]
    assert [each.name for each in by_period(lives(60, created_at=years)).named][:2] == ["2020 Q1", "2020 Q2"]
    decades = [datetime(1990 + i, 5, 1) for i in range(30)] + [datetime(1990 + i, 8, 1) for i in range(30)]
    assert [each.name for each in by_period(lives(60, created_at=decades)).named][:2] == ["1990", "1991"]
    assert by_period(lives(5)).named == ()


def test_the_time_to_close_is_that_of_the_leads_that_closed() -> None:
    created = at(100, 100, 100, 100, 100, 100)
    days = [0.5, 3, 60, 10, -1, None]
    closed = [None if d is None else made + timedelta(days=d) for made, d in zip(created, days, strict=True)]
    found = waiting(lives(6, created_at=created, closed_at=closed, label=[1, 1, 1, 0, 0, None]))
    assert found is not None
    assert [(each.name, each.n, each.converted) for each in found.spans.named] == [
        ("within a day", 1, 1),
        ("2 to 7 days", 1, 1),
        ("8 to 14 days", 1, 0),
        ("31 to 90 days", 1, 1),
    ]
    assert found.converted == pytest.approx(np.quantile([0.5, 3, 60], (0.25, 0.5, 0.75, 0.95)))
    assert found.lost == pytest.approx([10] * 4)
    assert found.backwards == 1
    assert waiting(lives(4, created_at=at(1, 2, 3, 4))) is None


def test_the_maturity_curve_counts_each_lead_for_as_long_as_it_was_watched() -> None:
    """All convert ten days after they come in; only the old ones have done so yet."""
    ages = [float(age) for age in range(1, 401)]
    closed = [made + 10 * DAY if age >= 10 else None for age, made in zip(ages, at(*ages), strict=True)]
    label = [1 if each else None for each in closed]
    found = maturing(lives(400, created_at=at(*ages), closed_at=closed, label=label), NOW)
    assert found.converted is not None
    assert found.window == 10
    assert found.converted.share[-1] == pytest.approx(1)
    assert found.known is not None
    assert found.known.share[-1] == pytest.approx(1)


def test_without_dates_nothing_is_told() -> None:
    assert maturing(lives(5, label=[1, 0, 1, 0, None]), NOW) == (maturing(lives(5), NOW))
    assert maturing(lives(5), NOW).window is None
