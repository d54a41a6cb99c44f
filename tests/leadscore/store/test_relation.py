"""Names as users choose them, in tables and in queries, on SQLite and PostgreSQL."""

from collections.abc import Iterator

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from leadscore.errors import SourceError
from leadscore.sections import Leads
from leadscore.store.engine import open_engine, writing
from leadscore.store.source import fetch, open_source, scan

NAMES = [
    "plain",
    "MixedCase",
    "two words",
    "dotted.name",
    "select",
    "user",
    "order",
    'a "quoted" one',
    "it's",
    "50%",
    "%s",
    "%(x)s",
    ":value",
    "a:b",
    "a::b",
    "{brace}",
    "(x)",
    "ümlaut",
    "0",
    "?",
    "$1",
]


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    engine = open_engine(database)
    yield engine
    engine.dispose()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def run(engine: sa.Engine, statement: str) -> None:
    """Run ``statement`` as it stands: no driver may read its percent signs."""
    with writing(engine) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.cursor().execute(statement)


@pytest.mark.parametrize("names", [NAMES[::4], pytest.param(NAMES, marks=pytest.mark.acceptance)], ids=["few", "all"])
def test_any_name_may_be_that_of_a_column_or_table(engine: sa.Engine, names: list[str]) -> None:
    for name in names:
        run(engine, f"CREATE TABLE {quoted(name)} ({quoted(name)} int PRIMARY KEY, won int, firm int)")
        run(engine, f"INSERT INTO {quoted(name)} VALUES (1, NULL, 5), (2, 1, 6)")
        for leads in (
            Leads(table=name, id=name, label="won", account="firm"),
            Leads(query=f"SELECT * FROM {quoted(name)} WHERE 5 % 3 = 2;", id=name, label="won", account="firm"),
            Leads(table=name, id="firm", label="won", account=name),
        ):
            source = open_source(engine, leads)
            found = scan(source, 10).sort("lead_id")
            chunk = fetch(source, found["lead_id"])
            assert chunk.raw.to_dicts() == [{name: 1, "won": None, "firm": 5}, {name: 2, "won": 1, "firm": 6}]
            assert found.drop("row_number").equals(chunk.lives), name


@pytest.mark.parametrize(
    ("schema", "table"),
    [("crm", "leads"), ("The CRM", "Open Leads"), ("crm.eu", "leads.2026"), ("user", "order"), ("50%", ":x")],
)
def test_a_table_may_be_in_a_schema_wherever_the_dots_are(postgres: str, schema: str, table: str) -> None:
    with psycopg.connect(postgres) as connection:
        place = sql.Identifier(schema, table)
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        connection.execute(sql.SQL("CREATE TABLE {} (id int, won bool)").format(place))
        connection.execute(sql.SQL("INSERT INTO {} VALUES (7, NULL)").format(place))
    engine = open_engine(postgres)
    source = open_source(engine, Leads(table=f"{schema}.{table}", id="id", label="won"))
    assert scan(source, 10)["lead_id"].to_list() == [7]
    assert fetch(source, pl.Series([7])).raw.height == 1
    with pytest.raises(SourceError, match="no table") as refused:
        open_source(engine, Leads(table=f"{schema}.{table}s", id="id", label="won"))
    assert refused.value.hint == f"did you mean {schema}.{table}?"
    engine.dispose()


def test_the_whole_name_goes_before_a_schema(postgres: str) -> None:
    engine = open_engine(postgres)
    run(engine, "CREATE SCHEMA crm")
    run(engine, "CREATE TABLE crm.leads (id int, won bool)")
    run(engine, 'CREATE TABLE "crm.leads" AS SELECT 1 AS id, NULL::bool AS won')
    assert scan(open_source(engine, Leads(table="crm.leads", id="id", label="won")), 9)["lead_id"].to_list() == [1]
    engine.dispose()


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_a_view_is_read_like_a_table(postgres: str, kind: str) -> None:
    engine = open_engine(postgres)
    run(engine, f"CREATE {kind} leads AS SELECT 1 AS id, NULL::bool AS won")
    assert scan(open_source(engine, Leads(table="leads", id="id", label="won")), 9).height == 1
    engine.dispose()


def test_a_dotted_name_that_is_nothing_is_refused(engine: sa.Engine) -> None:
    run(engine, "CREATE TABLE leads (id int, won int)")
    with pytest.raises(SourceError, match=r"no table crm\.leads") as refused:
        open_source(engine, Leads(table="crm.leads", id="id", label="won"))
    assert "leads" in refused.value.hint


def test_a_query_that_gives_a_column_twice_would_leak_and_is_refused(engine: sa.Engine) -> None:
    run(engine, "CREATE TABLE leads (id int, won int)")
    query = "SELECT a.*, b.* FROM leads AS a JOIN leads AS b ON a.id = b.id"
    with pytest.raises(SourceError, match=r"won.* more than once"):
        open_source(engine, Leads(query=query, id="id", label="won"))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, won, ':x' AS y, '12:30' AS z, '50%' AS p FROM leads WHERE id % 2 = 1 -- all: 100%",
        "WITH odd AS (SELECT * FROM leads WHERE id % 2 = 1) SELECT * FROM odd ORDER BY id;",
    ],
)
def test_colons_percents_and_comments_in_a_query_are_its_own(engine: sa.Engine, query: str) -> None:
    run(engine, "CREATE TABLE leads (id int, won int)")
    run(engine, "INSERT INTO leads VALUES (1, NULL), (2, NULL), (3, 1)")
    source = open_source(engine, Leads(query=query, id="id", label="won"))
    assert scan(source, 10)["lead_id"].sort().to_list() == [1, 3]
    assert fetch(source, pl.Series([3])).raw["won"].to_list() == [1]


def test_a_query_that_does_not_run_is_told_with_the_words_of_the_database(engine: sa.Engine) -> None:
    with pytest.raises(SourceError, match=r"query does not run: .*nowhere"):
        open_source(engine, Leads(query="SELECT id, won FROM nowhere", id="id", label="won"))
