import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from leadscore.errors import SourceError, StoreError
from leadscore.schema import Type
from leadscore.sections import Leads
from leadscore.store.engine import open_engine, reading, require_database, writing
from leadscore.store.source import Source, fetch, lives_of, open_source, scan

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
    assert found["lead_id"].to_list() == [1, 2, 4, None]
    assert found["account_id"].to_list() == [7, None, None, 8]
    assert found["unreadable"].to_list() == [None, "firm", None, "id"]
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


def test_ids_of_bytes_are_refused(engine: sa.Engine) -> None:
    load(engine, {"id": sa.LargeBinary(), "won": sa.Integer()}, [(b"a", None)])
    with pytest.raises(SourceError, match="ids of bytes"):
        open_source(engine, Leads(table="leads", id="id", label="won"))


@pytest.fixture
def crm(database: str) -> Iterator[sa.Engine]:
    """The same few leads on SQLite and on PostgreSQL."""
    engine = open_engine(database)
    table = sa.Table(
        "leads",
        sa.MetaData(),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("won", sa.Boolean),
        sa.Column("created", sa.DateTime),
        sa.Column("changed", sa.DateTime(timezone=True)),
        sa.Column("firm", sa.Float),
        sa.Column("size", sa.Integer),
        sa.Column("our_score", sa.Integer),
    )
    day = datetime(2026, 1, 2, 3, 4, 5, 678)
    rows = [
        ("b", True, day, day, 7.0, 1, None),
        ("a", None, day, None, 7.5, None, 9),
        ("c", False, None, day, None, 2, 9),
    ]
    with writing(engine) as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [dict(zip(table.columns.keys(), row, strict=True)) for row in rows])
    yield engine
    engine.dispose()


def test_every_database_tells_the_same_lives(crm: sa.Engine) -> None:
    day = datetime(2026, 1, 2, 3, 4, 5, 678)
    lives = scan(open_source(crm, LEADS), 2).sort("lead_id").drop("row_number")
    assert lives.rows() == [
        ("a", None, None, None, day, None, None, "firm", None),
        ("b", 7, None, 1, day, None, day, None, None),
        ("c", None, None, 0, None, None, day, None, None),
    ]
    assert lives.schema == scan(open_source(crm, LEADS), 9).drop("row_number").schema
    chunk = fetch(open_source(crm, LEADS), pl.Series(["c", "a", "gone", "b"]))
    assert chunk.lives.equals(lives)
    assert chunk.raw["size"].to_list() == [None, 1, 2]
    assert fetch(open_source(crm, LEADS), pl.Series([], dtype=pl.String)).raw.is_empty()


@pytest.mark.parametrize("changed", [None, "changed"])
def test_a_connection_of_its_own_sees_the_lives_as_they_are_now(crm: sa.Engine, changed: str | None) -> None:
    source = open_source(crm, LEADS.model_copy(update={"updated_at": changed}), written=["our_score"])
    before = scan(source, 2).sort("lead_id").drop("row_number")
    with writing(crm) as connection:
        connection.exec_driver_sql("UPDATE leads SET our_score = 1")
        assert lives_of(connection, source, pl.Series(["b", "a", "c"])).equals(before)
        connection.exec_driver_sql("UPDATE leads SET size = 5, changed = '2026-02-01 00:00:00' WHERE id = 'a'")
        now = lives_of(connection, source, pl.Series(["a", "b", "gone"]))
    version = ["lead_updated_at", "row_hash"]
    assert now["lead_id"].to_list() == ["a", "b"]
    assert now.select(version).row(0) != before.select(version).row(0)
    assert now.select(version).row(1) == before.select(version).row(1)


def test_the_columns_that_we_write_are_neither_features_nor_part_of_the_hash(crm: sa.Engine) -> None:
    leads = LEADS.model_copy(update={"updated_at": None})
    source = open_source(crm, leads, written=["our_score"])
    before = scan(source, 9)["row_hash"].to_list()
    assert source.written == ("our_score",)
    assert "our_score" not in {*source.features, *source.types, *source.declared}
    assert "our_score" in source.relation.columns
    with writing(crm) as connection:
        connection.exec_driver_sql("UPDATE leads SET our_score = 1 WHERE id = 'b'")
    assert sorted(scan(source, 9)["row_hash"]) == sorted(before)
    assert fetch(source, pl.Series(["a"])).raw.columns == ["id", "won", "created", "changed", "firm", "size"]
    assert scan(open_source(crm, leads), 9)["row_hash"].sort().to_list() != sorted(before)


