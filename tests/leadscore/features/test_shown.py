import numpy as np
import polars as pl
import pytest

from leadscore.features.shown import MIN_LEADS, MOST_VALUES, ShownRates


def learned(**shown: list[str]) -> ShownRates:
    """Of leads of which every fourth converts, and all that are hot."""
    frame = pl.DataFrame(shown)
    hot = (frame[:, 0] == "hot").to_numpy()
    return ShownRates.learn(frame, (hot | (np.arange(frame.height) % 4 == 0)).astype(np.int64))


def test_a_value_stands_beside_all_other_leads_shrunken_towards_them() -> None:
    rates = learned(heat=["hot"] * 40 + ["cold"] * 160)
    assert rates.every == (200, 80)
    assert rates.values == {"heat": {"cold": (160, 40), "hot": (40, 40)}}
    hot = rates.perspective("heat", "hot")
    assert hot is not None
    assert hot.others == 0.25
    assert hot.rate == pytest.approx((40 + 5 * 0.25) / 45)
    assert hot.times == pytest.approx(hot.rate / 0.25)


def test_a_rare_value_has_no_rate() -> None:
    rates = learned(heat=["hot"] * (MIN_LEADS - 1) + ["cold"] * 160)
    assert rates.perspective("heat", "hot") is None
    assert rates.perspective("heat", "never seen") is None
    assert rates.perspective("no column", "hot") is None


def test_what_all_leads_show_is_beside_nobody() -> None:
    rates = learned(heat=["warm"] * 100)
    assert rates.perspective("heat", "warm") is None


def test_a_column_keeps_its_most_frequent_values_only() -> None:
    values = [f"v{i:03}" for i in range(MOST_VALUES + 50) for _ in range(MIN_LEADS + (i % 2))]
    kept = learned(many=values).values["many"]
    assert len(kept) == MOST_VALUES
    assert {n for n, _ in kept.values()} == {MIN_LEADS, MIN_LEADS + 1}
    assert sum(n == MIN_LEADS + 1 for n, _ in kept.values()) == (MOST_VALUES + 50) // 2


def test_nothing_is_told_of_columns_without_a_frequent_value() -> None:
    assert learned(id=[str(i) for i in range(100)]).values == {}
