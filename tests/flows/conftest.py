"""Short ways to look into a store, and to change the source as a CRM does."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from flows.retrain import retrain
from leadscore.sample.demo import load_example
from leadscore.settings import CONFIG_VARIABLE, load_settings
from leadscore.store.engine import open_engine, writing

Rows = list[tuple[Any, ...]]
Sql = Callable[..., Rows]
OwnDatabase = Callable[..., AbstractContextManager[str]]

URL_VARIABLE = "LEADSCORE_DATABASE__URL"
END = datetime(2026, 1, 1)


@pytest.fixture(scope="session")
def trained_template(
    own_postgres_database: OwnDatabase, trained_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a PostgreSQL database with the leads of ``trained_folder`` and a champion, to be copied."""
    folder = tmp_path_factory.mktemp("trained-postgresql")
    with own_postgres_database() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
        patch.setenv(URL_VARIABLE, url)
        load_example(folder, n=6000, seed=7, end=END)
        shutil.copy(trained_folder / "leadscore.toml", folder)  # as quick to train
        retrain(as_of=END)
        patch.undo()
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.acceptance)])
def trained(
    request: pytest.FixtureRequest, trained: Path, own_postgres_database: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The trained folder of this test's own, its leads and scores on SQLite and, by `make acceptance`, PostgreSQL."""
    if request.param == "sqlite":
        yield trained
        return
    with own_postgres_database(request.getfixturevalue("trained_template")) as url:
        monkeypatch.setenv(URL_VARIABLE, url)
        yield trained


@pytest.fixture
def sql(trained: Path) -> Sql:
    """Run a statement on the store of this test, with a value for each ``?``, and return its rows."""
    engine = open_engine(load_settings(trained / "leadscore.toml").database.url)
    percents = engine.dialect.name == "postgresql"

    def run(statement: str, *values: Any) -> Rows:
        with writing(engine) as connection:
            marked = statement.replace("%", "%%").replace("?", "%s") if percents else statement
            result = connection.exec_driver_sql(marked, values)
            rows = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()  # the last to leave a SQLite file empties its write-ahead log
        return rows

    return run


TABLES = {
    "lead_scores": "scored_at",
    "lead_score_history": "scored_at",
    "lead_outcomes": "seen_at",
    "lead_snapshots": None,
    "quarantined_leads": None,
    "staged_scores": "scored_at",
    "staged_quarantine": None,
}


@pytest.fixture
def tables(trained: Path) -> Callable[[], dict[str, Rows]]:
    """The whole content of what a run publishes, run times aside."""
    url = load_settings(trained / "leadscore.toml").database.url

    def read() -> dict[str, Rows]:
        engine = open_engine(url)
        contents = {}
        for name, time in TABLES.items():
            table = sa.Table(name, sa.MetaData(), autoload_with=engine)
            with engine.connect() as connection:
                rows = connection.execute(sa.select(*(column for column in table.columns if column.name != time)))
                contents[name] = sorted(map(tuple, rows), key=repr)
        engine.dispose()
        return contents

    return read
