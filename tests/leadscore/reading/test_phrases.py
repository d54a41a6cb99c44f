import polars as pl

from leadscore.reading.phrases import longest, unpunctuated

TITLES = {"president": "top", "vice president": "second", "no": "refusal", "c++": "language"}


def found(*texts: str | None) -> list[str | None]:
    return longest(pl.Series(texts, dtype=pl.String), TITLES).to_list()


def test_the_longest_phrase_of_a_text_counts():
    assert found("vice president of sales", "president", "the president no") == ["second", "top", "top"]


def test_parts_of_words_are_no_phrases():
    assert found("november", "notebook", "presidents", "no", "say no now") == [None, None, None, "refusal", "refusal"]


def test_texts_without_a_phrase_and_nulls_stay_in_their_place():
    assert found(None, "clerk", "no", "") == [None, None, "refusal", None]


def test_no_phrases_find_nothing():
    assert longest(pl.Series(["a"]), {}).to_list() == [None]


def test_punctuation_parts_words():
    texts = pl.DataFrame({"text": ["ceo, founder (sales)", "...", "< 3"]})
    assert texts.select(unpunctuated(pl.col("text"))).to_series().to_list() == ["ceo founder sales", None, "< 3"]
