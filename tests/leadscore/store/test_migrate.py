"""The store's tables, made anew and upgraded with data in them, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from harness.earlier import upgrade

from leadscore.errors import StoreError
from leadscore.schema import Type
from leadscore.store.engine import let_readers_work, open_engine, reading, writing
from leadscore.store.migrate import VERSION_TABLE, alembic_config, due, migrate, revision

KEPT = {
    "lead_scores",
    "lead_score_history",
    "lead_outcomes",
    "lead_snapshots",
    "score_runs",
    "quarantined_leads",
    "models",
    "score_overrides",
    "monitoring",
}
STAGED = ("chunks", "scores", "quarantine", "departures", "outcomes")
VIEWS = {"scored_leads", "sales_queue", "score_changes", "conversion_by_grade", "account_index"}
TYPES = {"id": Type.TEXT, "account": Type.INTEGER, "owner": Type.TEXT}
COLUMN_TYPES = {"id": sa.Text(), "account": sa.BigInteger(), "owner": sa.Text()}
REVISIONS = [each.revision for each in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]
SAMPLE = (REVISIONS[0], REVISIONS[-2])  # for `make test`: all migrations, and the last of them alone
EARLIER = [pytest.param(each, marks=() if each in SAMPLE else pytest.mark.acceptance) for each in REVISIONS[:-1]]
JSON = ("reasons", "inputs", "metrics", "failures", "counts", "quarantined_by_rule")
TOLD = '{"for": [{"feature": "bant_submit", "value": "1", "effect": 0.25}], "against": []}'

Rows = list[dict[str, Any]]


@pytest.fixture
def store(database: str) -> Iterator[sa.Engine]:
    engine = open_engine(database)
    yield engine
    engine.dispose()


def table(connection: sa.Connection, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=connection)


def read(store: sa.Engine, name: str) -> Rows:
    with reading(store) as connection:
        found = connection.execute(sa.select(table(connection, name))).mappings()
        return sorted((dict(row) for row in found), key=repr)


def make(store: sa.Engine, at: str) -> None:
    """The store as it was at an earlier revision."""
    let_readers_work(store)
    with writing(store) as connection:
        upgrade(connection, COLUMN_TYPES, at)


def cell(column: sa.Column[Any], row: int) -> Any:
    """Something that the column can hold, another for each row; null in the last one, where that may be.

    JSON is there in each row: the engine, whose JSON is text already, would write None.
    """
    if column.name in JSON:
        return TOLD
    if row == 3 and column.nullable:
        return None
    if isinstance(column.type, sa.DateTime):
        later = timedelta(days=column.name in ("closed_at", "seen_at"))
        return datetime(2026, 1, row, 2, 30, 0, 123456, UTC) + later
    if isinstance(column.type, sa.Boolean):
        return row % 2 == 0
    if isinstance(column.type, sa.Integer):
        return row
    return row / 7 if isinstance(column.type, sa.Float) else f"{column.name} {row}"


def fill(store: sa.Engine) -> None:
    """Three rows into every table; the first model is the champion, the second run was a full one."""
    with writing(store) as connection:
        for name in sorted(sa.inspect(connection).get_table_names()):
            if name == VERSION_TABLE:
                continue
            into = table(connection, name)
            rows = [{column.name: cell(column, row) for column in into.columns} for row in (1, 2, 3)]
            if name == "models":
                rows[0]["status"] = "champion"
            if name == "score_runs":
                rows[1]["run_key"] = "2026-01-02T04:30:00 full 0123456789ab"
            connection.execute(sa.insert(into), rows)


def test_all_tables_and_views_are_made_once_with_the_ids_of_the_source(store: sa.Engine) -> None:
    assert (revision(store), due(store)) == (None, REVISIONS)
    migrate(store, TYPES)
    migrate(store, TYPES)
    assert (revision(store), due(store)) == (REVISIONS[-1], [])
    inspector = sa.inspect(store)
    assert set(inspector.get_table_names()) >= KEPT
    assert set(inspector.get_view_names()) >= VIEWS
    types = {column["name"]: str(column["type"]) for column in inspector.get_columns("lead_scores")}
    assert (types["lead_id"], types["account_id"], types["owner_id"]) == ("TEXT", "BIGINT", "TEXT")
    assert all(read(store, view) == [] for view in VIEWS)


@pytest.mark.parametrize("earlier", EARLIER)
def test_nothing_that_a_store_keeps_is_lost_from_any_earlier_revision(store: sa.Engine, earlier: str) -> None:
    make(store, earlier)
    fill(store)
    before = {name: read(store, name) for name in KEPT}
    assert due(store) == REVISIONS[REVISIONS.index(earlier) + 1 :]
    migrate(store, TYPES)
    assert due(store) == []
    for name, rows in before.items():
        columns = rows[0].keys()
        assert len(rows) == 3
        assert [{column: row[column] for column in columns} for row in read(store, name)] == rows, name
    assert [row["reasons_for"] for row in read(store, "scored_leads")] == ["bant submit: 1"] * 3
    assert {view: len(read(store, view)) for view in VIEWS} == {
        "scored_leads": 3,
        "sales_queue": 1,  # the second is worth a call
        "score_changes": 2,  # and of a backfill
        "conversion_by_grade": 2,
        "account_index": 2,  # the third has no account
    }


def test_what_0002_adds_to_the_ledger_says_what_the_run_was(store: sa.Engine) -> None:
    make(store, "0001")
    fill(store)
    migrate(store, TYPES)
    added = ("attempt", "scope", "accepted_by", "n_written", "written_at", "written_into")
    assert [tuple(row[name] for name in added) for row in read(store, "score_runs")] == [
        (1, "due", None, None, None, None),
        (1, "full", None, None, None, None),
        (1, "due", None, None, None, None),
    ]


def test_what_was_staged_before_0002_is_let_go(store: sa.Engine) -> None:
    make(store, "0001")
    fill(store)
    migrate(store, TYPES)
    assert all(read(store, f"staged_{what}") == [] for what in ("chunks", "scores", "quarantine", "changes"))


def test_what_was_staged_before_0003_stays_and_has_neither_inputs_nor_continent(store: sa.Engine) -> None:
    make(store, "0002")
    fill(store)
    before = {name: read(store, f"staged_{name}") for name in STAGED}
    migrate(store, TYPES)
    assert {name: read(store, f"staged_{name}") for name in STAGED} == before | {
        "scores": [row | {"inputs": None, "continent": None} for row in before["scores"]]
    }
    assert len(read(store, "staged_changes")) == 3


def test_what_was_published_before_0004_is_of_no_adjustment(store: sa.Engine) -> None:
    make(store, "0003")
    fill(store)
    migrate(store, TYPES)
    for name in ("lead_scores", "lead_score_history", "score_runs"):
        assert {row["adjustment"] for row in read(store, name)} == {0}
    assert {(row["cutoff"], row["raw_cutoff"]) for row in read(store, "score_runs")} == {(None, None)}


def test_what_0006_puts_beside_the_outcomes_of_before_is_the_first_score_and_their_count(store: sa.Engine) -> None:
    make(store, "0004")
    fill(store)
    before = {row["lead_id"]: row for row in read(store, "lead_score_history")}
    migrate(store, TYPES)
    proof = {row["lead_id"]: (row["first_grade"], row["first_probability"]) for row in read(store, "lead_outcomes")}
    assert proof == {
        "lead_id 1": ("grade 1", before["lead_id 1"]["probability"]),
        "lead_id 2": (None, None),  # a backfill is no proof
        "lead_id 3": ("grade 3", before["lead_id 3"]["probability"]),  # closed nobody knows when, seen a day later
    }
    assert read(store, "account_outcomes") == [{"account_id": 1, "leads": 1, "conversions": 1}]  # the second vanished
    assert {row["continent"] for row in read(store, "lead_scores")} == {None}


@pytest.mark.parametrize("earlier", [None, *EARLIER])
def test_outcomes_are_found_by_account(store: sa.Engine, earlier: str | None) -> None:
    if earlier:
        make(store, earlier)
    migrate(store, TYPES)
    columns = {index["name"]: index["column_names"] for index in sa.inspect(store).get_indexes("lead_outcomes")}
    assert columns["lead_outcomes_account"] == ["account_id"]


def test_a_store_of_a_newer_leadscore_is_refused_and_left_alone(store: sa.Engine) -> None:
    migrate(store, TYPES)
    with writing(store) as connection:
        connection.execute(sa.update(table(connection, VERSION_TABLE)).values(version_num="9999"))
    with pytest.raises(StoreError, match="revision 9999, which this leadscore does not know") as refused:
        migrate(store, TYPES)
    assert "install that one" in refused.value.hint
    assert revision(store) == "9999"


@pytest.mark.parametrize("earlier", [None, "0001"])
def test_a_table_of_the_users_own_in_the_way_is_named_and_nothing_is_changed(
    store: sa.Engine, earlier: str | None
) -> None:
    if earlier:
        make(store, earlier)
    taken = "write_backs"
    with writing(store) as connection:
        sa.Table(taken, sa.MetaData(), sa.Column("mine", sa.Integer)).create(connection)
    inspector = sa.inspect(store)
    before = {*inspector.get_table_names(), *inspector.get_view_names()}
    with pytest.raises(StoreError, match=f"{taken}.* already exists") as refused:
        migrate(store, TYPES)
    assert "nothing was changed" in refused.value.hint
    inspector = sa.inspect(store)
    assert {*inspector.get_table_names(), *inspector.get_view_names()} == before
    assert revision(store) == earlier


def test_a_view_of_the_users_own_with_a_name_of_ours_is_left_alone(store: sa.Engine) -> None:
    with writing(store) as connection:
        connection.execute(sa.text("CREATE VIEW sales_queue AS SELECT 1 AS mine"))
    with pytest.raises(StoreError, match=r"sales_queue.* already exists"):
        migrate(store, TYPES)
    assert read(store, "sales_queue") == [{"mine": 1}]
    assert sa.inspect(store).get_table_names() == []


def test_a_view_of_the_users_own_upon_ours_is_named_and_nothing_is_changed(postgres: str) -> None:
    store = open_engine(postgres)
    make(store, "0001")
    with writing(store) as connection:
        connection.execute(sa.text("CREATE VIEW theirs AS SELECT lead_id FROM sales_queue"))
    with pytest.raises(StoreError, match="view theirs depends on view sales_queue"):
        migrate(store, TYPES)
    assert revision(store) == "0001"
    assert read(store, "theirs") == []
    store.dispose()


def test_an_alembic_version_table_of_the_leads_own_application_is_left_alone(store: sa.Engine) -> None:
    with writing(store) as connection:
        sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.Text)).create(connection)
    migrate(store, TYPES)
    assert VERSION_TABLE in sa.inspect(store).get_table_names()
    assert read(store, "alembic_version") == []


@pytest.mark.parametrize(("role", "type_"), [("id", Type.INTEGER), ("account", Type.TEXT), ("owner", Type.INTEGER)])
def test_identifiers_that_changed_their_type_are_refused_in_words(store: sa.Engine, role: str, type_: Type) -> None:
    migrate(store, TYPES)
    with pytest.raises(StoreError, match=f"name the {role} column of before"):
        migrate(store, TYPES | {role: type_})
