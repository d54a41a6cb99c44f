"""The trained models and which of them is the champion."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine

from leadscore.errors import NoChampion
from leadscore.store.engine import reading, writing
from leadscore.store.migrate import revision
from leadscore.store.queries import execute

Status = Literal["candidate", "champion", "retired", "rejected"]


@dataclass(frozen=True)
class Entry:
    """One row of ``models``. ``metrics`` is JSON, ``reason`` says in words why the status is what it is."""

    version: str
    status: Status
    trained_at: datetime
    as_of: datetime
    n_leads: int
    window_start: datetime | None
    window_end: datetime | None
    metrics: str
    cutoff: float
    artifact_uri: str
    artifact_sha256: str
    reason: str


@dataclass(frozen=True)
class Champion:
    """Where the bundle of the model that scores is, and what it must hash to."""

    version: str
    uri: str
    sha256: str


def register(store: Engine, entry: Entry) -> Entry:
    """Enter a model and, if it is the champion, retire the one before: one transaction.

    Returns the entry as it stands: a model that is there already keeps its status unless it is promoted now.
    """
    promoted = entry.status == "champion"
    values = {**vars(entry), "status": "candidate" if promoted else entry.status}
    with writing(store) as connection:
        execute(connection, "register_model", **values)
        if promoted:
            execute(connection, "retire_champion", version=entry.version)
            execute(connection, "promote_model", version=entry.version, promoted_at=entry.trained_at)
        return replace(entry, status=execute(connection, "model_status", version=entry.version).scalar_one())


def champion(store: Engine) -> Champion:
    """The model that scores. Raises NoChampion before the first promotion."""
    row = None
    if revision(store):
        with reading(store) as connection:
            row = execute(connection, "champion").first()
    if row is None:
        raise NoChampion("There is no champion to score with.", "run `leadscore retrain` first.")
    return Champion(row.version, row.artifact_uri, row.artifact_sha256)
