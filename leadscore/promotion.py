"""A person's word on which model scores: promotion by hand, and the way back.

Neither waits for a run to end: a run in progress publishes what it began, and the next one scores all leads anew.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from leadscore.errors import BundleDamaged
from leadscore.models.bundle import load
from leadscore.report.shown import plural
from leadscore.store.engine import shown
from leadscore.store.published import opened
from leadscore.store.registry import Champion, champion, champions_before, model, promote, roll_back
from leadscore.store.told import ToldModel, told_model

log = logging.getLogger(__name__)


def promote_by_hand(url: str, version: str, by: str, now: datetime) -> None:
    """Make a model of the store at ``url`` the champion, whatever the gate said of it.

    Raises StoreError if there is no such model or it is the champion, BundleDamaged if its bundle cannot be loaded.
    """
    with opened(url) as store:
        chosen = model(store, version)
        load(chosen.uri, chosen.sha256)
        promote(store, version, by, now)


def roll_back_by_hand(url: str, by: str, now: datetime) -> tuple[str, str]:
    """Make the newest model that scored before the champion, and is intact, score again.

    The versions of both, the one that steps down first. Raises NoChampion or StoreError if there is none, BundleDamaged
    if none can be loaded.
    """
    with opened(url) as store:
        present, before = champion(store), newest_intact(champions_before(store))
        roll_back(store, before, by, now)
    return present.version, before.version


def newest_intact(candidates: Sequence[Champion]) -> Champion:
    """The first of them whose bundle can be loaded. Raises BundleDamaged where none can."""
    damaged = []
    for each in candidates:
        try:
            load(each.uri, each.sha256)
            return each
        except BundleDamaged as error:
            log.warning("Model %s is passed over: %s", each.version, error.message)
            damaged.append(each.version)
    raise BundleDamaged(
        f"Of {plural(len(damaged), 'champion')} before, none is intact: {', '.join(damaged)}.",
        "restore a file from a backup, or run `leadscore retrain` for a new model.",
    )


def told(url: str, version: str) -> tuple[str, ToldModel]:
    """The store at ``url`` as it is called where people read, and a model of it."""
    with opened(url) as store:
        return shown(store), told_model(store, version)[0]
