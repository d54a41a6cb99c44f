"""What is published, for people who ask: the leads to call, the models."""

from typing import Any

from sqlalchemy import Row

from leadscore.errors import StoreError
from leadscore.store.engine import open_engine, reading, require_database
from leadscore.store.migrate import is_migrated
from leadscore.store.queries import execute


def top_leads(url: str, n: int, owner: str | None = None) -> list[Row[Any]]:
    """The ``n`` open leads most likely to convert, of one owner or of all, with reasons as sentences."""
    return _rows(url, "top_leads", n=n, owner=owner)


def all_models(url: str) -> list[Row[Any]]:
    """Every trained model, newest first."""
    return _rows(url, "model_list")


def _rows(url: str, query: str, **values: Any) -> list[Row[Any]]:
    require_database(url)
    store = open_engine(url)
    try:
        if not is_migrated(store):
            raise StoreError(
                "Nothing has been scored into this database yet.", "run `leadscore retrain`, then `score`."
            )
        with reading(store) as connection:
            return list(execute(connection, query, **values))
    finally:
        store.dispose()
