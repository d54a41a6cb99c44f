"""What is read of snapshots; how they are taken is in test_publish.py."""

import json
from collections.abc import Iterator

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.schema import Type
from leadscore.store.engine import open_engine, writing
from leadscore.store.migrate import migrate
from leadscore.store.snapshots import matured
from leadscore.store.source import BOUND_VALUES

INPUTS = '{"country": "Österreich", "asked": 0.1, "owner": null}'

Ids = list[int] | list[str]


@pytest.fixture
def store(database: str) -> Iterator[sa.Engine]:
    engine = open_engine(database)
    yield engine
    engine.dispose()


def keep(store: sa.Engine, lead_id: Type, ids: Ids) -> None:
    migrate(store, {"id": lead_id, "account": Type.TEXT, "owner": Type.TEXT})
    table = sa.Table("lead_snapshots", sa.MetaData(), autoload_with=store)
    with writing(store) as connection:
        for each in ids:
            connection.execute(sa.insert(table).values(lead_id=each, run_id="run", inputs=INPUTS))


@pytest.mark.parametrize(
    ("type_", "kept", "asked", "found"),
    [
        (Type.INTEGER, [9, 1, 5], [1, 2, 9], [1, 9]),
        (Type.TEXT, ["b", "ä", "a'; --"], ["ä", "c", "a'; --"], ["a'; --", "ä"]),
    ],
    ids=["whole numbers", "text"],
)
def test_those_of_the_leads_that_have_a_snapshot_come_by_id(
    store: sa.Engine,
    type_: Type,
    kept: list[int] | list[str],
    asked: list[int] | list[str],
    found: list[int] | list[str],
) -> None:
    keep(store, type_, kept)
    snapshots = matured(store, pl.Series(asked))
    assert snapshots["lead_id"].to_list() == found
    assert [json.loads(text) for text in snapshots["inputs"]] == [json.loads(INPUTS)] * 2


def test_more_leads_than_a_statement_takes_are_asked_for_in_parts(store: sa.Engine) -> None:
    last = 4 * BOUND_VALUES
    keep(store, Type.INTEGER, [1, BOUND_VALUES, BOUND_VALUES + 1, last, last + 1])
    assert matured(store, pl.Series(range(1, last + 1)))["lead_id"].to_list() == [
        1,
        BOUND_VALUES,
        BOUND_VALUES + 1,
        last,
    ]


@pytest.mark.parametrize("ids", [pl.Series([1, 2]), pl.Series([], dtype=pl.Int64)], ids=["some", "none"])
def test_nobody_has_a_snapshot_before_the_first_run(store: sa.Engine, ids: pl.Series) -> None:
    empty = pl.DataFrame(schema={"lead_id": pl.Int64, "inputs": pl.String})
    assert matured(store, ids).equals(empty)
    keep(store, Type.INTEGER, [])
    assert matured(store, ids).equals(empty)
    assert matured(store, ids).schema == empty.schema


def test_asking_makes_no_tables(store: sa.Engine) -> None:
    matured(store, pl.Series(["a"]))
    assert sa.inspect(store).get_table_names() == []
