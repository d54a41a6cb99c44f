import re
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.errors import ConfigError
from leadscore.reading.fallback import Fallback
from leadscore.reading.readings import Readings
from leadscore.schema import Column, Kind, Schema

COUNTRIES = ["/Lagos/Nigeria", "//Niger", "//India", "/ Seoul / 대한민국", "//Brasil", "/Berlin/Deutschland"]
TIMES = ["less than 3 months", "45 days", "4/8 months", "more than a year", "follow-up later"]
RANKS = ["Manager", "VP", "none", "C-LevelExecutive", "intern", "CEO/Founder"]
WORDS = ["red", "blue", "green", "other", "unknown", "cyan"]


def leads(**columns: list[str | float | None]) -> tuple[pl.DataFrame, Schema]:
    frame = pl.DataFrame(columns)
    kinds = {name: Kind.NUMBER if frame[name].dtype.is_float() else Kind.CATEGORY for name in columns}
    return frame, Schema(columns=tuple(Column(name=name, kind=kind) for name, kind in kinds.items()))


def infer(frame: pl.DataFrame, schema: Schema, tables: Path | None = None, **read_as: str) -> Readings:
    return Readings.infer(frame, schema, identifiers=["account"], read_as=read_as, tables=tables)


def test_each_column_gets_the_reading_that_understands_it() -> None:
    frame, schema = leads(
        where=COUNTRIES, when=[*TIMES, "2 years"], who=RANKS, what=WORDS, account=RANKS, size=[1.0] * 6
    )
    readings = infer(frame, schema)
    assert readings.names == {
        "where": "country",
        "when": "timeline",
        "who": "seniority",
        "what": "plain",
        "account": "identifier",
    }
    assert readings.country == "where"
    assert [column.name for column in readings.columns] == [
        *("where", "where (continent)", "when", "when (days)", "who", "who (rank)", "what", "account", "size")
    ]
    assert {column.source for column in readings.columns} == set(frame.columns)


def test_what_is_read_is_what_is_meant() -> None:
    frame, schema = leads(where=COUNTRIES, when=[*TIMES, None], size=[1.0, None, 3.0, 4.0, 5.0, 6.0])
    read = infer(frame, schema).read(frame)
    assert read["where"].to_list() == ["nigeria", "niger", "india", "south korea", "brazil", "germany"]
    assert read["when (days)"].to_list()[:2] == [45.0, 45.0]
    assert read["when"].to_list()[-2:] == ["follow up later", None]
    assert read["size"].equals(frame["size"])


def test_notes_alone_make_no_timeline_and_two_words_no_vocabulary() -> None:
    frame, schema = leads(notes=["quote sent", "no response", "follow-up later"] * 2, yes=["yes", "no"] * 3)
    assert set(infer(frame, schema).names.values()) == {"plain"}


def test_words_that_fit_any_column_decide_nothing() -> None:
    few = ["Manager", "Director", *["other", "unknown", "n/a"] * 8]
    frame, schema = leads(who=few)
    assert infer(frame, schema).names == {"who": "seniority"}
    lone, schema = leads(who=["Manager", *["red", "blue", "green"] * 8])
    assert infer(lone, schema).names == {"who": "plain"}


def test_a_setting_overrules_what_is_found() -> None:
    frame, schema = leads(where=COUNTRIES)
    assert infer(frame, schema, where="plain").names == {"where": "plain"}
    with pytest.raises(ConfigError, match=r"where cannot be read as 'contry'.*did you mean country"):
        infer(frame, schema, where="contry")
    with pytest.raises(ConfigError, match="wher is no category column"):
        infer(frame, schema, wher="country")


def test_a_user_s_own_table_is_a_reading(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        'ordered = true\n[groups."basic"]\nspellings = ["free", "starter"]\n[groups."pro"]\nspellings = ["business"]\n'
    )
    frame, schema = leads(plan=["Free", "STARTER", "business", "pro"])
    readings = infer(frame, schema, tmp_path)
    assert readings.names == {"plan": "plan"}
    assert readings.read(frame).rows() == [("basic", 0.0), ("basic", 0.0), ("pro", 1.0), ("pro", 1.0)]


def test_a_missing_country_is_taken_from_a_code_and_its_continent_with_it() -> None:
    where = [*["//India"] * 40, *["//Brazil"] * 40, *["//"] * 2]
    frame, schema = leads(where=where, office=[*["EXIN"] * 40, *["EXBR"] * 40, "EXIN", "new"])
    read = infer(frame, schema).read(frame)
    assert read.select("where", "where (continent)").rows()[-2:] == [("india", "asia-pacific"), (None, None)]


def test_a_column_of_territories_stays_as_it_is() -> None:
    frame, schema = leads(region=["Germany North", "Germany South", "France East", "Spain", "EMEA - Italy"] * 2)
    readings = infer(frame, schema)
    assert readings.names == {"region": "plain"}
    assert readings.read(frame)["region"].n_unique() == 5


def test_an_identifier_that_is_an_address_is_told_by_a_digest() -> None:
    people = ["Jo.Doe@example.com ", "jo.doe@EXAMPLE.com", "al@example.com", "+49 170 1234567", "174", "unknown", "@jo"]
    frame, schema = leads(account=people, owner=people)
    readings = infer(frame, schema, owner="identifier")
    read = readings.read(frame)
    assert readings.names == {"account": "identifier", "owner": "identifier"}
    jo, again, al, phone, number, unknown, handle = read["account"]
    assert jo == again
    assert len({jo, al, phone, handle}) == 4
    assert all(re.fullmatch("id [0-9a-f]{12}", told) for told in (jo, al, phone, handle))
    assert (number, unknown) == ("174", None)
    kept = readings.inputs(frame, read)
    assert readings.read(kept).equals(read, null_equal=True)
    assert kept.equals(frame), "by it the history of the account is found"


