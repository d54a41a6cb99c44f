import polars as pl

from leadscore.reading.readings import Readings
from leadscore.reading.scale import Scale
from leadscore.schema import Column, Kind, Schema

ORDER = ("S", "M-size", "L", "<10", ">10")
SCHEMA = Schema(columns=(Column(name="size", kind=Kind.CATEGORY, order=ORDER),))


def test_values_have_the_place_that_the_order_says_and_others_none() -> None:
    read = Scale.load(ORDER).read(pl.Series([" s", "m_SIZE", "L", ">10", "<10", "XL", "n/a", None]))
    assert read["rank"].to_list() == [0.0, 1.0, 2.0, 4.0, 3.0, None, None, None]
    assert read["value"].to_list() == ["s", "m size", "l", ">10", "<10", "xl", None, None]


def test_a_column_with_an_order_is_read_by_it_and_has_its_rank_as_a_number() -> None:
    leads = pl.DataFrame({"size": ["S", "L", "XL"]})
    readings = Readings.infer(leads, SCHEMA, identifiers=[], read_as={}, tables=None)
    assert [(column.name, column.source, column.kind) for column in readings.columns] == [
        ("size", "size", Kind.CATEGORY),
        ("size (rank)", "size", Kind.NUMBER),
    ]
    assert readings.read(leads)["size (rank)"].to_list() == [0.0, 2.0, None]
    assert Readings.model_validate_json(readings.model_dump_json()) == readings
