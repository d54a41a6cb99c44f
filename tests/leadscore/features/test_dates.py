from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leadscore.features.dates import SPANS, DaysMap, band_names, on_calendar
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.reading.readings import Readings
from leadscore.schema import Column, Kind, Schema
from leadscore.times import days_before, days_since_1970

LEAD = datetime(2026, 5, 10, 15)
SCHEMA = Schema(columns=(Column(name="visit", kind=Kind.DATE),))


def days(*times: datetime | None) -> pl.Series:
    dates = pl.Series("visit", times, dtype=pl.Datetime("us"))
    return dates.to_frame().select(days_since_1970(pl.col("visit"))).to_series()


def came_in(*times: datetime | None) -> pl.DataFrame:
    known = {"created_at": pl.Series(times, dtype=pl.Datetime("us"))}
    empty = {name: pl.Series([None] * len(times), dtype=pl.Int64) for name in ("account_id", "owner_id", "label")}
    return pl.DataFrame({**empty, **known, "closed_at": pl.Series([None] * len(times), dtype=pl.Datetime("us"))})


def framed(*, timed: bool) -> pl.DataFrame:
    lives = came_in(LEAD, LEAD, LEAD, None)
    visits = days(LEAD - timedelta(days=9.5), LEAD + timedelta(days=2), None, LEAD).to_frame()
    inputs = Inputs(readings=Readings.plain(SCHEMA), timed=timed)
    return inputs.frame(inputs.readings.read(visits), lives, lives.clear()).select(each.name for each in inputs.columns)


def test_a_date_is_how_many_whole_days_before_the_lead_it_lies_and_never_how_old_it_is_today() -> None:
    assert framed(timed=True).to_dict(as_series=False) == {"visit (days before)": [9.0, -2.0, None, None]}


def test_where_nobody_knows_when_leads_came_in_a_date_tells_its_month_and_weekday() -> None:
    assert framed(timed=False).to_dict(as_series=False) == {
        "visit (month)": ["may", "may", None, "may"],
        "visit (weekday)": ["friday", "tuesday", None, "sunday"],
    }


def test_reasons_show_bands_in_words() -> None:
    before = pl.Series("visit", [0.0, 1.0, 7.0, 8.0, 90.0, 91.0, 400.0, 30_000.0, -1.0, -7.0, -8.0, None])
    assert DaysMap.learn(before, source="visit")[0].display(before).to_list() == [
        "on the day of the lead",
        "1 to 7 days before the lead",
        "1 to 7 days before the lead",
        "8 to 30 days before the lead",
        "31 to 90 days before the lead",
        "91 to 180 days before the lead",
        "1 to 3 years before the lead",
        "over 60 years before the lead",
        "1 to 7 days after the lead",
        "1 to 7 days after the lead",
        "8 to 30 days after the lead",
        "missing",
    ]


def test_every_whole_day_is_in_the_one_band_that_its_ends_say() -> None:
    every = pl.Series("visit", np.arange(-SPANS[-1] - 2, SPANS[-1] + 3).astype(float))
    shown = DaysMap.learn(every, source="visit")[0].display(every)
    assert shown.unique(maintain_order=True).to_list() == list(band_names())


def test_the_feature_is_clipped_float32_and_missing_stays_missing() -> None:
    values = pl.Series("visit", [*(float(n) for n in range(5000)), 1e9, None])
    learned, features = DaysMap.learn(values, source="visit")
    assert features[-2, 0] <= 5000.0
    assert np.isnan(features[-1, 0])
    assert np.array_equal(features, learned.transform(values), equal_nan=True)


def test_days_before_round_down_so_that_a_date_without_an_hour_is_of_its_day() -> None:
    lead = pl.Series([LEAD, LEAD, LEAD])
    dates = days(datetime(2026, 5, 10), datetime(2026, 5, 9), datetime(2026, 5, 11))
    assert days_before(lead, dates).to_list() == [0.0, 1.0, -1.0]
    assert on_calendar(dates, "weekday").to_list() == ["sunday", "saturday", "monday"]


def test_the_map_survives_json_and_names_its_column_as_the_source() -> None:
    lives = came_in(*[LEAD] * 50)
    inputs = Inputs(readings=Readings.plain(SCHEMA), timed=True)
    visits = days(*(LEAD - timedelta(days=n) for n in range(50))).to_frame()
    leads = inputs.frame(inputs.readings.read(visits), lives, lives.clear())
    features, matrix = FeatureMap.learn(leads, np.arange(50) % 2.0, inputs.columns, seed=1)
    assert features.sources == ("visit",)
    assert FeatureMap.model_validate_json(features.model_dump_json()) == features
    assert np.array_equal(features.transform(leads), matrix)
