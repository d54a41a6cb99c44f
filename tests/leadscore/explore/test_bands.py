import polars as pl

from leadscore.explore.bands import banded
from leadscore.reading.readings import ReadColumn
from leadscore.schema import Kind


def column(kind: Kind) -> ReadColumn:
    return ReadColumn(name="x", source="x", kind=kind)


def test_many_numbers_make_bands_in_their_order() -> None:
    found = banded(pl.Series("x", [*(float(i) for i in range(1000)), None]), column(Kind.NUMBER))
    assert found.names.null_count() == 1
    assert found.names.drop_nulls().n_unique() == len(found.order) == 6
    assert found.order[0] == "up to 100"
    assert found.order[-1] == "over 900"


def test_few_numbers_stand_for_themselves() -> None:
    found = banded(pl.Series("x", [10.0, 2.0, 2.0, 0.5]), column(Kind.NUMBER))
    assert found.order == ("0.5", "2", "10")


def test_booleans_and_categories() -> None:
    assert banded(pl.Series("x", [1.0, 0.0, None]), column(Kind.BOOLEAN)).names.to_list() == ["yes", "no", None]
    words = pl.Series("x", ["a", "missing", None])
    assert banded(words, column(Kind.CATEGORY)).names.to_list() == ["a", "missing", None]
