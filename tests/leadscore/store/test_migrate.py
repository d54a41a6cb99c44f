from pathlib import Path

import sqlalchemy as sa

from leadscore.schema import Type
from leadscore.store.engine import open_engine, reading
from leadscore.store.migrate import is_migrated, migrate

TABLES = {
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
VIEWS = {"scored_leads", "sales_queue", "score_changes", "conversion_by_grade", "account_index"}
TYPES: dict[str, Type | None] = {"id": Type.TEXT, "account": Type.INTEGER, "owner": None}


def test_all_tables_and_views_are_made_once_with_the_ids_of_the_source(tmp_path: Path) -> None:
    store = open_engine(f"sqlite:///{tmp_path}/store.db")
    assert not is_migrated(store)
    migrate(store, TYPES)
    migrate(store, TYPES)
    assert is_migrated(store)
    inspector = sa.inspect(store)
    assert set(inspector.get_table_names()) >= TABLES
    assert set(inspector.get_view_names()) >= VIEWS
    types = {column["name"]: str(column["type"]) for column in inspector.get_columns("lead_scores")}
    assert (types["lead_id"], types["account_id"], types["owner_id"]) == ("TEXT", "BIGINT", "TEXT")
    with reading(store) as connection:
        for view in VIEWS:
            table = sa.Table(view, sa.MetaData(), autoload_with=connection)
            assert connection.execute(sa.select(table)).fetchall() == []


def test_an_alembic_version_table_of_the_leads_own_application_is_left_alone(tmp_path: Path) -> None:
    store = open_engine(f"sqlite:///{tmp_path}/store.db")
    theirs = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.Text))
    theirs.create(store)
    migrate(store, TYPES)
    assert "leadscore_alembic_version" in sa.inspect(store).get_table_names()
    with reading(store) as connection:
        assert connection.execute(sa.select(theirs)).fetchall() == []
