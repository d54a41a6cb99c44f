import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from leadscore.schema import Type
from leadscore.store.engine import open_engine
from leadscore.store.migrate import migrate

OwnDatabase = Callable[..., AbstractContextManager[str]]


def make_store(url: str) -> None:
    """Leads are numbered, accounts and sellers have names."""
    engine = open_engine(url)
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.TEXT})
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store, to be copied: that takes a tenth of the time that the migrations take."""
    file = tmp_path_factory.mktemp("empty") / "store.db"
    make_store(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_store(own_postgres_database: OwnDatabase) -> Iterator[str]:
    """The name of a PostgreSQL database that is an empty store, to be copied."""
    with own_postgres_database() as url:
        make_store(url)
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, own_postgres_database: OwnDatabase) -> Iterator[sa.Engine]:
    """An empty store of this test's own, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_store"), tmp_path / "own.db")
        engine = open_engine(f"sqlite:///{tmp_path}/own.db")
        yield engine
        engine.dispose()
        return
    with own_postgres_database(request.getfixturevalue("postgres_store")) as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()
