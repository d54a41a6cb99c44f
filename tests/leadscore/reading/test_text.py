import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.reading.text import digests, normalise


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
        "call anna on 0171 234 5678",
        "Anna Schmidt tel (0171) 2345678, mornings",
        "ring 06.12.34.56.78 please",
        "mobile 98765 43210",
        "office (555) 123-4567 ext. 9",
        "555 123 4567 is hers",
    ],
)
def test_personal_data_becomes_missing(text):
    assert normal(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("1234567890", "1234567890.0", "32/43/49/55/65", "2024-05-01", "@ noon", "3+ months"),
        *("sizes 32 43 49 55 65", "tv 32/43/49/55/65/75 inches", "600 800 1200 mm", "ac 9000 12000 18000 24000 btu"),
        *("43US660H0SD.AWZ", "model 100-200-300", "since 01.05.2024 12:30", "account 1234567890", "0.75-1.0-1.5 hp"),
    ],
)
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


def test_digests_tell_texts_apart_and_hold_none_of_them():
    told = digests(pl.Series(["jo@example.com", "al@example.com", "jo@example.com", None]))
    assert told.to_list() == ["e50df8e2d8ce", "8e261d893685", "e50df8e2d8ce", None]
