from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from leadscore.schema import Type
from leadscore.store.engine import open_engine
from leadscore.store.migrate import migrate


@pytest.fixture
def store(database: str) -> Iterator[sa.Engine]:
    """An empty store of this test's own: leads are numbered, accounts and sellers have names."""
    engine = open_engine(database)
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.TEXT})
    yield engine
    engine.dispose()
