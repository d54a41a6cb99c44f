"""The masks: which cells fail, in which order they are told, and that nothing personal is told with them."""

import json
import math
import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.schema import Column, Kind, Schema
from leadscore.validate.masks import FAILURES, SHAPE_LENGTH, failures, failures_json
from leadscore.validate.rules import AllowedRule, BatchLimits, RangeRule, RowRule, Rules, TypeRule

NO_LIMITS = BatchLimits(null_shares={}, seen={}, n_leads=0, freshness_days=None)
SCHEMA = Schema(
    columns=(
        Column(name="the amount", kind=Kind.NUMBER),
        Column(name="is.known", kind=Kind.BOOLEAN),
        Column(name="country", kind=Kind.CATEGORY),
    ),
    missing=("none",),
)


def table(*rows: RowRule) -> Rules:
    return Rules(rows=rows, batch=NO_LIMITS)


def failing(values: list[object], dtype: pl.DataType, *rules: RowRule) -> list[int]:
    raw = pl.DataFrame({rules[0].column: values}, schema={rules[0].column: dtype})
    return failures(raw, SCHEMA, table(*rules))["row"].to_list()


NUMBER = TypeRule(column="the amount", kind=Kind.NUMBER)
BOOLEAN = TypeRule(column="is.known", kind=Kind.BOOLEAN)
RANGE = RangeRule(column="the amount", low=-1, high=10)
ALLOWED = AllowedRule(column="country", values=("DE", "fr"))


@pytest.mark.parametrize("cell", [None, "", "  ", "None", "NONE ", "5", " 5.5 ", "-1e3", "nan", "inf"])
def test_text_that_reads_as_a_number_or_is_missing_passes_the_type(cell):
    assert failing([cell], pl.String(), NUMBER) == []


@pytest.mark.parametrize("cell", ["12x", "1,5", "yes", "-", "null", "2024-01-01"])
def test_text_that_reads_as_no_number_fails_the_type(cell):
    assert failing(["1", cell, "none"], pl.String(), NUMBER) == [1]


def test_a_boolean_column_takes_the_words_for_yes_and_no_only():
    assert failing(["Yes", "f", "1.0", "", None, "maybe", "2", "none"], pl.String(), BOOLEAN) == [5, 6]


@pytest.mark.parametrize("dtype", [pl.Float64(), pl.Int64(), pl.Boolean()])
def test_a_column_stored_as_numbers_always_passes_the_type(dtype):
    raw = pl.DataFrame({"the amount": [None, False, True]}).cast(dtype)

    assert failures(raw, SCHEMA, table(NUMBER)).is_empty()


def test_the_ends_of_a_range_are_in_it_and_nan_and_infinity_never_are():
    below, above = math.nextafter(-1, -2), math.nextafter(10, 11)
    cells = [-1.0, 10.0, None, below, above, float("nan"), float("inf"), float("-inf")]

    assert failing(cells, pl.Float64(), RANGE) == [3, 4, 5, 6, 7]
    assert failing([None if c is None else str(c) for c in cells], pl.String(), RANGE) == [3, 4, 5, 6, 7]
    assert failing([-2, -1, None, 10, 11], pl.Int64(), RANGE) == [0, 4]


def test_allowed_compares_the_conformed_text():
    assert failing(["DE", " DE ", "fr", None, "none", "", "de", "FR"], pl.String(), ALLOWED) == [6, 7]
    assert failing([1, 2, None], pl.Int64(), AllowedRule(column="country", values=("1",))) == [1]
    assert failing(["DE", None], pl.String(), AllowedRule(column="country", values=())) == [0]


