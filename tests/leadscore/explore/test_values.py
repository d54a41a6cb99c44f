"""Which values may be shown."""

import polars as pl
import pytest

from leadscore.explore.values import is_personal_name, showable

SENTENCE = "Please call our purchasing department about the large displays for the new lobby of the hotel"

PERSONAL = ("email", "contact_name", "firstName", "Phone", "customer mobile", "이메일", "담당자", "name", "fax_no")


def column(values: list[str], name: str = "kind") -> pl.Series:
    return pl.Series(name, values)


def test_a_vocabulary_may_be_shown_in_any_script() -> None:
    assert showable(column(["최종 고객", "عميل", "🏨 hotel"] * 30))


def test_names_sentences_and_identifiers_may_not() -> None:
    assert not showable(column([f"kim number {i}" for i in range(200)]))
    assert not showable(column([SENTENCE] * 200)), "a sentence that many leads share is a sentence"
    assert not showable(column(["a"] * 25 + [f"person {i}" for i in range(100)])), "most of it is rare"
    assert not showable(column([]))


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "contact_name",
        "firstName",
        "Phone",
        "customer mobile",
        "이메일",
        "담당자",
        "name",
        "fax_no",
        "full name",
    ],
)
def test_a_column_that_says_that_it_is_personal_shows_nothing(name: str) -> None:
    assert is_personal_name(name)
    assert not showable(column(["lee"] * 100, name))


@pytest.mark.parametrize(
    "name", ["product_modelname", "event_name", "business_unit", "cellar", "company size", "namespace"]
)
def test_other_columns_are_not_taken_for_personal(name: str) -> None:
    assert not is_personal_name(name)
