"""What became of the earlier leads of an account: the history that scores are given by.

Only the accounts at hand are read. What tonight finds out is not in the store until it publishes; `past` adds it, so
that a score is of the outcomes that are published with it.
"""

from collections.abc import Iterator

import polars as pl
from sqlalchemy import Engine

from leadscore.due import OUTCOME
from leadscore.pipeline import News
from leadscore.schema import Type
from leadscore.store.frames import store_times
from leadscore.store.queries import read_among, read_ordered
from leadscore.store.source import Source


def all_outcomes(store: Engine, source: Source) -> Iterator[pl.DataFrame]:
    """Every stored outcome, with the columns OUTCOME and whether its lead has ``vanished`` from the source; by id."""
    for found in read_ordered(store, "stored_outcomes", _types(source) | {"vanished": Type.BOOLEAN}):
        yield _as_scanned(found).with_columns(found["vanished"])


def outcomes_of(store: Engine, source: Source, accounts: pl.Series) -> pl.DataFrame:
    """The stored outcomes of these ``accounts``, with the columns OUTCOME, by ``lead_id``."""
    found = read_among(store, "outcomes_of", _types(source), accounts.drop_nulls().unique())
    return _as_scanned(found).sort("lead_id")


def past(stored: pl.DataFrame, news: News) -> pl.DataFrame:
    """What `outcomes_of` some accounts, now ``stored``, will be once the ``news`` of them is out, in any order."""
    return pl.concat([stored.join(news.replaced, on="lead_id", how="anti"), news.outcomes])


def _types(source: Source) -> dict[str, Type]:
    identifiers = {"lead_id": "id", "account_id": "account", "owner_id": "owner"}
    return {
        **{name: source.identifier_types[role] for name, role in identifiers.items()},
        "created_at": Type.TIME,
        "closed_at": Type.TIME,
        "label": Type.INTEGER,
    }


def _as_scanned(outcomes: pl.DataFrame) -> pl.DataFrame:
    """The same in the types of a scan."""
    return store_times(outcomes, "created_at", "closed_at").cast({"label": pl.Int8}).select(OUTCOME)
