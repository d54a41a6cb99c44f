"""The trained models, which of them is the champion, and which were before it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine

from leadscore.errors import NoChampion, StoreError, meant
from leadscore.schema import Type
from leadscore.store.engine import reading, writing
from leadscore.store.frames import store_times
from leadscore.store.migrate import revision
from leadscore.store.queries import execute, select

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
    """Where the bundle of a model that scores is, what it must hash to, and the moment it was trained for."""

    version: str
    uri: str
    sha256: str
    as_of: datetime


def register(store: Engine, entry: Entry) -> Entry:
    """Enter a model and, if it is the champion, retire the one before: one transaction.

    Returns the entry as it stands: a model that is there already keeps its status unless it is promoted now.
    """
    promoted = entry.status == "champion"
    values = {**vars(entry), "status": "candidate" if promoted else entry.status}
    with writing(store, snapshot=True) as connection:
        execute(connection, "register_model", **values)
        if promoted:
            _crown(connection, entry.version, entry.reason, entry.trained_at)
        return replace(entry, status=execute(connection, "model_status", version=entry.version).scalar_one())


def champion(store: Engine) -> Champion:
    """The model that scores. Raises NoChampion before the first promotion."""
    found = _one(store, "champion") if revision(store) else None
    if found is None:
        raise NoChampion(
            "There is no champion to score with.",
            "run `leadscore retrain`; if it rejected its model, `leadscore models` says why, and `leadscore promote"
            " VERSION` takes it all the same.",
        )
    return found


def model(store: Engine, version: str) -> Champion:
    """Any model as if it were the champion. Raises StoreError if there is none of this ``version``."""
    found = _one(store, "model", version=version)
    if found is None:
        with reading(store) as connection:
            known = [row.version for row in execute(connection, "model_list")]
        raise StoreError(f"There is no model {version}.", meant(version, known))
    return found


def champions_before(store: Engine) -> list[Champion]:
    """The models that scored before the present champion, the latest first. Raises StoreError if there was none."""
    found = _all(store, "champions_before")
    if not found:
        raise StoreError(
            "There was no champion before the present one.",
            "`leadscore promote VERSION` takes any of `leadscore models`.",
        )
    return found


def champion_of(store: Engine, as_of: datetime) -> Champion | None:
    """The newest champion of a moment before ``as_of``: the same for a retrain that was killed and starts again."""
    return _one(store, "champion_of", as_of=as_of) if revision(store) else None


def promote(store: Engine, version: str, by: str, now: datetime) -> None:
    """Make a model the champion in the name of a person, whatever its status: one transaction.

    Raises StoreError if it is the champion already.
    """
    with writing(store, snapshot=True) as connection:
        stands = execute(connection, "model_status", version=version).one()
        if stands.status == "champion":
            raise StoreError(f"Model {version} is the champion already.", "`leadscore models` lists the others.")
        _crown(connection, version, f"Promoted by {by} on {now:%Y-%m-%d}. {stands.reason}", now)


def roll_back(store: Engine, before: Champion, by: str, now: datetime) -> None:
    """Make the champion ``before`` the champion again in the name of a person: one transaction.

    The one that steps down, and those in between, leave the line of champions, so that to roll back again goes further
    back.
    """
    told = f"by {by} on {now:%Y-%m-%d}. "
    with writing(store, snapshot=True) as connection:
        execute(connection, "leave_line", version=before.version, words=f"Rolled back {told}")
        execute(connection, "restore_champion", version=before.version, words=f"Champion again, rolled back to {told}")


def _crown(connection: Connection, version: str, reason: str, now: datetime) -> None:
    execute(connection, "retire_champion", version=version)
    execute(connection, "promote_model", version=version, promoted_at=now, reason=reason)


def _one(store: Engine, query: str, **values: str | datetime) -> Champion | None:
    return next(iter(_all(store, query, **values)), None)


def _all(store: Engine, query: str, **values: str | datetime) -> list[Champion]:
    types = dict.fromkeys(("version", "uri", "sha256"), Type.TEXT) | {"as_of": Type.TIME}
    with reading(store) as connection:
        found = store_times(select(connection, query, types, **values), "as_of").to_dicts()
    return [Champion(**each) for each in found]
