"""One lead, and how often leads like it convert by the model that scored it."""

import logging

from sqlalchemy import Engine

from leadscore.errors import BundleDamaged, StoreError
from leadscore.features.shown import ShownRates
from leadscore.models.bundle import load_shown
from leadscore.store.lead import Lead, look_up
from leadscore.store.published import opened
from leadscore.store.registry import model

log = logging.getLogger(__name__)


def explained(url: str, typed: str) -> tuple[Lead, ShownRates | None]:
    """The lead that a person ``typed``, and the rates of its model; None where it has no score or no such model."""
    with opened(url) as store:
        lead = look_up(store, typed)
        return lead, rates_of(store, lead.present.model_version) if lead.present else None


def rates_of(store: Engine, version: str) -> ShownRates | None:
    """How often the leads that a model learned from converted; None, and a word, where its bundle cannot be read."""
    try:
        kept = model(store, version)
        return load_shown(kept.uri, kept.sha256)
    except (BundleDamaged, StoreError) as error:
        log.warning("How often leads like this one convert cannot be told: %s", error.message)
        return None
