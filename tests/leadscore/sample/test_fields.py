"""The 28 fields hang together as the real ones do, and are as dirty."""

from datetime import datetime

import polars as pl
import pytest

from leadscore.sample.fields import FIELDS
from leadscore.sample.leads import example_leads


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return pl.concat(example_leads(60_000, seed=7, end=datetime(2026, 1, 1)))


def test_there_are_28_fields() -> None:
    assert len(FIELDS) == len(set(FIELDS)) == 28


def test_third_strategic_flag_is_the_or_of_the_others(frame: pl.DataFrame) -> None:
    either = frame["id_strategic_ver"].is_not_null() | frame["it_strategic_ver"].is_not_null()
    assert (frame["idit_strategic_ver"].is_not_null() == either).all()
    assert frame["idit_strategic_ver"].drop_nulls().unique().to_list() == [1]


def test_second_country_copies_the_first(frame: pl.DataFrame) -> None:
    assert frame["customer_country"].equals(frame["customer_country.1"])


@pytest.mark.parametrize(
    ("rate", "segment"),
    [
        ("ver_win_rate_x", ["business_area"]),
        ("ver_win_ratio_per_bu", ["business_unit", "business_area"]),
        ("com_reg_ver_win_rate", ["business_unit", "business_area", "response_corporate"]),
    ],
)
def test_win_rates_are_constant_in_their_segment(frame: pl.DataFrame, rate: str, segment: list[str]) -> None:
    assert (frame.group_by(segment).agg(pl.col(rate).n_unique())[rate] == 1).all()
    assert frame.filter(pl.col("business_area").is_null())[rate].null_count() == frame["business_area"].null_count()


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("customer_country", 9_000, 22_000),
        ("customer_type", 25, 40),
        ("customer_job", 380, 600),
        ("inquiry_type", 55, 85),
        ("product_category", 200, 420),
        ("customer_position", 90, 130),
        ("response_corporate", 53, 53),
        ("expected_timeline", 220, 480),
        ("business_area", 12, 12),
        ("business_subarea", 80, 86),
        ("lead_owner", 900, 984),
    ],
)
def test_fields_have_about_as_many_values_as_the_real_ones(
    frame: pl.DataFrame, field: str, low: int, high: int
) -> None:
    assert low <= frame[field].drop_nulls().n_unique() <= high


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        ("customer_country", "^//India$"),
        ("customer_country", "^// India$"),
        ("customer_country", "@example.com$"),
        ("customer_country", "Example Street"),
        ("customer_country", "/TX$"),
        ("customer_country", "대한민국"),
        ("customer_job", "\u200b"),
        ("customer_job", "_"),
        ("customer_position", "^vicepresident$"),
        ("customer_position", "^none$"),
        ("product_category", "^monior/monitor tv$"),
        ("product_category", ","),
        ("expected_timeline", "^more then 3 months$"),
        ("expected_timeline", "^45 days$"),
        ("expected_timeline", "^duplicate lead"),
        ("inquiry_type", "^quotation_or_purchase_consultation$"),
    ],
)
def test_known_dirt_is_there(frame: pl.DataFrame, field: str, pattern: str) -> None:
    assert frame[field].str.contains(pattern).any()


def test_bant_counts_what_is_filled_in(frame: pl.DataFrame) -> None:
    assert sorted(frame["bant_submit"].unique()) == [0, 0.25, 0.5, 0.75, 1]
    nothing = frame.filter(pl.col("bant_submit") == 0)
    assert nothing["expected_timeline"].null_count() == nothing["product_category"].null_count() == nothing.height
