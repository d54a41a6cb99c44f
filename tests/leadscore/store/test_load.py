from datetime import datetime

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.errors import StoreError
from leadscore.sections import Leads
from leadscore.store.engine import open_engine, reading
from leadscore.store.load import load_table
from leadscore.store.source import fetch, open_source

FRAME = pl.DataFrame(
    {
        "id": [1, 2, 3],
        "won": [True, False, None],
        "share": [0.1, 1e-300, None],
        "free.text 50%": ['a "quoted", comma', "", None],
        "note": ["line\nbreak", "\\.", "ümlaut\t"],
        "at": [datetime(2026, 1, 2, 3, 4, 5, 6), datetime(1, 1, 1), None],
    }
)


def test_a_table_is_what_was_loaded(database: str) -> None:
    engine = open_engine(database)
    assert load_table(engine, "the leads", [FRAME.head(1), FRAME.clear(), FRAME.tail(2)], "id") == 3
    source = open_source(engine, Leads(table="the leads", id="id", label="won"))
    loaded = fetch(source, FRAME["id"]).raw
    assert loaded.drop("at").equals(FRAME.drop("at"))
    assert loaded["at"].cast(pl.String).str.head(26).to_list() == FRAME["at"].cast(pl.String).to_list()
    engine.dispose()


def test_the_key_is_a_primary_key(database: str) -> None:
    engine = open_engine(database)
    load_table(engine, "leads", [FRAME], "id")
    with reading(engine) as connection:
        assert sa.inspect(connection).get_pk_constraint("leads")["constrained_columns"] == ["id"]
    engine.dispose()


def test_a_table_that_is_there_is_left_alone(database: str) -> None:
    engine = open_engine(database)
    load_table(engine, "leads", [FRAME], "id")
    with pytest.raises(StoreError, match="a table leads in this database already"):
        load_table(engine, "leads", [FRAME.head(1)], "id")
    with reading(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(sa.table("leads"))) == 3
    engine.dispose()
