from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from leadscore.errors import NoChampion
from leadscore.schema import Type
from leadscore.store.engine import open_engine
from leadscore.store.migrate import migrate
from leadscore.store.published import all_models
from leadscore.store.registry import Entry, champion, register

NOW = datetime(2026, 1, 1)
FIRST = Entry("v1", "champion", NOW, NOW, 1000, None, NOW, "{}", 0.3, "file:///v1.zip", "aa", "better")


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    migrate(engine, {"id": Type.INTEGER, "account": None, "owner": None})
    return engine


def statuses(store: Engine) -> dict[str, str]:
    return {row.version: row.status for row in all_models(str(store.url))}


def test_there_is_one_champion_and_the_one_before_is_retired(store: Engine) -> None:
    with pytest.raises(NoChampion):
        champion(store)
    register(store, FIRST)
    register(store, replace(FIRST, version="v2"))
    register(store, replace(FIRST, version="v3", status="rejected"))
    register(store, replace(FIRST, version="v4", status="candidate"))
    assert statuses(store) == {"v1": "retired", "v2": "champion", "v3": "rejected", "v4": "candidate"}
    assert champion(store).version == "v2"


def test_registering_the_same_model_again_changes_nothing(store: Engine) -> None:
    register(store, FIRST)
    before = [tuple(row) for row in all_models(str(store.url))]
    register(store, replace(FIRST, trained_at=datetime(2026, 2, 2)))
    assert [tuple(row) for row in all_models(str(store.url))] == before


def test_a_store_without_tables_has_no_champion(tmp_path: Path) -> None:
    with pytest.raises(NoChampion):
        champion(open_engine(f"sqlite:///{tmp_path}/empty.db"))
