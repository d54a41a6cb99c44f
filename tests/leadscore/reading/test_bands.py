import polars as pl
import pytest

from leadscore.reading.bands import Bands
from leadscore.reading.readings import Readings
from leadscore.schema import Column, Kind, Schema

BANDS = Bands.load()


@pytest.mark.parametrize(
    ("text", "value", "middle"),
    [
        ("1-10 employees", "1 to 10 employees", 5.5),
        ("11\N{EN DASH}50", "11 to 50", 30.5),
        ("51 to 200", "51 to 200", 125.5),
        ("10,001+ employees", "10001+ employees", 20_002),
        ("1.000 bis 5.000", "1000 bis 5000", 3000),
        ("<10", "<10", 5),
        ("> 500", "> 500", 1000),
        ("Less than 50", "less than 50", 25),
        ("$500k-1M", "$500k to 1m", 750_000),
        ("€1.5M - €3M", "€1.5m to €3m", 2_250_000),
        ("100명 이상", "100명 이상", 200),
        ("100 employees or more", "100 employees or more", 200),
    ],
)
def test_a_band_has_the_middle_of_its_numbers(text: str, value: str, middle: float) -> None:
    once = BANDS.read(pl.Series([text]))
    assert once.row(0, named=True) == {"value": value, "understood": True, "middle": middle}
    assert BANDS.read(once["value"]).equals(once)


@pytest.mark.parametrize("text", ["5", "enterprise", "LG-500", "24/7", "10 to 5", "555-123-4567", "0171-2345678"])
def test_what_is_no_band_has_no_middle(text: str) -> None:
    assert BANDS.read(pl.Series([text]))["middle"].to_list() == [None]


def test_a_column_of_bands_is_found_and_members_get_the_numbers() -> None:
    leads = pl.DataFrame({"staff": ["1-10", "11-50", "51-200", "201+", "unknown"] * 5})
    schema = Schema(columns=(Column(name="staff", kind=Kind.CATEGORY),))
    readings = Readings.infer(leads, schema, identifiers=[], read_as={}, tables=None)
    assert readings.names == {"staff": "bands"}
    assert readings.read(leads)["staff (middle)"].to_list()[:5] == [5.5, 30.5, 125.5, 402.0, None]
