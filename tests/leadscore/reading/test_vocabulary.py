import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.errors import ConfigError
from leadscore.reading.table_files import TABLES, read_toml, written
from leadscore.reading.text import OTHER, matched, normalise
from leadscore.reading.vocabulary import Plain, Vocabulary, load_all
from leadscore.schema import Kind

SHIPPED = {vocabulary.name: vocabulary for vocabulary in load_all()}
NAMES = (
    *("answer", "company_size", "customer_type", "frequency", "inquiry_type", "job", "level", "month", "product"),
    *("seniority", "warmth", "weekday"),
)
READINGS = {**SHIPPED, "plain": Plain.load()}
OF_EACH_SORT = ("customer_type", "product", "seniority", "plain")  # the others are read by the same code

ORDINARY = {
    "marital": ("married", "single", "divorced", "widowed", "separated", "unknown"),
    "yes or no": ("yes", "no", "unknown"),
    "weekday": ("mon", "tue", "wed", "thu", "fri", "Monday", "Sunday"),
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "March"),
    "education": ("basic.4y", "basic.9y", "high.school", "university.degree", "professional.course", "illiterate"),
    "contact": ("cellular", "telephone"),
    "channel": ("organic_search", "paid_search", "email", "social", "display", "referral", "direct_traffic", "other"),
    "outcome": ("nonexistent", "failure", "success"),
    "bank job": (
        *("blue-collar", "technician", "services", "management", "retired", "admin.", "housemaid"),
        *("student", "unemployed", "self-employed", "entrepreneur", "unknown"),
    ),
    "business": ("manufacturer", "reseller", "other"),
    "profile": ("cat", "eagle", "wolf", "shark", "eagle, cat", "shark, wolf"),
    "gender": ("male", "female", "divers"),
    "clothes": ("S", "M", "L", "XL"),
    "currency": ("EUR", "USD", "KRW", "JPY"),
    "stage": ("new", "working", "nurturing", "qualified", "unqualified"),
}


def read(name: str, *texts: str) -> pl.DataFrame:
    return SHIPPED[name].read(pl.Series(texts))


def test_the_shipped_vocabularies_are_these():
    assert tuple(SHIPPED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_shipped_spellings_are_written_as_they_are_looked_up(name):
    groups = read_toml(TABLES / f"{name}.toml")["groups"]
    words = [word for group in groups.values() for key in ("spellings", "keywords") for word in group.get(key, ())]
    assert [word for word, form in written(matched, words).items() if form != word] == []
    assert list(written(normalise, list(groups)).values()) == list(groups)


@pytest.mark.parametrize("name", NAMES)
def test_each_shipped_word_means_its_own_group_and_no_other(name):
    words = [(word, group.name) for group in SHIPPED[name].groups for word in group.words]
    values = read(name, *(word for word, _ in words))["value"].to_list()
    assert [(word, value) for (word, group), value in zip(words, values, strict=True) if value != group] == []


@pytest.mark.parametrize(
    ("name", "column"), [(name, column) for name in NAMES for column in ORDINARY if name != column]
)
def test_ordinary_columns_are_not_claimed(name, column):
    understood = read(name, *ORDINARY[column])["understood"]
    assert understood.mean() <= 0.5


def test_an_ordered_vocabulary_has_ranks_and_a_list_three_columns():
    assert SHIPPED["seniority"].derived == {"rank": Kind.NUMBER}
    assert SHIPPED["job"].derived == {}
    assert SHIPPED["product"].derived == {"count": Kind.NUMBER, "group": Kind.CATEGORY, "first": Kind.CATEGORY}
    assert SHIPPED["company_size"].ranks == {"micro": 0.0, "smb": 1.0, "mid market": 2.0, "enterprise": 3.0}


def test_the_ladder_rises_from_other_to_founder():
    steps = (
        "other",
        "intern",
        "trainee",
        "entry level",
        "associate",
        "manager",
        "director",
        "vp",
        "cto",
        "partner",
        "ceo",
    )
    assert read("seniority", *steps)["rank"].to_list() == [float(rank) for rank in range(11)]


def test_what_is_no_position_has_no_rank():
    assert read("seniority", "none", "hospital", "unknown").rows() == [
        (None, True, None),
        ("hospital", False, None),
        (None, False, None),
    ]


def test_keywords_are_whole_words_and_the_longest_counts():
    texts = ("Vice President of Sales", "president of sales", "Head of IT", "overhead of it", "Director, EMEA")
    assert read("seniority", *texts)["value"].to_list() == [
        "vice president",
        "ceo founder",
        "director",
        "overhead of it",
        "director",
    ]


def test_other_is_understood_by_no_vocabulary():
    assert [read(name, "Others").row(0)[:2] for name in NAMES] == [(OTHER, False)] * len(NAMES)


def test_plain_text_keeps_what_it_does_not_know():
    read = Plain.load().read(pl.Series(["Médico ", "Others", "N/A"]))
    assert read.rows() == [("médico", True), ("other", True), (None, True)]


@pytest.mark.parametrize("name", READINGS)
def test_a_reading_survives_json(name):
    reading = READINGS[name]
    assert type(reading).model_validate_json(reading.model_dump_json()) == reading


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["idb", "VP", "ceo/fundador", "einkauf", "Others", "unknown", "none", "43us660", ",", ";", "@", "06 12"]
    ),
    st.sampled_from([word for vocabulary in SHIPPED.values() for group in vocabulary.groups for word in group.words]),
)
TEXTS = st.lists(st.lists(PIECES, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=20, unique=True)


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in OF_EACH_SORT else pytest.mark.acceptance) for each in READINGS]
)
@settings(max_examples=30, deadline=None)
@given(texts=TEXTS)
def test_reading_is_idempotent_row_by_row_and_holds_no_address(name, texts):
    reading, series = READINGS[name], pl.Series(texts)
    frame = reading.read(series)
    assert frame.height == len(texts)
    assert not frame["value"].str.contains("@", literal=True).any()
    known = frame["value"].drop_nulls()
    assert reading.read(known)["value"].to_list() == known.to_list()
    assert reading.read(series.reverse()).equals(frame.reverse())


