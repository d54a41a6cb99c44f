import tracemalloc

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.features.categories import OTHER, UNSEEN, CategoryMap
from leadscore.features.slips import SHORTEST, without_slips
from leadscore.reading.country import Country
from leadscore.reading.timeline import BANDS, Timeline
from leadscore.reading.vocabulary import load_all

KNOWN = (
    *("monitor tv", "export", "laptop", "basic 4y", "nigeria", "ireland", "segment a", "tier ii", "grade a", "model s"),
    "premium tv",
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("monior tv", "monitor tv"),
        ("montior tv", "monitor tv"),
        ("monitorr tv", "monitor tv"),
        ("lapto", "lapto"),  # too short to tell
        ("aptops", "aptops"),  # another first letter
        ("basic 6y", "basic 6y"),  # a digit is no slip
        ("expects", "expects"),
        ("expert", "expert"),
        ("iceland", "iceland"),
        ("segment d", "segment d"),
        ("segments a", "segment a"),
        ("tier iii", "tier iii"),
        ("premium tvs", "premium tvs"),
        ("model x", "model x"),
        ("grade b", "grade b"),
        ("monitortv", "monitortv"),
        ("monior tvs", "monior tvs"),  # two slips
        ("niger", "niger"),
        ("nigerai", "nigeria"),
    ],
)
def test_one_slip_is_mended_and_no_more(written, meant):
    assert without_slips(pl.Series([written]), KNOWN).to_list() == [meant]


def test_of_several_values_that_may_be_meant_the_most_frequent_is():
    near = ["manager", "managers"]
    assert without_slips(pl.Series(["manaegr", "managesr", "managerrs"]), near).to_list() == [
        *("manager", "manager", "managers")
    ]
    assert without_slips(pl.Series(["managerz"]), ["manager", "managerzz"]).to_list() == ["manager"]
    assert without_slips(pl.Series(["managerz"]), ["managerzz", "manager"]).to_list() == ["managerzz"]


def test_no_value_of_a_shipped_table_is_a_slip_of_another():
    country, timeline = Country.load(), Timeline.load()
    tables = [[group.name for group in vocabulary.groups] for vocabulary in load_all()]
    tables += [[place.country for place in country.places], [*BANDS, *set(timeline.notes.values())]]
    for values in tables:
        for value in values:
            others = [other for other in values if other != value]
            assert without_slips(pl.Series([value]), others).to_list() == [value]


WORDS = st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.integers(0, 25), st.integers(0, 2), st.text("abc ", max_size=2))
def test_what_is_mended_is_one_edit_of_one_long_word(known, place, lost, typed):
    written = " ".join((known[:place] + typed + known[place + lost :]).split())
    (meant,) = without_slips(pl.Series([written]), [known])
    if meant != written:
        pairs = [pair for pair in zip(written.split(), known.split(), strict=True) if pair[0] != pair[1]]
        assert len(pairs) == 1
        ((one, other),) = pairs
        assert one_edit(one, other)
        assert min(len(one), len(other)) >= SHORTEST
        assert one[0] == other[0]


def one_edit(one, other):
    """Whether a letter was added, lost or swapped with the next."""
    short, long = sorted((one, other), key=len)
    if len(short) < len(long):
        return short in {long[:i] + long[i + 1 :] for i in range(len(long))}
    return short in {long[:i] + long[i + 1] + long[i] + long[i + 2 :] for i in range(len(long) - 1)}


def test_many_strangers_take_little_memory():
    known = [f"{a}{b}{c}known value" for a in "abcdefghij" for b in "abcdefghij" for c in "abcdefghij"]
    strangers = pl.Series([value.replace("known", f"kn{d}own") for value in known for d in "abcdefghijpqrstuvwxyz"])
    tracemalloc.start()
    meant = without_slips(strangers, known)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert set(meant) == set(known)
    assert peak < 50e6, "a matrix of distances would have 21 million"


def test_frequent_values_are_never_merged():
    values = pl.Series("c", ["export"] * 30 + ["expert"] * 20)
    column, _ = CategoryMap.learn(values, pl.Series([0.0] * 50).to_numpy(), 1, source="c", identifier=False)
    assert column.known == ("export", "expert")


def test_rare_slips_count_as_the_value_that_is_meant_in_training_and_later():
    values = pl.Series("c", ["monitor tv"] * 12 + ["monior tv"] * 3 + ["strange"] * 2)
    column, features = CategoryMap.learn(values, pl.Series([0.0] * 17).to_numpy(), 1, source="c", identifier=False)
    assert column.known == ("monitor tv",)
    assert features[:, 0].tolist() == [3.0] * 15 + [OTHER] * 2
    assert column.codes(pl.Series("c", ["mnitor tv", "never seen"])).tolist() == [3, UNSEEN]


def test_identifiers_that_differ_in_a_letter_are_two():
    values = pl.Series("c", ["acme corp"] * 12 + ["acme corq"] * 3)
    column, _ = CategoryMap.learn(values, pl.Series([0.0] * 15).to_numpy(), 1, source="c", identifier=True)
    assert column.known == ("acme corp",)
    assert column.codes(pl.Series("c", ["acme corq", "acme core"])).tolist() == [OTHER, UNSEEN]
