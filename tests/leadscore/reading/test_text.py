import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.reading.text import normalise


def normal(text: str | None) -> str | None:
    return pl.DataFrame({"text": [text]}, schema={"text": pl.String}).select(normalise(pl.col("text"))).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Less_than_3  months ", "less than 3 months"),
        ("Vice\u200bPresident", "vicepresident"),
        ("\uff21\uff22\uff23\uff0dLtd", "abc ltd"),
        ("C-Level/Executive.", "c level executive"),
        ("non\u2013breaking\u00a0space", "non breaking space"),
        ("//India", "india"),
        ("上海", "上海"),
        ("nul\x00byte", "nulbyte"),
        ("//", None),
        ("\u200b", None),
        ("", None),
        (None, None),
    ],
)
def test_spellings_of_one_value_become_one(text, expected):
    assert normal(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "John.Doe@example.com",
        "please mail jo @ example.com",
        "j\u200bo@example.com",
        "jo\uff20example.com",
        "a_@b",
        "+1 (555) 123-4567",
        "call +49 170 1234567 please",
        "06 12 34 56 78",
        "555-123-4567",
    ],
)
def test_personal_data_becomes_missing(text):
    assert normal(text) is None


@pytest.mark.parametrize("text", ["1234567890", "1234567890.0", "32/43/49/55/65", "2024-05-01", "@ noon", "3+ months"])
def test_numbers_that_are_no_phone_numbers_stay(text):
    assert normal(text) is not None


@given(st.lists(st.text(), min_size=1, max_size=50))
def test_normalising_twice_changes_nothing(texts):
    once = pl.DataFrame({"text": texts}).select(normalise(pl.col("text")))
    assert once.select(normalise(pl.col("text"))).equals(once)


def test_normalising_twice_changes_nothing_for_any_character():
    characters = [chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000]
    texts = pl.DataFrame({"text": [f"H{character}\u0331 A" for character in characters]})
    once = texts.lazy().select(normalise(pl.col("text"))).collect()
    assert once.lazy().select(normalise(pl.col("text"))).collect().equals(once)


def test_the_column_keeps_its_name():
    assert pl.DataFrame({"a": ["X"], "b": ["Y"]}).select(normalise(pl.all())).to_dicts() == [{"a": "x", "b": "y"}]
