from datetime import datetime

import polars as pl
import pytest

from leadscore.errors import SchemaChanged
from leadscore.schema import Column, Kind, Schema, Type, infer_kind, truth


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.5, None, 2.0], Kind.NUMBER),
        ([True, False], Kind.BOOLEAN),
        (["12", "7.5", None, "9"], Kind.NUMBER),
        (["2020-01-01", "2021-05-06 10:00:00"], Kind.DATE),
        (["red", "green", "red"], Kind.CATEGORY),
        (["a1", "b2", "c3"], Kind.IGNORE),
        ([None, None], Kind.IGNORE),
        ([1, 1, 1], Kind.IGNORE),
        ([1, None, 1], Kind.NUMBER),
        (
            ["we would like to know more about your large signage for our three hotels"] * 2 + ["x" * 70, "y" * 80],
            Kind.TEXT,
        ),
    ],
)
def test_the_kind_is_what_the_values_look_like(values: list[object], kind: Kind) -> None:
    assert infer_kind(pl.Series("c", values, strict=False)) is kind


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("campaign_id", [n % 50 for n in range(500)], Kind.ID),
        ("campaign_id", [float(n % 50) for n in range(500)], Kind.ID),
        ("CampaignId", [f"c{n % 50}" for n in range(500)], Kind.ID),
        ("캠페인번호", [n % 50 for n in range(500)], Kind.ID),
        ("campaign_id", [n % 9 for n in range(500)], Kind.NUMBER),
        ("visits_num", [n % 50 for n in range(500)], Kind.NUMBER),
        ("paid", [n % 50 for n in range(500)], Kind.NUMBER),
        ("external_id", list(range(500)), Kind.IGNORE),
        ("score_key", [n / 7 for n in range(500)], Kind.NUMBER),
    ],
)
def test_an_id_that_leads_share_is_one_and_a_number_of_its_own_for_each_lead_tells_nothing(
    name: str, values: list[object], kind: Kind
) -> None:
    assert infer_kind(pl.Series(name, values)) is kind


def test_short_notes_are_prose_and_names_are_none() -> None:
    notes = pl.Series("c", [f"please send me a quote for {n} screens" for n in range(40)] + ["call me"] * 2)
    names = pl.Series("c", [f"firm {n} co" for n in range(40)] + ["acme"] * 2)
    assert (infer_kind(notes), infer_kind(names)) == (Kind.TEXT, Kind.CATEGORY)


def test_the_order_of_a_category_is_said_by_its_values() -> None:
    leads = pl.DataFrame({"size": ["small", "large", "small"]})
    order = ("small", "medium", "large")
    (column,) = Schema.infer(leads, {"size": None}, categories=[], kinds={"size": order}, missing=[]).columns
    assert (column.kind, column.order) == (Kind.CATEGORY, order)


@pytest.mark.parametrize("stored", [pl.Datetime("us"), pl.String])
def test_a_day_that_means_missing_is_null_in_times_and_in_the_texts_that_sqlite_keeps_of_them(
    stored: pl.DataType,
) -> None:
    times = pl.Series("seen", [datetime(1900, 1, 1, 3), datetime(2026, 1, 2), datetime(2026, 1, 3)])
    leads = times.cast(stored).to_frame()
    missing_in = {"seen": ("1900-01-01",)}
    schema = Schema.infer(leads, {"seen": Type.TIME}, categories=[], kinds={}, missing=[], missing_in=missing_in)
    assert schema.dates == ("seen",)
    assert schema.conform(leads)["seen"].to_list() == [None, 20455.0, 20456.0]


def test_identifiers_are_categories_and_settings_overrule_the_guess() -> None:
    leads = pl.DataFrame({"owner": [174, 23, 174], "size": [1, 2, 3], "note": ["a", "b", "a"]})
    types = {"owner": Type.INTEGER, "size": Type.INTEGER, "note": Type.TEXT}
    schema = Schema.infer(leads, types, categories=["owner"], kinds={"note": Kind.IGNORE}, missing=[])
    assert [(c.name, c.kind) for c in schema.columns] == [
        ("owner", Kind.CATEGORY),
        ("size", Kind.NUMBER),
        ("note", Kind.IGNORE),
    ]
    assert [c.name for c in schema.modelled] == ["owner", "size"]


