from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.errors import SourceError
from leadscore.schema import Type
from leadscore.sections import Leads
from leadscore.store.engine import open_engine, require_database, writing
from leadscore.store.source import Source, fetch, open_source, scan

LEADS = Leads(table="leads", id="id", label="won", created_at="created", updated_at="changed", account="firm")


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return open_engine(f"sqlite:///{tmp_path}/crm.db")


def load(engine: sa.Engine, columns: dict[str, sa.types.TypeEngine[object]], rows: list[tuple[object, ...]]) -> None:
    """A table as a user has it: any value in any column, which SQLite allows."""
    names = ", ".join(f'"{name}"' for name in columns)
    table = sa.Table("leads", sa.MetaData(), *(sa.Column(name, type_) for name, type_ in columns.items()))
    with writing(engine) as connection:
        table.create(connection)
        if rows:
            marks = ", ".join("?" * len(columns))
            connection.exec_driver_sql(f"INSERT INTO leads ({names}) VALUES ({marks})", rows)


def dirty(engine: sa.Engine) -> Source:
    columns = {"id": sa.Integer(), "won": sa.Text(), "created": sa.DateTime(), "changed": sa.DateTime()}
    load(
        engine,
        {**columns, "firm": sa.Integer(), "size": sa.Float(), "free.text": sa.Text()},
        [
            (1, "yes", "2025-01-01 10:00:00", "2025-02-01 00:00:00", 5, 1.5, "a"),
            (2, None, "2025-01-02", "2025-02-01T00:00:00.000001", 5, "many", "b"),
            (3, "won", "soon", "2025-02-02 00:00:00+02:00", None, 2, None),
            (None, "no", "2025-01-04 10:00:00", None, 7, None, "d"),
        ],
    )
    return open_source(engine, LEADS)


def test_the_scan_tells_the_life_of_every_row_however_dirty(engine: sa.Engine) -> None:
    found = scan(dirty(engine), chunk_rows=3)
    assert found["row_number"].to_list() == [1, 2, 3, 4]
    assert found["lead_id"].to_list() == [1, 2, 3, None]
    assert found["label"].to_list() == [1, None, None, 0]
    assert found["unreadable"].to_list() == [None, None, "won", None]
    assert found["account_id"].to_list() == [5, 5, None, 7]
    assert found["created_at"].to_list() == [
        datetime(2025, 1, 1, 10),
        datetime(2025, 1, 2),
        None,
        datetime(2025, 1, 4, 10),
    ]
    assert found["lead_updated_at"].to_list() == [
        datetime(2025, 2, 1),
        datetime(2025, 2, 1, 0, 0, 0, 1),
        datetime(2025, 2, 1, 22),
        None,
    ]
    assert found["row_hash"].is_null().all()


def test_a_column_with_an_odd_cell_arrives_as_text_and_the_others_as_declared(engine: sa.Engine) -> None:
    source = dirty(engine)
    leads = fetch(source, pl.Series([1, 2, 3])).raw
    assert leads.schema["size"] == pl.String
    assert leads.sort("id")["size"].to_list() == ["1.5", "many", "2"]
    assert fetch(source, pl.Series([1, 3])).raw["size"].to_list() == [1.5, 2.0]
    assert leads.sort("id")["free.text"].to_list() == ["a", "b", None]
    assert source.declared["size"] is Type.FLOAT
    assert source.features == {"firm": Type.INTEGER, "size": Type.FLOAT, "free.text": Type.TEXT}


def test_without_a_change_time_a_hash_of_the_row_tells_what_changed(engine: sa.Engine) -> None:
    columns = {"id": sa.Integer(), "won": sa.Integer(), "size": sa.Float()}
    load(engine, columns, [(1, None, 1.0), (2, None, None), (3, None, 1.0)])
    source = open_source(engine, Leads(table="leads", id="id", label="won"))
    before = scan(source, 100)["row_hash"].to_list()
    assert len(set(before)) == 3
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE leads SET size = 2.0 WHERE id = 3")
    after = scan(source, 2)["row_hash"].to_list()
    assert (after[:2], after[2] != before[2]) == (before[:2], True)
    assert fetch(source, pl.Series([3])).lives["row_hash"].to_list() == after[2:]


def test_a_query_is_a_source_too_and_is_typed_by_its_rows(engine: sa.Engine) -> None:
    dirty(engine)
    query = "SELECT id, won, size * 2 AS twice FROM leads WHERE id <> 2;"
    source = open_source(engine, Leads(query=query, id="id", label="won"))
    assert source.types == {"id": Type.INTEGER, "won": Type.TEXT, "twice": Type.FLOAT}
    assert fetch(source, pl.Series([1, 3])).raw["twice"].to_list() == [3.0, 4.0]


