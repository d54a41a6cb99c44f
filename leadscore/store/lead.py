"""All that the store knows of one lead."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine

from leadscore.errors import StoreError
from leadscore.schema import Type
from leadscore.store.engine import reading
from leadscore.store.frames import store_times
from leadscore.store.published import identifier
from leadscore.store.queries import select

SCORE: dict[str, Type | None] = {
    "score": Type.INTEGER,
    "grade": Type.TEXT,
    "probability": Type.FLOAT,
    "model_version": Type.TEXT,
    "scored_at": Type.TIME,
    "reasons": Type.TEXT,
    "base_rate": Type.FLOAT,
}
PRESENT: dict[str, Type | None] = {
    "account_id": None,
    "owner_id": None,
    "continent": Type.TEXT,
    "will_convert": Type.BOOLEAN,
    "cutoff": Type.FLOAT,
}
OUTCOME = {"label": Type.INTEGER, "closed_at": Type.TIME, "seen_at": Type.TIME}
OVERRIDE = {"grade": Type.TEXT, "note": Type.TEXT, "by": Type.TEXT, "expires_at": Type.TIME}


@dataclass(frozen=True)
class Reason:
    """Why a score is what it is: the ``value`` that a ``feature`` shows, and its effect in log-odds."""

    feature: str
    value: str
    effect: float


@dataclass(frozen=True)
class Score:
    """What a run said of a lead. ``base_rate`` is the one that the run assumed, where that is kept."""

    score: int
    grade: str
    probability: float
    model_version: str
    scored_at: datetime
    reasons: tuple[Reason, ...]
    base_rate: float | None


@dataclass(frozen=True)
class Change(Score):
    """A published change of a score."""

    cause: str


@dataclass(frozen=True)
class Present(Score):
    """The score that an open lead has now: whose it is, where, and whether it is expected to convert."""

    account_id: int | str | None
    owner_id: int | str | None
    continent: str | None
    will_convert: bool
    cutoff: float | None


@dataclass(frozen=True)
class Outcome:
    """What became of a lead: ``label`` 1 for a conversion. ``closed_at`` is None where the source does not say."""

    label: int
    closed_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True)
class Override:
    """A person's grade. ``expires_at`` is None where it holds for good."""

    grade: str
    note: str | None
    by: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Failure:
    """A rule that a lead fails: of which column, by what masked value."""

    rule: str
    column: str
    value: str | None


@dataclass(frozen=True)
class Lead:
    """One lead. ``history`` is in order of time; an open lead that is scored has a ``present`` score."""

    lead_id: int | str
    present: Present | None
    history: tuple[Change, ...]
    outcome: Outcome | None
    failures: tuple[Failure, ...]
    override: Override | None


def look_up(store: Engine, typed: str) -> Lead:
    """All that is known of the lead that a person ``typed``. Raises StoreError where nothing is."""
    with reading(store) as connection:
        lead_id = identifier(connection, "lead_id", typed)
        rows = partial(_rows, connection, lead_id)
        found = Lead(
            lead_id=lead_id,
            present=next((Present(**_told(row)) for row in rows("lead_present", PRESENT | SCORE)), None),
            history=tuple(
                Change(cause=row.pop("change_cause"), **_told(row))
                for row in rows("lead_history", SCORE | {"change_cause": Type.TEXT})
            ),
            outcome=next((Outcome(**row) for row in rows("lead_outcome", OUTCOME)), None),
            failures=tuple(
                Failure(**failure)
                for row in rows("lead_failures", {"failures": Type.TEXT})
                for failure in json.loads(row["failures"])
            ),
            override=next((Override(**row) for row in rows("lead_override", OVERRIDE)), None),
        )
    if not (found.present or found.history or found.outcome or found.failures):
        raise StoreError(
            f"No run has met a lead {typed}.",
            "check the id; `leadscore score` scores the leads that have come in since the last run.",
        )
    return found


def _rows(
    connection: Connection, lead_id: int | str, name: str, types: Mapping[str, Type | None]
) -> list[dict[str, Any]]:
    found = select(connection, name, types, lead_id=lead_id)
    return store_times(found, *(column for column, type_ in types.items() if type_ is Type.TIME)).to_dicts()


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its reasons, for and against, as such."""
    sides = json.loads(row["reasons"])
    reasons = tuple(Reason(**each) for side in ("for", "against") for each in sides.get(side, ()))
    return row | {"reasons": reasons}
