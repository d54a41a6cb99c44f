"""A person's word on which model scores, on either database: taken whole or not at all, whatever else is at work."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from leadscore.errors import BundleDamaged, StoreError
from leadscore.promotion import promote_by_hand, roll_back_by_hand
from leadscore.schema import Type
from leadscore.settings import load_settings
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.lock import one_at_a_time
from leadscore.store.migrate import migrate
from leadscore.store.queries import execute
from leadscore.store.registry import Entry, champion, register

NOW = datetime(2026, 1, 2)


@pytest.fixture
def store(trained: Path, database: str) -> Iterator[sa.Engine]:
    """A store with a champion and two candidates: the same bundle under another name, and one whose bundle is lost."""
    of_leads = open_engine(load_settings().database.url)
    known = champion(of_leads)
    of_leads.dispose()
    engine = open_engine(database)
    migrate(engine, {"id": Type.INTEGER, "account": Type.INTEGER, "owner": Type.INTEGER})
    bundle = known.uri, known.sha256
    register(engine, Entry("first", "champion", NOW, NOW, 1, None, None, "{}", 0.5, *bundle, "Better."))
    register(engine, Entry("other", "candidate", NOW, NOW, 1, None, None, "{}", 0.5, *bundle, "Kept back."))
    register(engine, Entry("lost", "candidate", NOW, NOW, 1, None, None, "{}", 0.5, "file:///no.zip", "aa", "Lost."))
    yield engine
    engine.dispose()


def models(store: sa.Engine) -> list[tuple[object, ...]]:
    with reading(store) as connection:
        return [tuple(row) for row in execute(connection, "model_list")]


def test_there_and_back(database: str, store: sa.Engine) -> None:
    promote_by_hand(database, "other", "kim", NOW)
    assert champion(store).version == "other"
    assert roll_back_by_hand(database, "kim", NOW) == ("other", "first")
    assert champion(store).version == "first"
    with pytest.raises(StoreError, match="no champion before"):
        roll_back_by_hand(database, "kim", NOW)


def test_a_model_whose_bundle_is_lost_never_scores(database: str, store: sa.Engine) -> None:
    before = models(store)
    with pytest.raises(BundleDamaged, match="cannot be opened"):
        promote_by_hand(database, "lost", "kim", NOW)
    assert models(store) == before


def test_the_way_back_passes_over_what_is_damaged(
    database: str, store: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """From a champion whose own file is lost, over another that is, to the newest that is intact."""
    for version in ("lost", "gone"):
        at = NOW + timedelta(days=1 + (version == "gone"))
        register(store, Entry(version, "champion", at, at, 1, None, None, "{}", 0.5, "file:///no.zip", "aa", "Lost."))
    assert roll_back_by_hand(database, "kim", NOW) == ("gone", "first")
    assert "Model lost is passed over: The model bundle file:///no.zip cannot be opened" in caplog.text
    assert champion(store).version == "first"
    with pytest.raises(StoreError, match="no champion before"):
        roll_back_by_hand(database, "kim", NOW)


def test_without_an_intact_one_the_champion_stays(database: str, store: sa.Engine) -> None:
    with writing(store) as connection:
        connection.execute(sa.text("UPDATE models SET artifact_sha256 = 'bb' WHERE version = 'first'"))
    promote_by_hand(database, "other", "kim", NOW)
    with pytest.raises(BundleDamaged, match="Of 1 champion before, none is intact: first"):
        roll_back_by_hand(database, "kim", NOW)
    assert champion(store).version == "other"


def test_nothing_waits_for_a_run_to_end(database: str, store: sa.Engine) -> None:
    with one_at_a_time(store):
        promote_by_hand(database, "other", "kim", NOW)
    assert champion(store).version == "other"
