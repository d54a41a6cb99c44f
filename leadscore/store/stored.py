"""What the store holds of each lead, to be compared with the source, range by range of ids."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from sqlalchemy import Engine

from leadscore.due import Stored
from leadscore.schema import Type
from leadscore.store.by_id import Ranges
from leadscore.store.frames import store_times
from leadscore.store.outcomes import all_outcomes
from leadscore.store.queries import read_ordered
from leadscore.store.source import Source


class StoredRanges:
    """The scores, the quarantine and the outcomes of the ``store``, each read once from the first id to the last."""

    def __init__(self, store: Engine, source: Source) -> None:
        scored = {
            "lead_id": source.identifier_types["id"],
            **dict.fromkeys(("model_version", "rules_version"), Type.TEXT),
            "lead_updated_at": Type.TIME,
            "row_hash": Type.TEXT,
        }
        quarantined = {"run_id": Type.TEXT, "row_number": Type.INTEGER, **scored}
        self._scores = Ranges(_versions(store, "stored_scores", scored))
        self._quarantine = Ranges(_versions(store, "stored_quarantine", quarantined))
        self._outcomes = Ranges(all_outcomes(store, source))

    def upto(self, last: Any) -> Stored:
        """What there is of the next leads, to the id ``last``; of all that are left if it is None."""
        return Stored(self._scores.upto(last), self._quarantine.upto(last), self._outcomes.upto(last))


def _versions(store: Engine, name: str, types: Mapping[str, Type | None]) -> Iterator[pl.DataFrame]:
    return (store_times(frame, "lead_updated_at") for frame in read_ordered(store, name, types))