def test_a_user_extends_a_shipped_vocabulary(tmp_path):
    (tmp_path / "customer_type.toml").write_text(
        '[groups."channel partner"]\nspellings = ["Installer"]\n[groups."public body"]\nkeywords = ["ministry"]\n'
    )
    mine = Vocabulary.load("customer_type", tmp_path)
    values = mine.read(pl.Series(["installers", "Installer", "ministry of health", "dealer"]))["value"]
    assert values.to_list() == ["specifier influencer", "channel partner", "public body", "channel partner"]


def test_a_user_adds_a_vocabulary_of_his_own(tmp_path):
    (tmp_path / "temperature.toml").write_text(
        'ordered = true\nmissing = ["n"]\n[groups.cold]\n[groups.warm]\nspellings = ["tibio"]\n[groups.hot]\nrank = 9\n'
    )
    mine = {vocabulary.name: vocabulary for vocabulary in load_all(tmp_path)}
    assert sorted(mine) == sorted((*NAMES, "temperature"))
    rows = mine["temperature"].read(pl.Series(["Tibio", "HOT", "N"])).rows()
    assert rows == [("warm", True, None), ("hot", True, 9.0), (None, True, None)]


def test_a_user_says_that_a_missing_word_means_something(tmp_path):
    (tmp_path / "seniority.toml").write_text('[groups."no title"]\nspellings = ["none"]\nrank = 0\n')
    read = Vocabulary.load("seniority", tmp_path).read(pl.Series(["none", "not applicable"]))
    assert read["value"].to_list() == ["no title", None]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("order = true", "order: Extra inputs"),
        ("groups = 3", "groups: Input should be a valid dict"),
        ("[groups.a]\nspelling = []", r"groups\.a\.spelling: Extra inputs"),
        ('[groups.a]\nrank = "high"', r"groups\.a\.rank: Input should be a valid number"),
        ('[groups.a]\nspellings = ["x"]\n[groups.b]\nspellings = ["X"]', 'has "x" both in "a" and in "b"'),
    ],
)
def test_an_ill_formed_table_is_refused_by_name(tmp_path, content, problem):
    (tmp_path / "mine.toml").write_text(content)
    with pytest.raises(ConfigError, match=rf"mine\.toml .*{problem}"):
        Vocabulary.load("mine", tmp_path)