PEOPLE = {
    "who": ["VP Sales, Anna Schmidt", "Manager; ring Anna", "VP Sales, Anna Schmidt tel 0171 2345678", *RANKS],
    "when": [
        "next month, ring Anna",
        "call Anna again in 14 days",
        "next month, ring Anna 0171 234 5678",
        *TIMES,
        None,
    ],
    "what": ["monitor; 0171 234 5678", "@anna, monitor", "robot, anna@example.com, laptop", *["laptop, monitor"] * 6],
    "where": ["Anna Schmidt, Oman", "3 Anna Street, Lima, Peru", "anna@example.com, Kenya", *COUNTRIES],
    "note": ["call Anna on 0171 234 5678", "red\x00", "\x00", *WORDS],
}


def test_nothing_personal_and_no_nul_is_kept_and_what_is_kept_reads_the_same() -> None:
    frame, schema = leads(**PEOPLE)
    readings = infer(frame, schema, what="product", when="timeline", who="seniority", where="country")
    read = readings.read(frame)
    kept = readings.inputs(frame, read)
    assert readings.read(kept).equals(read, null_equal=True)
    text = "".join(kept.select(pl.struct(pl.all()).struct.json_encode()).to_series())
    assert not re.search(r"anna|schmidt|@|0171|\x00|u0000", text, re.IGNORECASE)
    assert kept["what"].to_list()[:3] == ["computer monitor", "computer monitor", "robot, laptop, robot"]
    assert kept["when"].to_list()[:3] == ["45 days", "14 days", None]
    assert kept["note"].to_list()[:3] == [None, "red", None]


HOSTILE = (
    *("n", "value", "raw", "key", "leads", "codes", "code", "country", "text", "index", "cell", "item", "place"),
    *("days", "first", "group", "count", "understood", "note", "literal", "len", "*", "^.*$", ""),
    *("index (days)", "value (continent)", "n (first)", "n (first)+", "key (rank)", "raw (count)"),
)
COLUMNS = {
    "country": [*COUNTRIES, "//"] * 12,
    "timeline": [*TIMES, "2 years", None] * 12,
    "seniority": [*RANKS, "VP"] * 12,
    "product": [*["idb, led"] * 4, *["led"] * 3] * 12,
    "plain": [*WORDS, None] * 12,
    "codes": ["ng", "ne", "in", "kr", "br", "de", "in"] * 12,
}


@pytest.fixture(scope="module")
def usual() -> Readings:
    return infer(*leads(**COLUMNS))


@pytest.mark.parametrize("part", range(len(HOSTILE) // len(COLUMNS)))
def test_readings_are_found_whatever_the_columns_are_called(usual: Readings, part: int) -> None:
    names = HOSTILE[part :: len(HOSTILE) // len(COLUMNS)]
    readings = infer(*leads(**dict(zip(names, COLUMNS.values(), strict=True))))
    assert list(readings.names.values()) == ["country", "timeline", "seniority", "product", "plain", "plain"]
    assert readings == renamed(usual, names)


@settings(max_examples=10, deadline=None)
@given(names=st.permutations(HOSTILE).map(lambda names: names[: len(COLUMNS)]))
def test_columns_may_have_any_names(usual: Readings, names: list[str]) -> None:
    frame, _ = leads(**dict(zip(names, COLUMNS.values(), strict=True)))
    readings = renamed(usual, names)
    read = readings.read(frame)
    assert read.columns == [column.name for column in readings.columns]
    assert len(set(read.columns)) == len(read.columns)
    assert read.rows() == usual.read(leads(**COLUMNS)[0]).rows()
    assert readings.product is not None
    assert read[readings.product][0] == "interactive digital board"
    assert readings.read(readings.inputs(frame, read)).equals(read, null_equal=True)


def renamed(readings: Readings, names: Sequence[str]) -> Readings:
    """The same readings of columns that are called ``names``."""
    new = dict(zip(COLUMNS, names, strict=True))
    fallback = readings.fallback
    assert fallback is not None
    return Readings(
        kinds={new[name]: kind for name, kind in readings.kinds.items()},
        texts={new[name]: reading for name, reading in readings.texts.items()},
        fallback=Fallback(column=new[fallback.column], of=new[fallback.of], values=fallback.values),
    )


def test_reading_what_is_kept_of_a_lead_gives_the_same() -> None:
    frame, schema = leads(where=[*COUNTRIES, "me@example.com"], when=[*TIMES, None, "2 weeks"], who=[*RANKS, "x@y.z"])
    readings = infer(frame, schema)
    read = readings.read(frame)
    kept = readings.inputs(frame, read)
    assert readings.read(kept).equals(read, null_equal=True)
    assert "@" not in kept.write_csv()
    assert kept["when"].to_list()[1] == "45 days", "a band would lose how many"


def test_readings_survive_json_and_the_order_of_rows_does_not_matter() -> None:
    frame, schema = leads(where=COUNTRIES, when=[*TIMES, "2 years"], who=RANKS)
    readings = infer(frame, schema)
    again = Readings.model_validate_json(readings.model_dump_json())
    assert again == readings
    assert again.read(frame.reverse()).reverse().equals(readings.read(frame), null_equal=True)
    assert infer(frame.reverse(), schema) == readings
    assert readings.read(frame.clear()).columns == [column.name for column in readings.columns]