def test_conformed_leads_are_numbers_and_text_with_null_for_what_is_missing() -> None:
    schema = Schema(
        columns=(
            Column(name="amount", kind=Kind.NUMBER, type=Type.TEXT),
            Column(name="ok", kind=Kind.BOOLEAN, type=Type.TEXT),
            Column(name="owner", kind=Kind.CATEGORY, type=Type.INTEGER),
            Column(name="note", kind=Kind.TEXT, type=Type.TEXT),
            Column(name="memo", kind=Kind.IGNORE, type=Type.TEXT),
            Column(name="visit", kind=Kind.DATE, type=Type.TEXT, timezone="Asia/Seoul"),
        ),
        missing=("unknown",),
    )
    raw = pl.DataFrame(
        {
            "amount": ["1.5", " UNKNOWN ", "many"],
            "ok": ["Yes", "n", ""],
            "owner": [7, None, 9],
            "note": ["a b", "unknown", " c"],
            "memo": ["a", "b", "c"],
            "visit": ["1970-01-03 09:00", "soon", None],
        }
    )
    expected = pl.DataFrame(
        {
            "amount": [1.5, None, None],
            "ok": [1.0, 0.0, None],
            "owner": ["7", None, "9"],
            "note": ["a b", None, "c"],
            "visit": [2.0, None, None],
        }
    )
    assert schema.conform(raw).equals(expected)


def test_a_lost_and_a_retyped_column_are_named_in_the_difference() -> None:
    schema = Schema(
        columns=(
            Column(name="age", kind=Kind.NUMBER, type=Type.INTEGER),
            Column(name="city", kind=Kind.CATEGORY, type=Type.TEXT),
            Column(name="memo", kind=Kind.IGNORE, type=Type.TEXT),
            Column(name="free", kind=Kind.CATEGORY, type=None),
        )
    )
    with pytest.raises(SchemaChanged) as refused:
        schema.check({"age": Type.TEXT, "free": Type.INTEGER})
    assert "- city (text) is missing" in refused.value.message
    assert "~ age was integer, is text" in refused.value.message
    assert "memo" not in refused.value.message
    schema.check({"age": Type.INTEGER, "city": Type.TEXT, "free": None, "new": Type.TEXT})
    assert schema.extra({"age": Type.INTEGER, "new": Type.TEXT}) == ["new"]


def test_a_schema_survives_json() -> None:
    schema = Schema(columns=(Column(name="ä b.c", kind=Kind.NUMBER, type=Type.FLOAT),), missing=("unknown",))
    assert Schema.model_validate_json(schema.model_dump_json()) == schema


def test_yes_and_no_in_all_their_words() -> None:
    words = pl.DataFrame(
        {"w": ["1", "TRUE", " yes ", "t", "Y", "1.0", "0", "False", "no", "f", "N", "0.0", "won", None]}
    )
    assert words.select(truth(pl.col("w"))).to_series().to_list() == [1.0] * 6 + [0.0] * 6 + [None, None]


def test_values_that_mean_missing_in_one_column_are_null_there_however_they_are_stored() -> None:
    leads = pl.DataFrame({"days": [999, 3, 4], "said": ["999", "3", "never"], "other": [999, 1, 2]})
    types: dict[str, Type | None] = {"days": Type.INTEGER, "said": Type.TEXT, "other": Type.INTEGER}
    missing_in = {"days": (999,), "said": (999, "Never")}
    schema = Schema.infer(leads, types, categories=[], kinds={}, missing=[], missing_in=missing_in)
    assert schema.conform(leads).to_dict(as_series=False) == {
        "days": [None, 3.0, 4.0],
        "said": [None, 3.0, None],
        "other": [999.0, 1.0, 2.0],
    }
    assert Schema.model_validate_json(schema.model_dump_json()) == schema
