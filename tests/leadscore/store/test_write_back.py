from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.errors import SourceError
from leadscore.sections import Leads
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.source import Source, open_source, scan
from leadscore.store.write_back import Written, bring_in_line

INTO = {"score": "score", "grade": "grade", "probability": "chance", "scored_at": "scored"}
NIGHT = datetime(2026, 1, 1, 20, 30)
TYPES = {
    "lead_updated_at": pl.Datetime("us"),
    "row_hash": pl.String,
    "score": pl.Int64,
    "grade": pl.String,
    "probability": pl.Float64,
    "scored_at": pl.Datetime("us"),
}
COUNTING = {
    "sqlite": ["CREATE TRIGGER counting AFTER UPDATE ON leads BEGIN INSERT INTO writes VALUES (NEW.id); END"],
    "postgresql": [
        "CREATE FUNCTION counting() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO writes VALUES (NEW.id); RETURN NULL; END'",
        "CREATE TRIGGER counting AFTER UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION counting()",
    ],
}
BUMPING = {
    "sqlite": [
        "CREATE TRIGGER bumping AFTER UPDATE ON leads BEGIN "
        "UPDATE leads SET {column} = '2026-05-05 05:05:05' WHERE id = NEW.id; END"
    ],
    "postgresql": [
        "CREATE FUNCTION bumping() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN NEW.{column} = ''2026-05-05 05:05:05''; RETURN NEW; END'",
        "CREATE TRIGGER bumping BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION bumping()",
    ],
}


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    engine = open_engine(database)
    yield engine
    engine.dispose()


@pytest.fixture
def on_postgres(postgres: str) -> Iterator[sa.Engine]:
    engine = open_engine(postgres)
    yield engine
    engine.dispose()


def made(engine: sa.Engine, *, n: int = 4, changed: bool = True, into: dict[str, str] = INTO, **types: str) -> Source:
    """A table of ``n`` leads with the columns ``into``, of ``types`` where the usual ones do not do."""
    usual = {"score": "INTEGER", "grade": "TEXT", "probability": "DOUBLE PRECISION", "scored_at": "TIMESTAMP"}
    quoted = engine.dialect.identifier_preparer.quote_identifier
    columns = [f"{quoted(column)} {(usual | types)[role]}" for role, column in into.items()]
    columns = ["id INTEGER PRIMARY KEY", "won INTEGER", "size INTEGER", "note TEXT", *columns]
    run(
        engine,
        f"CREATE TABLE leads ({', '.join([*columns, 'changed TIMESTAMP'] if changed else columns)})",
        f"INSERT INTO leads (id, size) VALUES {', '.join(f'({i}, {i})' for i in ids(n))}",
        "UPDATE leads SET changed = '2025-01-01 10:00:00'" if changed else "UPDATE leads SET note = 'new'",
        "CREATE TABLE writes (id INTEGER)",
    )
    return opened(engine, changed=changed, into=into)


def opened(engine: sa.Engine, *, changed: bool = True, into: dict[str, str] = INTO, zone: str = "UTC") -> Source:
    leads = Leads(table="leads", id="id", label="won", updated_at="changed" if changed else None, timezone=zone)
    return open_source(engine, leads, written=into.values())


def ids(n: int) -> range:
    return range(1, n + 1)


