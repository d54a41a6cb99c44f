import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.errors import ConfigError
from leadscore.reading.table_files import TABLES, read_toml, written
from leadscore.reading.text import matched
from leadscore.reading.timeline import BANDS, EDGES, LONGEST, Timeline, in_days
from leadscore.schema import Kind

TIMELINE = Timeline.load()
NOTES = tuple(dict.fromkeys(TIMELINE.notes.values()))


def rows(*texts: str) -> list[tuple[object, ...]]:
    return TIMELINE.read(pl.Series(texts)).rows()


def days(*texts: str) -> list[float | None]:
    return TIMELINE.read(pl.Series(texts))["days"].to_list()


def test_it_yields_days():
    assert TIMELINE.derived == {"days": Kind.NUMBER}


def test_the_bands_read_as_themselves_with_the_days_of_their_middle():
    middles = (45.0, 135.0, 225.0, 315.0, 540.0)
    assert rows(*BANDS) == [(band, True, middle) for band, middle in zip(BANDS, middles, strict=True)]


def test_notes_read_as_themselves_without_days():
    assert set(NOTES) == {
        *("follow up later", "no response", "no requirement", "budget pending", "quote sent", "discussing"),
        *("duplicate lead", "other"),
    }
    assert rows(*NOTES) == [(note, note != "other", None) for note in NOTES]


def test_a_band_starts_at_its_lower_edge():
    assert [band for band, *_ in rows("3 months", "6 months", "9 months", "1 year")] == list(BANDS[1:])
    assert [band for band, *_ in rows("89 days", "179 days", "269 days", "359 days")] == list(BANDS[:-1])


def test_less_and_more_go_halfway_to_the_next_edge():
    assert days("less than 3 months", "less than 5 months", "within 2 months") == [45.0, 120.0, 30.0]
    assert days("more than 3 months", "more than 4 months", "more than 2 years") == [135.0, 150.0, 1080.0]


def test_several_numbers_are_averaged_and_a_smaller_unit_is_added():
    assert days("4/8 months", "9 months ~ 1 year", "2, 3 or 4 weeks") == [180.0, 315.0, 21.0]
    assert days("1 year 6 months", "1 year and 6 months", "1 month 2 weeks") == [540.0, 540.0, 44.0]


def test_a_number_counts_with_the_unit_after_it_only():
    assert days("5 tv in 3 months", "tv 55 and 43, in 2 weeks", "month 3") == [90.0, 14.0, None]


def test_a_note_wins_over_numbers():
    assert rows("no response for 3 months", "2 years ago", "duplicate lead 1037", "call again in 14 days") == [
        ("no response", True, None),
        ("other", False, None),
        ("duplicate lead", True, None),
        ("follow up later", True, None),
    ]


@pytest.mark.parametrize("text", ["november", "notebook", "nobody knows", "noon"])
def test_no_within_a_word_is_no_refusal(text):
    assert rows(text) == [("other", False, None)]


@pytest.mark.parametrize("text", ["2022", "2024-05-01", "3-6", "> 3", "unknown", "jo@example.com, 3 months"])
def test_bare_numbers_and_persons_are_missing(text):
    assert rows(text) == [(None, False, None)]


@pytest.mark.parametrize(
    "column",
    [
        ("married", "single", "divorced", "unknown"),
        ("yes", "no"),
        ("mon", "tue", "wed", "thu", "fri"),
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        ("basic.4y", "basic.6y", "high.school", "university.degree", "professional.course"),
        ("organic_search", "paid_search", "email", "social", "referral"),
        ("1-5", "5-20", "20-50", "50-200", "200+"),
        ("new", "working", "nurturing", "qualified"),
    ],
)
def test_ordinary_columns_are_not_claimed(column):
    assert TIMELINE.read(pl.Series(column))["understood"].mean() <= 0.5


def test_a_year_of_the_calendar_is_no_span():
    assert days("2024년", "2024年", "year 2024", "2024 years") == [None] * 4


def test_a_longer_word_with_a_unit_in_it_is_no_unit():
    assert days("3 monthly rates", "6 daylight lamps") == [None, None]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 59), st.sampled_from(["months", "Monate", "meses", "개월", "个月"]))
