"""Tables of somebody's, put into a database of the test's own."""

from collections.abc import Callable, Iterator

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.setup.looking import Look, look
from leadscore.store.engine import open_engine
from leadscore.store.load import load_table

N = 400


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    opened = open_engine(database)
    yield opened
    opened.dispose()


@pytest.fixture
def loaded(engine: sa.Engine) -> Callable[..., Look]:
    """Load columns as a table, and look at it."""

    def load(name: str = "leads", key: str = "id", **columns: list[object]) -> Look:
        load_table(engine, name, [pl.DataFrame(columns, strict=False)], key)
        return look(engine, name)

    return load
