"""Every type of PostgreSQL, read by record batches and row by row."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.schema import Type
from leadscore.sections import Leads
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.frames import to_frame
from leadscore.store.postgres import among
from leadscore.store.source import Source, fetch, lives_of, open_source, scan

DAY, MOMENT = date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 6)
CASES: list[tuple[str, list[str], Type, list[object]]] = [
    ("smallint", ["1", "NULL"], Type.INTEGER, [1, None]),
    ("bigint", ["9007199254740993"], Type.INTEGER, [9007199254740993]),
    ("numeric", ["1.5", "'NaN'", "NULL", "0", "-2"], Type.FLOAT, [1.5, None, None, 0.0, -2.0]),
    ("numeric", ["1e400", "1e-400", "-1e400", "'Infinity'"], Type.FLOAT, [None, 0.0, None, None]),
    ("numeric(10, 2)", ["12345678.91"], Type.FLOAT, [12345678.91]),
    ("real", ["0.5", "NULL"], Type.FLOAT, [0.5, None]),
    ("double precision", ["0.1", "1e300"], Type.FLOAT, [0.1, 1e300]),
    ("boolean", ["true", "NULL"], Type.BOOLEAN, [True, None]),
    ("text", ["''", "NULL", "'ü'"], Type.TEXT, ["", None, "ü"]),
    ("char(5)", ["'ab'"], Type.TEXT, ["ab"]),
    ("varchar(5)", ["'ab '"], Type.TEXT, ["ab "]),
    ("uuid", ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"], Type.TEXT, ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("mood", ["'glad'"], Type.TEXT, ["glad"]),
    ("score", ["5"], Type.INTEGER, [5]),
    ("json", ["'{\"a\":  1}'"], Type.TEXT, ['{"a":  1}']),
    ("jsonb", ["'{\"a\":  1}'"], Type.TEXT, ['{"a": 1}']),
    ("int[]", ["'{1,NULL}'"], Type.TEXT, ["{1,NULL}"]),
    ("timestamptz[]", ["'{2026-01-01 00:00+01}'"], Type.TEXT, ['{"2025-12-31 23:00:00+00"}']),
    ("interval", ["'1 day 2 hours'"], Type.TEXT, ["1 day 02:00:00"]),
    ("time", ["'10:00'"], Type.TEXT, ["10:00:00"]),
    ("inet", ["'10.0.0.1'"], Type.TEXT, ["10.0.0.1/32"]),
    ("money", ["'3.5'::numeric"], Type.TEXT, ["$3.50"]),
    ("bytea", ["'\\x00ff'"], Type.TEXT, ["\\x00ff"]),
    ("date", ["'2026-01-02'", "'infinity'", "'0044-03-15 BC'", "'10000-01-01'"], Type.TIME, [DAY, None, None, None]),
    (
        "timestamp",
        ["'2026-01-02 03:04:05.000006'", "'-infinity'", "'infinity'", "'12026-01-01'"],
        Type.TIME,
        [MOMENT, None, None, None],
    ),
    ("timestamptz", ["'2026-01-02 05:04:05.000006+02'", "'infinity'"], Type.TIME, [MOMENT.replace(tzinfo=UTC), None]),
]
LEADS = Leads(table="leads", id="id", label="won")


@pytest.fixture
def engine(postgres: str) -> Iterator[sa.Engine]:
    engine = open_engine(postgres)
    yield engine
    engine.dispose()


def run(engine: sa.Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_each_type_is_read_as_one_of_ours_by_batches_and_by_rows_alike(engine: sa.Engine) -> None:
    run(engine, "CREATE TYPE mood AS ENUM ('glad', 'sad')", "CREATE DOMAIN score AS smallint")
    for declared, literals, type_, expected in CASES:
        rows = ", ".join(f"({n}, NULL, {literal})" for n, literal in enumerate(literals))
        run(
            engine,
            "DROP TABLE IF EXISTS leads",
            f"CREATE TABLE leads (id int PRIMARY KEY, won boolean, x {declared})",
            f"INSERT INTO leads VALUES {rows}",
        )
        source = open_source(engine, LEADS)
        read = fetch(source, pl.Series(range(len(literals)))).raw
        assert (declared, source.declared["x"], read["x"].to_list()) == (declared, type_, expected)
        with reading(engine) as connection:
            by_rows = connection.execute(sa.select(*source.found.cells.values()).order_by(sa.column("id"))).fetchall()
        assert to_frame(by_rows, source.declared).to_dicts() == read.to_dicts()


def test_ids_of_any_type_are_found_by_their_index(engine: sa.Engine) -> None:
    run(engine, "CREATE TYPE mood AS ENUM ('glad', 'sad', 'mad')")
    few = {"uuid": [f"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1{n}" for n in range(3)], "mood": ["sad", "glad", "mad"]}
    for kind in ("smallint", "bigint", "numeric(8, 2)", "text", "varchar", "char(9)", "uuid", "mood"):
        rows = ", ".join(f"('{value}', NULL)" for value in few.get(kind, ["3", "1", "2"]))
        run(
            engine,
            "DROP TABLE IF EXISTS leads",
            f"CREATE TABLE leads (id {kind} PRIMARY KEY, won boolean)",
            f"INSERT INTO leads VALUES {rows}",
        )
        source = open_source(engine, LEADS)
        ids = scan(source, 10)["lead_id"]
        assert set(fetch(source, ids.head(2)).lives["lead_id"]) == set(ids.head(2)), kind
        assert fetch(source, ids.head(0)).raw.is_empty()
        with writing(engine) as connection:
            assert lives_of(connection, source, ids.head(2)).height == 2
        assert "Index Cond" in plan(source, ids.head(2)), kind


def plan(source: Source, ids: pl.Series) -> str:
    """How the server looks up ``ids``, if the table were large."""
    key = source.relation.columns["id"]
    chosen = sa.select(key).where(among(key, str(source.found.id_type))).compile(source.engine)
    with writing(source.engine) as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return str(connection.exec_driver_sql(f"EXPLAIN {chosen}", {"ids": ids.to_list()}).fetchall())


def test_the_hash_tells_a_row_from_its_neighbours_and_ignores_what_we_write(engine: sa.Engine) -> None:
    run(
        engine,
        "CREATE TABLE leads (id int PRIMARY KEY, won boolean, a text, b text, at timestamptz, our_score int)",
        "INSERT INTO leads VALUES (1, NULL, 'x,y', '', now(), 5), (2, NULL, 'x', 'y', NULL, 5)",
        "INSERT INTO leads VALUES (3, NULL, NULL, '', NULL, 5)",
    )
    source = open_source(engine, LEADS, written=["our_score"])
    before = scan(source, 2)
    assert before["row_hash"].n_unique() == 3
    run(engine, "UPDATE leads SET our_score = 6", "UPDATE leads SET b = NULL WHERE id = 3")
    after = scan(source, 2).sort("lead_id")["row_hash"].to_list()
    assert [old == new for old, new in zip(before["row_hash"], after, strict=True)] == [True, True, False]
    assert fetch(source, pl.Series([1, 2, 3])).lives["row_hash"].to_list() == after
    with writing(engine) as connection:
        assert lives_of(connection, source, pl.Series([3, 1]))["row_hash"].to_list() == [after[0], after[2]]


def test_a_lead_is_locked_until_its_reader_is_done(engine: sa.Engine) -> None:
    run(engine, "CREATE TABLE leads (id int PRIMARY KEY, won boolean)", "INSERT INTO leads VALUES (1, NULL)")
    source = open_source(engine, LEADS)
    with writing(engine) as connection, engine.connect() as other:
        lives_of(connection, source, pl.Series([1]), lock=True)
        other.exec_driver_sql("SET lock_timeout = 50")
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            other.exec_driver_sql("UPDATE leads SET won = true")