def test_failures_come_by_row_and_then_in_the_order_of_the_rules():
    raw = pl.DataFrame(
        {"the amount": ["x", "99", "5"], "is.known": [None, "oops", "no"], "country": ["XX", "DE", "YY"]}
    )
    found = failures(raw, SCHEMA, table(ALLOWED, RANGE, BOOLEAN, NUMBER))

    assert found.schema == FAILURES
    assert found.rows() == [
        (0, "in_allowed", "country", "aa"),
        (0, "is_number", "the amount", "a"),
        (1, "in_range", "the amount", "99.0"),
        (1, "is_boolean", "is.known", "aaaa"),
        (2, "in_allowed", "country", "aa"),
    ]


def test_no_failures_are_an_empty_frame_of_the_same_columns():
    raw = pl.DataFrame({"the amount": [1.0], "is.known": [True], "country": ["DE"]})

    for leads in (raw, raw.clear()):
        found = failures(leads, SCHEMA, table(NUMBER, BOOLEAN, RANGE, ALLOWED))
        assert found.schema == FAILURES
        assert found.is_empty()
        assert failures_json(found).is_empty()


@pytest.mark.parametrize(
    ("cell", "shape"),
    [
        ("jane.doe@example.com", "aaaa.aaa@aaaaaaa.aaa"),
        ("+49 (170) 123-4567", "+99 (999) 999-9999"),
        ("Please call Jane about the offer", "aaaaaa aaaa aaaa aaa"),
        ("서울 ٣٤ é हिन्दी", "aa 99 a aaaaaa"),
    ],
)
def test_text_is_shown_as_its_shape(cell, shape):
    raw = pl.DataFrame({"the amount": [cell], "country": [cell]})
    found = failures(raw, SCHEMA, table(NUMBER, ALLOWED))

    assert found["value"].to_list() == [shape, shape]


@given(st.text(min_size=1))
def test_no_letter_and_no_digit_of_a_text_is_shown(cell):
    raw = pl.DataFrame({"country": [cell]})
    for shown in failures(raw, SCHEMA, table(AllowedRule(column="country", values=())))["value"]:
        assert len(shown) <= SHAPE_LENGTH
        assert not [c for c in shown if c.isalnum() and c not in "a9"]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (99.5, "99.5"),
        (-12.34, "-12.34"),
        (491701234567.0, "491700000000.0"),
        (float("inf"), "inf"),
        (float("nan"), "NaN"),
    ],
)
def test_a_number_out_of_range_is_shown_to_four_figures_which_hides_a_phone_number(cell, shown):
    for dtype in (pl.Float64, pl.String):
        raw = pl.DataFrame({"the amount": pl.Series([cell]).cast(dtype)})
        assert failures(raw, SCHEMA, table(RANGE))["value"].to_list() == [shown]


def test_a_category_stored_as_a_number_is_shown_as_one():
    raw = pl.DataFrame({"country": [12, 491701234567]})

    assert failures(raw, SCHEMA, table(ALLOWED))["value"].to_list() == ["12.0", "491700000000.0"]


def test_the_json_of_a_row_lists_its_failures_in_order():
    raw = pl.DataFrame({"the amount": ["99", "1", '"a\\\n'], "country": ["DE", "DE", 'x"y']})
    found = failures_json(failures(raw, SCHEMA, table(NUMBER, RANGE, ALLOWED)))

    assert found.schema == {"row": pl.UInt32, "failures": pl.String}
    assert found["row"].to_list() == [0, 2]
    assert [json.loads(text) for text in found["failures"]] == [
        [{"rule": "in_range", "column": "the amount", "value": "99.0"}],
        [
            {"rule": "is_number", "column": "the amount", "value": '"a\\\n'},
            {"rule": "in_allowed", "column": "country", "value": 'a"a'},
        ],
    ]


def test_an_address_and_a_phone_number_do_not_get_out():
    raw = pl.DataFrame(
        {"the amount": ["0170 1234567"], "is.known": ["bob@corp.example"], "country": ["call bob@corp.example"]}
    )
    [told] = failures_json(failures(raw, SCHEMA, table(NUMBER, BOOLEAN, ALLOWED)))["failures"]

    assert told.count('"value"') == 3
    assert not re.search("bob|corp|example|0170|1234", told)
