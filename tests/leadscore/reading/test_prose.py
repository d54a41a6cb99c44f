import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from leadscore.reading.prose import BUCKETS, Prose

PROSE = Prose.load()


def read(*texts: str | None) -> list[str | None]:
    return PROSE.read(pl.Series(texts, dtype=pl.String))["value"].to_list()


def buckets(text: str) -> set[str]:
    return set((read(text)[0] or "").split())


def test_a_text_is_the_buckets_of_its_words_and_of_each_two_that_follow() -> None:
    both = buckets("quotation please")
    assert buckets("Quotation!") | buckets("PLEASE") < both
    assert len(both) == 3
    assert both != buckets("please quotation")


def test_no_word_is_left_and_what_says_nothing_is_missing() -> None:
    assert read("Kim, kim@example.com 010-1234-5678", "n/a", "?", "", None)[1:] == [None] * 4
    assert not [word for word in ("kim", "example", "1234") if word in (read("Kim, kim@example.com")[0] or "")]


def test_case_and_signs_do_not_count_and_every_script_has_words() -> None:
    assert read("Need a QUOTE.") == read("need a quote")
    assert len(buckets("견적 요청")) == 3
    assert buckets("大屏") & buckets("大"), "each sign is a word where there are no spaces"
    assert buckets("عرض سعر")


@given(st.lists(st.text(max_size=60) | st.none(), max_size=8))
def test_what_was_read_reads_the_same_again(texts: list[str | None]) -> None:
    once = read(*texts)
    assert read(*once) == once
    assert all(int(bucket[1:]) < BUCKETS for text in once if text for bucket in text.split())
