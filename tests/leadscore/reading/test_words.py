import polars as pl
import pytest

from leadscore.errors import ConfigError
from leadscore.reading.table_files import TABLES, read_toml, written
from leadscore.reading.text import matched
from leadscore.reading.words import Words, cleaned


def values(*texts: str) -> list[str | None]:
    return cleaned(pl.Series(texts), Words.load())["value"].to_list()


def test_missing_and_other_are_two_things():
    assert values("Unknown", "please_select", "N/A", "?", "#N/A") == [None] * 5
    assert values("Others", "ETC.", "Sonstige", "egyéb", "기타", "その他", "others,") == ["other"] * 7


@pytest.mark.parametrize("text", ["none", "no", "na", "test", "divers"])
def test_values_of_some_columns_are_not_missing(text):
    assert values(text) == [text]


def test_punctuation_at_the_ends_does_not_count():
    assert values("cargo,", '"cargo"', "car,go", ";") == ["cargo", "cargo", "car,go", None]


def test_personal_data_is_dropped():
    assert values("jo@example.com", "@ noon", "06 12 34 56 78;", "+1 (555) 123-4567") == [None] * 4


def test_the_key_is_one_run_of_plain_letters_and_digits():
    frame = cleaned(pl.Series(["Vice-Président", "Others", "!?!", "İş Orta\u011f\u0131"]), Words.load())
    assert frame["key"].to_list() == ["vicepresident", "other", None, "isortagi"]


def test_shipped_words_are_written_as_they_are_looked_up_and_once():
    table = read_toml(TABLES / "words.toml")
    words = [*table["missing"], *table["other"]]
    assert len(set(words)) == len(words)
    assert list(written(matched, words).values()) == words


def test_a_user_adds_words_and_moves_them(tmp_path):
    (tmp_path / "words.toml").write_text('missing = ["Sin Dueño", "misc"]\nother = ["unknown"]')
    words = Words.load(tmp_path)
    assert {"sin dueno", "misc", "null"} <= set(words.missing)
    assert "unknown" in words.other
    assert not set(words.missing) & set(words.other)


def test_an_unknown_key_is_refused(tmp_path):
    (tmp_path / "words.toml").write_text('mising = ["x"]')
    with pytest.raises(ConfigError, match=r"words\.toml cannot be used: mising"):
        Words.load(tmp_path)
