import polars as pl
import pytest

from leadscore.reading.lists import beginnings, in_order
from leadscore.reading.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def product() -> Vocabulary:
    return Vocabulary.load("product")


def one(product: Vocabulary, text: str) -> tuple[object, ...]:
    return product.read(pl.Series([text])).row(0)


def test_a_list_is_its_distinct_items_sorted_their_number_branch_and_first(product):
    read = product.read(pl.Series(["idb, notebook, IDB,hotel tv"]))
    assert read.to_dicts() == [
        {
            "value": "hotel tv, interactive digital board, laptop",
            "understood": True,
            "count": 3.0,
            "group": "several",
            "first": "interactive digital board",
        }
    ]


@pytest.mark.parametrize("joint", [",", " , ", ";", "|", "、", "，", "؛"])  # noqa: RUF001
def test_items_are_joined_in_many_ways(product, joint):
    assert one(product, f"LED{joint}video wall")[0] == "led signage, video wall signage"


def test_an_item_that_is_not_known_stays_and_has_no_branch(product):
    assert one(product, "43us660h0sd.awz") == ("43us660h0sd awz", False, 1.0, "other", "43us660h0sd awz")
    assert one(product, "vl5, chiller") == ("chiller, vl5", True, 2.0, "air conditioning", "vl5")


def test_an_item_that_is_cut_is_completed_where_that_is_sure(product):
    assert one(product, "led, residential air condit")[0] == "led signage, residential air conditioner"
    assert one(product, "led, commercial")[0] == "commercial, led signage"
    assert one(product, "led, resid")[0] == "led signage, resid"


def test_only_beginnings_of_one_meaning_are_completed():
    names = {"commercialtv": "tv", "commercialtvset": "tv", "commercialac": "ac", "vrf": "vrf"}
    assert beginnings(names) == {
        "commercialt": "tv",
        "commercialtv": "tv",
        "commercialtvs": "tv",
        "commercialtvse": "tv",
        "commerciala": "ac",
    }


def test_missing_personal_and_empty_items_do_not_count(product):
    assert one(product, "-- please select --, led,, unknown")[:3] == ("led signage", True, 1.0)
    assert one(product, "unknown") == (None, False, None, None, None)
    assert one(product, "06 12 34 56 78, led")[:3] == ("led signage", True, 1.0)
    assert one(product, "jo@example.com; led; ring 0171 234 5678")[:3] == ("led signage", True, 1.0)


def test_what_is_kept_of_a_cell_has_the_same_first_item(product):
    read = product.read(pl.Series(["led, idb", "idb, led", "idb, led, vl5, idb", "led", "unknown"]))
    kept = read.select(in_order()).to_series()
    assert kept.to_list()[1] == "interactive digital board, led signage"
    assert kept.to_list()[0] == "led signage, interactive digital board, led signage"
    assert product.read(kept[:4]).drop("understood").equals(read[:4].drop("understood"))
    assert kept[4] is None


def test_no_cells_give_no_rows(product):
    assert product.read(pl.Series([], dtype=pl.String)).shape == (0, 5)