def test_a_column_to_write_that_is_not_there_is_named(crm: sa.Engine) -> None:
    with pytest.raises(SourceError, match="no column our_grade, our_scor to write to") as refused:
        open_source(crm, LEADS, written=["our_grade", "our_score", "our_scor"])
    assert "did you mean" in refused.value.hint


def test_what_fails_while_the_leads_are_read_is_told_in_words(crm: sa.Engine) -> None:
    on_sqlite = crm.dialect.name == "sqlite"
    wrong = "json_extract(CASE id WHEN 'c' THEN '{' ELSE '1' END, '$')" if on_sqlite else "1 / (size - 2)"
    leads = Leads(query=f"SELECT id, won, {wrong} AS x FROM leads", id="id", label="won")
    with pytest.raises((SourceError, StoreError), match=r"malformed JSON|division by zero"):
        scan(open_source(crm, leads), 9)


@pytest.fixture
def reader(postgres: str) -> Iterator[str]:
    """The URL of a role that may read one table and do nothing else; the table is there."""
    role = f"reader_{uuid.uuid4().hex[:12]}"
    database = make_url(postgres).database
    with psycopg.connect(postgres, autocommit=True) as owner:
        for statement in (
            "CREATE TABLE leads (id bigint PRIMARY KEY, won bool, changed timestamptz)",
            "CREATE TABLE secrets (id bigint)",
            "INSERT INTO leads VALUES (1, NULL, now()), (2, true, now())",
            f"CREATE ROLE {role} LOGIN PASSWORD 'p@ss:/w%rd'",
            f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
            f"GRANT CONNECT ON DATABASE {database} TO {role}",
            f"GRANT SELECT ON leads TO {role}",
        ):
            owner.execute(statement)  # type: ignore[arg-type]
        yield make_url(postgres).set(username=role, password="p@ss:/w%rd").render_as_string(hide_password=False)
        owner.execute(f"DROP OWNED BY {role}")  # type: ignore[arg-type]
        owner.execute(f"DROP ROLE {role}")  # type: ignore[arg-type]


def test_a_role_that_can_only_read_suffices(reader: str) -> None:
    engine = open_engine(reader)
    for changed in ("changed", None):
        source = open_source(engine, Leads(table="leads", id="id", label="won", updated_at=changed))
        assert scan(source, 9)["lead_id"].sort().to_list() == [1, 2]
        assert fetch(source, pl.Series([2])).raw["won"].to_list() == [True]
    with pytest.raises((SourceError, StoreError), match="permission denied"):
        scan(open_source(engine, Leads(table="secrets", id="id", label="id")), 9)
    with writing(engine) as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.exec_driver_sql("CREATE TEMP TABLE mine (id int)")
    engine.dispose()


def test_who_may_write_still_only_reads(postgres: str) -> None:
    engine = open_engine(postgres)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE leads (id int)")
    for write in ("INSERT INTO leads VALUES (1)", "DROP TABLE leads", "CREATE TABLE more (id int)"):
        with pytest.raises(StoreError, match="read-only"), reading(engine) as connection:
            connection.exec_driver_sql(write)
    engine.dispose()


def test_a_nul_character_which_no_store_takes_is_left_out(engine: sa.Engine) -> None:
    load(engine, {"id": sa.Integer(), "won": sa.Text(), "note": sa.Text()}, [(1, None, "a\0b"), (2, "yes\0", "c")])
    source = open_source(engine, Leads(table="leads", id="id", label="won"))
    chunk = fetch(source, pl.Series([1, 2]))
    assert chunk.raw["note"].to_list() == ["ab", "c"]
    assert chunk.lives["label"].to_list() == [None, 1]