def run(engine: sa.Engine, *statements: str) -> None:
    with writing(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def install(engine: sa.Engine, trigger: dict[str, list[str]], column: str = "") -> None:
    run(engine, *(statement.replace("{column}", column) for statement in trigger[engine.dialect.name]))


def scored(source: Source, **scores: Any) -> pl.DataFrame:
    """What the leads should say in the version that they have now: 50, B, 0.123456 unless ``scores`` say otherwise."""
    usual = {"score": 50, "grade": "B", "probability": 0.123456, "scored_at": NIGHT}
    values = [pl.lit(value, TYPES[role]).alias(role) for role, value in (usual | scores).items()]
    return scan(source, 1000).select("lead_id", "lead_updated_at", "row_hash", *values).sort("lead_id")


def cleared(*lead_ids: int) -> pl.DataFrame:
    """Leads that have no score any more."""
    return pl.DataFrame({"lead_id": lead_ids}).select(
        "lead_id", *(pl.lit(None, type_).alias(name) for name, type_ in TYPES.items())
    )


def write(source: Source, wanted: pl.DataFrame, into: dict[str, str] = INTO) -> Written:
    with writing(source.engine) as connection:
        return bring_in_line(connection, source, into, wanted)


def stored(source: Source, *columns: str) -> list[tuple[Any, ...]]:
    with reading(source.engine) as connection:
        chosen = [source.relation.columns[column] for column in ("id", *columns)]
        cells = [sa.type_coerce(column, sa.types.NullType()) for column in chosen]
        return [tuple(row) for row in connection.execute(sa.select(*cells).order_by(chosen[0]))]


def writes(source: Source) -> list[int]:
    """The ids of the rows that were updated, once for each time."""
    with reading(source.engine) as connection:
        return sorted(connection.execute(sa.select(sa.table("writes", sa.column("id")))).scalars())


def test_scores_are_written_and_told_as_settled(engine: sa.Engine) -> None:
    source = made(engine)
    done = write(source, scored(source))
    assert (done.n_written, sorted(done.settled), done.versions.height) == (4, [1, 2, 3, 4], 0)
    assert stored(source, "score", "grade", "chance") == [(i, 50, "B", 0.123456) for i in ids(4)]


def test_only_rows_that_change_are_written_and_another_time_is_no_change(engine: sa.Engine) -> None:
    source = made(engine)
    write(source, scored(source))
    install(engine, COUNTING)
    again = scored(source, scored_at=datetime(2026, 1, 2))
    assert write(source, again).n_written == 0
    third = pl.col("lead_id") == 3
    moved = again.with_columns(score=pl.when(third).then(51).otherwise("score"))
    done = write(source, moved)
    assert (done.n_written, sorted(done.settled), writes(source)) == (1, [1, 2, 3, 4], [3])
    assert [row[1] for row in stored(source, "score")] == [50, 50, 51, 50]


def test_the_columns_of_a_lead_without_a_score_are_cleared_in_whatever_version_it_is(engine: sa.Engine) -> None:
    source = made(engine)
    write(source, scored(source))
    run(engine, "UPDATE leads SET won = 1, changed = '2026-02-02 00:00:00' WHERE id = 2")
    install(engine, COUNTING)
    done = write(source, cleared(2, 4))
    assert (done.n_written, sorted(done.settled), done.versions.height) == (2, [2, 4], 0)
    assert stored(source, *INTO.values())[1::2] == [(2, None, None, None, None), (4, None, None, None, None)]
    assert write(source, cleared(2, 4)).n_written == 0
    assert writes(source) == [2, 4]


@pytest.mark.parametrize("changed", [True, False])
def test_a_lead_edited_since_it_was_scored_is_left_alone_and_waits(engine: sa.Engine, changed: bool) -> None:
    source = made(engine, changed=changed)
    wanted = scored(source)
    touch = ", changed = '2026-02-02 00:00:00'" if changed else ""
    run(engine, f"UPDATE leads SET size = 99{touch} WHERE id = 2")
    done = write(source, wanted)
    assert (done.n_written, sorted(done.settled)) == (3, [1, 3, 4])
    assert stored(source, "size", "score")[:2] == [(1, 1, 50), (2, 99, None)]


def test_a_lead_that_is_gone_is_settled(engine: sa.Engine) -> None:
    source = made(engine)
    wanted = pl.concat([scored(source), cleared(77)])
    run(engine, "DELETE FROM leads WHERE id = 1")
    done = write(source, wanted)
    assert (done.n_written, sorted(done.settled)) == (3, [1, 2, 3, 4, 77])


def test_nothing_wanted_writes_nothing(engine: sa.Engine) -> None:
    source = made(engine)
    done = write(source, scored(source).clear())
    assert (done.n_written, done.settled.len(), done.versions.height) == (0, 0, 0)


@pytest.mark.parametrize(("changed", "column"), [(True, "changed"), (False, "note")])
def test_a_trigger_that_changes_the_version_is_told_so_that_the_lead_is_not_due(
    engine: sa.Engine, changed: bool, column: str
) -> None:
    source = made(engine, changed=changed)
    write(source, scored(source, score=7).filter(lead_id=4))
    install(engine, BUMPING, column)
    done = write(source, scored(source).with_columns(score=pl.when(pl.col("lead_id") == 4).then(7).otherwise(50)))
    expected = scan(source, 100).select("lead_id", "lead_updated_at", "row_hash").filter(pl.col("lead_id") < 4)
    assert done.versions.sort("lead_id").equals(expected.sort("lead_id"))
    if changed:
        assert done.versions["lead_updated_at"].to_list() == [datetime(2026, 5, 5, 5, 5, 5)] * 3


def test_the_version_of_a_cleared_lead_is_told_only_if_it_was_the_expected_one(engine: sa.Engine) -> None:
    source = made(engine)
    write(source, scored(source))
    empty = scored(source, score=None, grade=None, probability=None, scored_at=None)
    run(engine, "UPDATE leads SET changed = '2026-02-02 00:00:00' WHERE id = 2")
    install(engine, BUMPING, "changed")
    assert sorted(write(source, empty).versions["lead_id"]) == [1, 3, 4]


def test_writing_does_not_change_the_hash_of_a_row(engine: sa.Engine) -> None:
    source = made(engine, changed=False)
    before = scan(source, 100)
    done = write(source, scored(source))
    assert (done.n_written, done.versions.height) == (4, 0)
    assert scan(source, 100).equals(before)


NARROW = {
    "few digits": {"probability": "NUMERIC(5,3)", "score": "NUMERIC(4,1)"},
    "single precision": {"probability": "REAL", "score": "SMALLINT", "grade": "VARCHAR(1)"},
    "padded": {"grade": "CHAR(3)", "score": "REAL"},
    "text": {"score": "TEXT", "probability": "VARCHAR(40)", "scored_at": "TEXT"},
    "days": {"scored_at": "DATE"},
}


@pytest.mark.parametrize("types", NARROW.values(), ids=NARROW)
@pytest.mark.parametrize("probability", [0.123456789, 1 / 3, 1.0, 1e-9])
def test_what_the_column_makes_of_a_value_is_no_reason_to_write_again(
    engine: sa.Engine, types: dict[str, str], probability: float
) -> None:
    source = made(engine, **types)
    assert write(source, scored(source, probability=probability)).n_written == 4
    assert write(source, scored(source, probability=probability)).n_written == 0


def test_a_table_may_name_any_columns(engine: sa.Engine) -> None:
    into = {"score": 'lead "score"', "grade": "Group", "probability": "p.%(x)s :y", "scored_at": "leadscore.score"}
    source = made(engine, into=into)
    done = write(source, scored(source), into)
    assert done.n_written == 4
    assert stored(source, *list(into.values())[:3]) == [(i, 50, "B", 0.123456) for i in ids(4)]
    assert write(source, scored(source), into).n_written == 0


@pytest.mark.parametrize("role", INTO)
def test_a_single_column_will_do(engine: sa.Engine, role: str) -> None:
    into = {role: INTO[role]}
    source = made(engine, into=into)
    assert [write(source, scored(source), into).n_written for _ in range(2)] == [4, 0]
    assert write(source, cleared(1), into).n_written == 1


def test_a_column_added_later_is_filled(engine: sa.Engine) -> None:
    source = made(engine)
    write(source, scored(source), {"score": "score"})
    assert write(source, scored(source)).n_written == 4
    run(engine, "UPDATE leads SET scored = NULL")
    assert write(source, scored(source)).n_written == 4


ZONED = {"TIMESTAMP": datetime(2026, 1, 2, 5, 30), "DATE": date(2026, 1, 2)}
POSTGRES_ZONED = ZONED | {
    "TIMESTAMPTZ": datetime(2026, 1, 1, 20, 30, tzinfo=UTC),
    "TIMESTAMPTZ(0)": datetime(2026, 1, 1, 20, 30, tzinfo=UTC),
    "TEXT": "2026-01-02 05:30:00",
}


@pytest.mark.parametrize(("type_", "expected"), POSTGRES_ZONED.items())
def test_times_are_of_the_leads_zone_where_the_column_has_none(
    on_postgres: sa.Engine, type_: str, expected: object
) -> None:
    made(on_postgres, scored_at=type_)
    source = opened(on_postgres, zone="Asia/Seoul")
    write(source, scored(source))
    assert stored(source, "scored")[0] == (1, expected)


@pytest.mark.parametrize(
    ("type_", "expected"),
    [("TIMESTAMP", "2026-01-02 05:30:00.000000"), ("TEXT", "2026-01-02 05:30:00.000000"), ("DATE", "2026-01-02")],
)
def test_times_in_sqlite_are_texts_as_sqlalchemy_reads_them(tmp_path: Path, type_: str, expected: str) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/crm.db")
    made(engine, scored_at=type_)
    source = opened(engine, zone="Asia/Seoul")
    write(source, scored(source))
    assert stored(source, "scored")[0] == (1, expected)


def test_a_rolled_back_transaction_leaves_the_table_as_it_was(engine: sa.Engine) -> None:
    source = made(engine)
    wanted = scored(source)
    with pytest.raises(ZeroDivisionError):
        fail_after_writing(source, wanted)
    assert stored(source, "score") == [(i, None) for i in ids(4)]


def fail_after_writing(source: Source, wanted: pl.DataFrame) -> None:
    with writing(source.engine) as connection:
        bring_in_line(connection, source, INTO, wanted)
        raise ZeroDivisionError


def test_more_leads_than_a_batch_are_written(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadscore.store.write_back.BATCH", 3)
    source = made(engine, n=10)
    done = write(source, scored(source))
    assert (done.n_written, sorted(done.settled)) == (10, list(ids(10)))


@pytest.mark.parametrize(
    ("role", "type_"), [("score", "INTEGER CHECK (score > 60)"), ("grade", "TEXT NOT NULL DEFAULT ''")]
)
def test_what_the_table_refuses_is_told_in_words(engine: sa.Engine, role: str, type_: str) -> None:
    source = made(engine, **{role: type_})
    wanted = scored(source, grade=None)
    with pytest.raises(SourceError, match=role) as refused:
        write(source, wanted)
    assert "Table leads cannot be written to" in refused.value.message
    assert "[publish] into" in refused.value.hint


def test_leads_with_one_id_twice_wait(engine: sa.Engine) -> None:
    made(engine)
    run(engine, "CREATE TABLE twins AS SELECT * FROM leads", "INSERT INTO twins SELECT * FROM leads WHERE id = 2")
    leads = Leads(table="twins", id="id", label="won", updated_at="changed")
    source = open_source(engine, leads, written=INTO.values())
    done = write(source, scored(source).unique("lead_id"))
    assert (done.n_written, sorted(done.settled)) == (3, [1, 3, 4])
    run(engine, "UPDATE twins SET score = 1 WHERE id = 2")
    assert write(source, cleared(2)).n_written == 2


@pytest.mark.parametrize("id_type", ["UUID", "CHAR(40)", "TEXT"])
def test_a_table_of_postgresql_may_have_its_own_schema_and_types(on_postgres: sa.Engine, id_type: str) -> None:
    run(
        on_postgres,
        'CREATE SCHEMA "the.crm"',
        "CREATE TYPE \"the.crm\".\"Gr'ade\" AS ENUM ('A', 'B')",
        "CREATE DOMAIN percent AS NUMERIC(5, 1) CHECK (value BETWEEN 0 AND 100)",
        f'CREATE TABLE "the.crm"."or.der" (id {id_type} PRIMARY KEY, won BOOLEAN, changed TIMESTAMPTZ, score PERCENT,'
        ' grade "the.crm"."Gr\'ade", chance FLOAT4, scored TIMESTAMPTZ)',
        'INSERT INTO "the.crm"."or.der" (id, changed) SELECT gen_random_uuid(), now() FROM generate_series(1, 5)',
    )
    leads = Leads(table="the.crm.or.der", id="id", label="won", updated_at="changed")
    source = open_source(on_postgres, leads, written=INTO.values())
    wanted = scored(source)
    assert [write(source, wanted).n_written for _ in range(2)] == [5, 0]
    assert {row[1:] for row in stored(source, "score", "grade")} == {(50, "B")}


@pytest.fixture
def writer(on_postgres: sa.Engine) -> Iterator[sa.Engine]:
    """The database by a role that has no rights on it yet and is called as the database is."""
    role = on_postgres.url.database
    run(on_postgres, f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    engine = open_engine(on_postgres.url.set(username=role, password="secret").render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    run(on_postgres, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_a_role_that_may_update_only_these_columns_is_enough(on_postgres: sa.Engine, writer: sa.Engine) -> None:
    source = made(on_postgres)
    run(on_postgres, f"GRANT SELECT, UPDATE ({', '.join(INTO.values())}) ON leads TO {writer.url.username}")
    with writing(writer) as connection:
        assert bring_in_line(connection, source, INTO, scored(source)).n_written == 4
    with writing(writer) as connection, pytest.raises(SourceError, match="permission denied") as refused:
        bring_in_line(connection, source, {"score": "size"}, scored(source))
    assert "UPDATE on those columns" in refused.value.hint
    assert stored(source, "size", "score") == [(i, i, 50) for i in ids(4)]


def test_a_row_that_somebody_is_just_editing_is_not_waited_for(on_postgres: sa.Engine) -> None:
    source = made(on_postgres)
    wanted = scored(source)
    with writing(on_postgres) as editor:
        editor.exec_driver_sql("UPDATE leads SET size = 9, changed = '2026-02-02' WHERE id = 3")
        done = write(source, wanted)
        assert (done.n_written, sorted(done.settled)) == (3, [1, 2, 4])
    again = write(source, wanted)
    assert (again.n_written, sorted(again.settled)) == (0, [1, 2, 4])


def test_a_row_that_is_just_being_edited_is_cleared_later(on_postgres: sa.Engine) -> None:
    source = made(on_postgres)
    write(source, scored(source))
    removed = (
        scored(source)
        .filter(pl.col("lead_id") == 3)
        .with_columns(pl.when(False).then(role).alias(role) for role in INTO)
    )
    with writing(on_postgres) as editor:
        editor.exec_driver_sql("UPDATE leads SET size = 9 WHERE id = 3")
        assert write(source, removed).settled.to_list() == []
    assert write(source, removed).settled.to_list() == [3]
    assert stored(source, "size", "score")[2] == (3, 9, None)


def test_rows_that_refer_to_a_lead_can_be_added_while_it_is_written(on_postgres: sa.Engine) -> None:
    source = made(on_postgres)
    run(on_postgres, "CREATE TABLE calls (lead INTEGER REFERENCES leads)")
    with writing(on_postgres) as connection:
        assert bring_in_line(connection, source, INTO, scored(source)).n_written == 4
        run(on_postgres, "SET LOCAL lock_timeout = '2s'", "INSERT INTO calls VALUES (1)")
