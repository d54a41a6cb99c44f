from pathlib import Path

import polars as pl
import pytest

from leadscore.errors import ConfigError
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
        "account": "plain",
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


def test_a_missing_country_is_taken_from_a_code_that_stands_for_one() -> None:
    n = 40
    where = [*["//India"] * n, *["//Brazil"] * n, *["//Chile"] * (n // 2), *["//Peru"] * (n // 2), *["//"] * 3]
    office = [*["EXIN"] * n, *["EXBR"] * n, *["EXLA"] * n, "EXIN", "EXLA", "new"]
    frame, schema = leads(where=where, office=office)
    readings = infer(frame, schema)
    assert readings.fallback is not None
    assert readings.fallback.values == {"exbr": "brazil", "exin": "india"}
    assert readings.read(frame)["where"].to_list()[-3:] == ["india", None, None]
    assert readings.read(frame)["where (continent)"].to_list()[-3:] == ["asia-pacific", None, None]


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
