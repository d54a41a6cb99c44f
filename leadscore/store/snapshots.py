"""The inputs of leads as they were when these were first scored.

A closed lead shows its final state, an open one an early state: what is learned from snapshots is what will be scored.
They are published with the scores (`leadscore.store.publish`).
"""

import polars as pl
from sqlalchemy import Engine

from leadscore.schema import Type
from leadscore.store.migrate import revision
from leadscore.store.queries import read_among


def matured(store: Engine, ids: pl.Series) -> pl.DataFrame:
    """The ``lead_id`` and ``inputs`` (a JSON object in text) of those of the leads that have a snapshot, by id.

    ``ids``, distinct, are of leads whose outcome is known. Nobody has one before the first run that publishes.
    """
    types = {"lead_id": Type.INTEGER if ids.dtype.is_integer() else Type.TEXT, "inputs": Type.TEXT}
    if not revision(store):
        return pl.DataFrame(schema={name: type_.polars for name, type_ in types.items()})
    return read_among(store, "snapshots_of", types, ids).sort("lead_id")
