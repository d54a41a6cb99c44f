"""What is published, for people who ask: the leads to call, the models, and the runs that wait for their word."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, Integer, Row, inspect

from leadscore.errors import StoreError
from leadscore.schema import Type
from leadscore.store.engine import open_engine, reading, require_database
from leadscore.store.frames import store_times
from leadscore.store.migrate import due, revision
from leadscore.store.queries import execute, select
from leadscore.store.runs import accept

TOP: dict[str, Type | None] = {
    **dict.fromkeys(("lead_id", "account_id", "owner_id")),  # of whatever types the leads have
    "continent": Type.TEXT,
    "grade": Type.TEXT,
    "score": Type.INTEGER,
    "probability": Type.FLOAT,
    "will_convert": Type.BOOLEAN,
    "previous_score": Type.INTEGER,
    "change_cause": Type.TEXT,
    "reasons_for": Type.TEXT,
    "reasons_against": Type.TEXT,
    "overridden": Type.BOOLEAN,
    "override_note": Type.TEXT,
    "scored_at": Type.TIME,
}


def top_leads(url: str, n: int, owner: str | None = None) -> pl.DataFrame:
    """The ``n`` open leads most likely to convert, of one owner or of all, with the columns TOP."""
    with opened(url) as store, reading(store) as connection:
        if owner is None:
            found = select(connection, "top_leads", TOP, n=n)
        else:
            found = select(connection, "top_leads_of_owner", TOP, n=n, owner=identifier(connection, "owner_id", owner))
    return store_times(found, "scored_at")


def all_models(url: str) -> list[Row[Any]]:
    """Every trained model, newest first."""
    with opened(url) as store, reading(store) as connection:
        return list(execute(connection, "model_list"))


def accept_run(url: str, run_id: str, by: str) -> tuple[datetime, bool]:
    """Let a refused run be published all the same: its moment, and whether it is full (`runs.accept`)."""
    with up_to_date(url) as store:
        return accept(store, run_id, by)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The store at ``url``. Raises StoreError if no run has been there."""
    require_database(url)
    store = open_engine(url)
    try:
        if not revision(store):
            raise StoreError(
                "Nothing has been scored into this database yet.", "run `leadscore retrain`, then `score`."
            )
        yield store
    finally:
        store.dispose()


@contextmanager
def up_to_date(url: str) -> Iterator[Engine]:
    """The same, with all that this leadscore asks for. Raises StoreError if it is of an older one."""
    with opened(url) as store:
        if due(store):
            raise StoreError("The store is of an older leadscore.", "run `leadscore score`: it brings it up to date.")
        yield store


def identifier(connection: Connection, column: str, typed: str) -> int | str:
    """What a person typed, as ``column`` keeps it. Raises StoreError where that has numbers and it is none."""
    [kept] = [each for each in inspect(connection).get_columns("lead_scores") if each["name"] == column]
    if not isinstance(kept["type"], Integer):
        return typed
    try:
        return int(typed)
    except ValueError:
        raise StoreError(
            f"Each {column} is a whole number here; {typed!r} is none.", "`leadscore top` shows some."
        ) from None