def test_more_months_are_never_sooner(number, unit):
    sooner, later = days(f"{number} {unit}", f"{number + 1} {unit}")
    assert sooner < later
    assert sooner == number * 30.0


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 400))
def test_the_band_holds_the_days(number):
    ((band, _, expected),) = rows(f"{number} days")
    assert band == BANDS[sum(edge <= expected for edge in EDGES)]


PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from([*TIMELINE.notes, *TIMELINE.units, *TIMELINE.numbers, *TIMELINE.bounds, *TIMELINE.spans, "@", "~"]),
    st.integers(0, 3000).map(str),
)
TEXTS = st.lists(st.lists(PIECES, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=20, unique=True)


@settings(max_examples=15, deadline=None)
@given(TEXTS)
def test_a_value_is_a_band_a_note_or_other_and_reads_as_itself(texts):
    series = pl.Series(texts)
    frame = TIMELINE.read(series)
    known = frame["value"].drop_nulls()
    assert set(known) <= {*BANDS, *NOTES}
    assert TIMELINE.read(known)["value"].to_list() == known.to_list()
    assert frame.filter(pl.col("days").is_not_null())["value"].is_in(BANDS).all()
    assert frame.filter(pl.col("value").is_in(BANDS))["days"].null_count() == 0
    assert TIMELINE.read(series.reverse()).equals(frame.reverse())


@settings(max_examples=15, deadline=None)
@given(TEXTS)
def test_what_is_kept_of_a_text_reads_to_the_same_days(texts):
    read = TIMELINE.read(pl.Series(texts)).drop_nulls("value").drop("understood")
    assert TIMELINE.read(read.select(in_days()).to_series()).drop("understood").equals(read)


def test_any_number_of_days_is_kept_as_it_is():
    every = pl.DataFrame({"value": BANDS[0], "days": pl.int_range(int(LONGEST) * 2 + 1, eager=True) / 2})
    kept = every.select(in_days()).to_series()
    assert kept.to_list()[:4] == ["0 days", "0.5 days", "1 days", "1.5 days"]
    assert TIMELINE.read(kept)["days"].equals(every["days"])


def test_days_are_halves_and_not_beyond_what_can_be_read():
    assert days("2, 3 or 3 days", "more than 20 years", "less than 5/6 months") == [2.5, LONGEST, 127.5]


def test_it_survives_json():
    assert Timeline.model_validate_json(TIMELINE.model_dump_json()) == TIMELINE


def test_no_texts_give_no_rows():
    assert TIMELINE.read(pl.Series([], dtype=pl.String)).shape == (0, 3)


def test_the_table_is_written_as_it_is_looked_up_and_each_phrase_has_one_meaning():
    table = read_toml(TABLES / "timeline.toml")
    for lists in (table["notes"], table["numbers"], {unit: each["words"] for unit, each in table["units"].items()}):
        words = [word for each in lists.values() for word in each]
        assert sorted(word for word in set(words) if words.count(word) > 1) == []
        assert [word for word, form in written(matched, words).items() if form != word] == []


def test_a_user_adds_words_and_notes(tmp_path):
    (tmp_path / "timeline.toml").write_text(
        '[units.fortnight]\ndays = 14\nwords = ["fortnight", "fortnights"]\n'
        '[notes]\n"wrong person" = ["not in charge"]\n"no response" = ["on hold"]\n'
    )
    read = Timeline.load(tmp_path).read(pl.Series(["two fortnights", "Not in charge!", "on hold", "45 days"]))
    assert read.select("value", "days").rows() == [
        ("less than 3 months", 28.0),
        ("wrong person", None),
        ("no response", None),
        ("less than 3 months", 45.0),
    ]


def test_an_ill_formed_table_is_refused_by_name(tmp_path):
    (tmp_path / "timeline.toml").write_text('[units.day]\ndays = "one"')
    with pytest.raises(ConfigError, match=r"timeline\.toml cannot be used: units\.day\.days"):
        Timeline.load(tmp_path)
