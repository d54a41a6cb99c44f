from collections.abc import Iterator
from datetime import datetime

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from leadscore.errors import DatabaseUnreachable, StoreError
from leadscore.store.arrow import batches, read
from leadscore.store.engine import open_engine

MANY = sa.text("SELECT g AS n, repeat('x', 1000) AS filling FROM generate_series(1, 100000) AS g")


@pytest.fixture
def engine(postgres: str) -> Iterator[sa.Engine]:
    engine = open_engine(postgres)
    yield engine
    engine.dispose()


def test_values_are_bound_and_a_series_is_an_array(engine: sa.Engine) -> None:
    statement = sa.text("SELECT CAST(:n AS int) AS n, :t AS t, :at AS at, CAST(:none AS text) AS none")
    at = datetime(2026, 1, 2, 3, 4, 5, 6)
    assert read(engine, statement, {"n": 1, "t": "a'b", "at": at, "none": None}).rows() == [(1, "a'b", at, None)]
    chosen = sa.text("SELECT g FROM generate_series(1, 9) AS g WHERE g = ANY(:few) AND CAST(g AS text) = ANY(:texts)")
    few, texts = pl.Series([2, 3, 99]), pl.Series(["3", "2", "x"])
    assert read(engine, chosen, {"few": few, "texts": texts})["g"].to_list() == [2, 3]
    assert read(engine, chosen, {"few": few.head(0), "texts": texts.head(0)}).is_empty()


def test_many_values_are_read_one_after_the_other_of_one_state(engine: sa.Engine) -> None:
    statement = sa.text("SELECT :n AS n, CAST(txid_current_snapshot() AS text) AS state")
    found = read(engine, statement, {"n": 2}, {"n": 1}, {"n": 3})
    assert found["n"].to_list() == [2, 1, 3]
    assert found["state"].n_unique() == 1


def test_numbers_have_one_width(engine: sa.Engine) -> None:
    statement = sa.text("SELECT 1::smallint AS a, 1::int AS b, 1::bigint AS c, 0.5::real AS d, 0.5::float8 AS e")
    assert read(engine, statement).schema == {
        "a": pl.Int64,
        "b": pl.Int64,
        "c": pl.Int64,
        "d": pl.Float64,
        "e": pl.Float64,
    }


def test_batches_are_all_the_rows_and_come_one_after_the_other(engine: sa.Engine) -> None:
    parts = [part.drop("filling") for part in batches(engine, MANY)]
    assert len(parts) > 3
    assert pl.concat(parts)["n"].to_list() == list(range(1, 100_001))
    first = next(batches(engine, MANY))
    assert 0 < first.height < 100_000


def test_signs_in_names_and_texts_are_what_they_are(engine: sa.Engine) -> None:
    table = sa.table("odd % table", sa.column("50% :x"), sa.column('a"b'), schema="the.schema")
    with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute('CREATE SCHEMA "the.schema"')
        connection.execute('CREATE TABLE "the.schema"."odd % table" AS SELECT 1 AS "50% :x", 2 AS "a""b"')
    assert read(engine, sa.select(table)).to_dicts() == [{"50% :x": 1, 'a"b': 2}]
    assert read(engine, sa.text(r"SELECT '50% \:x' AS t")).item() == "50% :x"


@pytest.mark.parametrize("name", ["INSERT INTO t VALUES (1)", "CREATE TEMP TABLE s (n int)", "DROP TABLE t"])
def test_nothing_can_be_written(engine: sa.Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (n int)")
    with pytest.raises((StoreError, ProgrammingError), match="read-only"):
        read(engine, sa.text(name))


def test_a_wrong_statement_stays_what_it_is_at_its_start_and_in_its_midst(engine: sa.Engine) -> None:
    for wrong in ("SELECT nothing FROM nowhere", "SELECT 1 / (g - 90000) FROM generate_series(1, 100000) AS g"):
        for way in (read, lambda *asked: list(batches(*asked))):
            with pytest.raises(ProgrammingError, match=r"does not exist|division by zero"):
                way(engine, sa.text(wrong))


def test_a_server_that_ends_the_connection_is_unreachable_and_a_retry_may_help(
    engine: sa.Engine, postgres: str
) -> None:
    reading = batches(engine, MANY)
    next(reading)
    with psycopg.connect(postgres, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(DatabaseUnreachable) as lost:
        list(reading)
    assert lost.value.retryable
    assert read(engine, sa.text("SELECT 1 AS n")).item() == 1


def test_a_server_that_is_not_there_is_unreachable(postgres: str) -> None:
    nowhere = make_url(postgres).set(host="127.0.0.1", port=1, query={}).render_as_string(hide_password=False)
    with pytest.raises(DatabaseUnreachable):
        read(open_engine(nowhere), sa.text("SELECT 1"))
