"""What is published, for people who ask: the leads to call, the models, and the runs that wait for their word."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Integer, Row, inspect

from leadscore.errors import StoreError
from leadscore.store.engine import open_engine, reading, require_database
from leadscore.store.migrate import due, revision
from leadscore.store.queries import execute
from leadscore.store.runs import accept


def top_leads(url: str, n: int, owner: str | None = None) -> list[Row[Any]]:
    """The ``n`` open leads most likely to convert, of one owner or of all, with reasons as sentences."""
    with opened(url) as store, reading(store) as connection:
        if owner is None:
            return list(execute(connection, "top_leads", n=n))
        return list(execute(connection, "top_leads_of_owner", n=n, owner=_identifier(connection, owner)))


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


def _identifier(connection: Connection, owner: str) -> int | str:
    """What a person typed, as the store keeps owners. Raises StoreError where these are numbers and it is none."""
    [column] = [each for each in inspect(connection).get_columns("lead_scores") if each["name"] == "owner_id"]
    if not isinstance(column["type"], Integer):
        return owner
    try:
        return int(owner)
    except ValueError:
        raise StoreError(f"Owners are whole numbers here; {owner!r} is none.", "lead_scores lists them.") from None