def test_more_leads_than_a_statement_binds_are_fetched(engine: sa.Engine) -> None:
    load(engine, {"id": sa.Integer(), "won": sa.Integer()}, [(i, None) for i in range(70_000)])
    source = open_source(engine, Leads(table="leads", id="id", label="won"))
    assert fetch(source, pl.Series(range(0, 70_000, 2))).raw.height == 35_000


@pytest.mark.parametrize(
    ("leads", "told"),
    [
        (Leads(table="lead"), "no table lead"),
        (Leads(table="leads", id="idd", label="won"), "no column idd"),
        (Leads(table="leads", id="id", label="won", owner="seller"), "no column seller"),
        (Leads(table="leads", id="id", label="won", exclude=("siez",)), "no column siez"),
        (Leads(query="SELECT nothing FROM nowhere", id="id", label="won"), "does not run"),
    ],
)
def test_what_is_not_there_is_named_with_what_was_meant(engine: sa.Engine, leads: Leads, told: str) -> None:
    dirty(engine)
    with pytest.raises(SourceError) as refused:
        open_source(engine, leads)
    assert told in refused.value.message
    assert refused.value.hint


def test_an_empty_table_is_refused(engine: sa.Engine) -> None:
    load(engine, {"id": sa.Integer(), "won": sa.Integer()}, [])
    source = open_source(engine, Leads(table="leads", id="id", label="won"))
    with pytest.raises(SourceError, match="holds no leads"):
        scan(source, 10)


def test_a_database_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no database file crm\.db"):
        require_database(f"sqlite:///{tmp_path}/crm.db")
    assert not list(tmp_path.iterdir())


def test_identifiers_are_whole_numbers_or_text_and_an_odd_one_is_unreadable(engine: sa.Engine) -> None:
    columns = {"id": sa.Float(), "won": sa.Integer(), "firm": sa.Integer()}
    load(engine, columns, [(1.0, None, 7), (2.0, None, "unknown"), (3.5, None, 8), (4.0, None, None)])
    source = open_source(engine, Leads(table="leads", id="id", label="won", account="firm"))
    found = scan(source, chunk_rows=2)
    assert found["lead_id"].to_list() == [1, 2, None, 4]
    assert found["account_id"].to_list() == [7, None, 8, None]
    assert found["unreadable"].to_list() == [None, "firm", "id", None]
    assert source.identifier_types == {"id": Type.INTEGER, "account": Type.INTEGER, "owner": Type.TEXT}


def test_an_odd_cell_changes_neither_the_hash_nor_the_category_of_its_neighbours(engine: sa.Engine) -> None:
    columns = {"id": sa.Integer(), "won": sa.Boolean(), "owner": sa.Float(), "price": sa.Numeric()}
    rows = [(i, None, 174.0, 2.5) for i in range(4)]
    load(engine, columns, [*rows, (4, "odd", "", "dear")])
    source = open_source(engine, Leads(table="leads", id="id", label="won", owner="owner"))
    alone, together = fetch(source, pl.Series([0, 1])), fetch(source, pl.Series([0, 1, 4]))
    assert alone.lives["row_hash"].to_list() == together.lives["row_hash"].to_list()[:2]
    assert alone.lives["owner_id"].to_list() == together.lives["owner_id"].to_list()[:2] == [174, 174]
    assert alone.raw["owner"].cast(pl.String).to_list() == together.raw["owner"].cast(pl.String).to_list()[:2]


@pytest.mark.parametrize(
    "query", ["SELECT id, won, ':x' AS y, '12:30' AS z FROM leads -- all", "SELECT id, won FROM leads;"]
)
def test_colons_and_comments_in_a_query_are_its_own(engine: sa.Engine, query: str) -> None:
    dirty(engine)
    assert len(scan(open_source(engine, Leads(query=query, id="id", label="won")), 10)) == 4


def test_a_query_that_gives_a_column_twice_would_leak_and_is_refused(engine: sa.Engine) -> None:
    dirty(engine)
    query = "SELECT a.*, b.* FROM leads AS a JOIN leads AS b ON a.id = b.id"
    with pytest.raises(SourceError, match=r"won.* more than once"):
        open_source(engine, Leads(query=query, id="id", label="won"))


def test_ids_of_bytes_are_refused(engine: sa.Engine) -> None:
    load(engine, {"id": sa.LargeBinary(), "won": sa.Integer()}, [(b"a", None)])
    with pytest.raises(SourceError, match="ids of bytes"):
        open_source(engine, Leads(table="leads", id="id", label="won"))
