"""A person's word on which model scores: promotion by hand, and the way back.

Neither waits for a run to end: a run in progress publishes what it began, and the next one scores all leads anew.
"""

from datetime import datetime

from leadscore.models.bundle import load
from leadscore.store.engine import shown
from leadscore.store.published import opened
from leadscore.store.registry import champion, champion_before, model, promote, roll_back
from leadscore.store.told import ToldModel, told_model


def promote_by_hand(url: str, version: str, by: str, now: datetime) -> None:
    """Make a model of the store at ``url`` the champion, whatever the gate said of it.

    Raises StoreError if there is no such model or it is the champion, BundleDamaged if its bundle cannot be loaded.
    """
    with opened(url) as store:
        chosen = model(store, version)
        load(chosen.uri, chosen.sha256)
        promote(store, version, by, now)


def roll_back_by_hand(url: str, by: str, now: datetime) -> tuple[str, str]:
    """Make the model that scored before the champion again; the versions of both, the one that steps down first.

    Raises NoChampion or StoreError if there is none, BundleDamaged if its bundle cannot be loaded.
    """
    with opened(url) as store:
        present, before = champion(store), champion_before(store)
        load(before.uri, before.sha256)
        roll_back(store, before, by, now)
    return present.version, before.version


def told(url: str, version: str) -> tuple[str, ToldModel]:
    """The store at ``url`` as it is called where people read, and a model of it."""
    with opened(url) as store:
        return shown(store), told_model(store, version)[0]
