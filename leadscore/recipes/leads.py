"""The leads that recipes are compared on, prepared and parted as by a retrain of now; nothing is locked or written."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Engine

from leadscore.due import is_known, is_open
from leadscore.errors import BundleDamaged, NoChampion, StoreError
from leadscore.models.bundle import load
from leadscore.models.recipe import Recipe
from leadscore.settings import Settings
from leadscore.store.engine import open_engine, require_database
from leadscore.store.published import up_to_date
from leadscore.store.registry import champion
from leadscore.store.snapshots import matured
from leadscore.store.source import Source, fetch, open_source, scan
from leadscore.training.known import find_known, unchanged
from leadscore.training.prepare import Known, prepare

SAMPLE = 20_000  # leads that are held against the codebook


@dataclass(frozen=True)
class Champion:
    """What the champion's retrain decided."""

    version: str
    recipe: Recipe


def read_known(settings: Settings, now: datetime) -> Known:
    """The leads whose outcome is known, with the holdout of a retrain at this moment."""
    training, chunk_rows = settings.training, settings.scoring.chunk_rows
    with opened_source(settings) as source:
        found = find_known(scan(source, chunk_rows), settings.leads, now, training.maturity_days, training.seed)
        known = unchanged(source, found.known, is_known(now, found.maturity_days))
        waiting = unchanged(source, found.open, is_open(now, found.maturity_days))
    return prepare(source, known, waiting, snapshots(settings, found.known), found, now, settings)


def read_champion(settings: Settings) -> Champion | None:
    """The champion; None where no model has been promoted, or its file cannot be read."""
    try:
        with up_to_date(settings.database.url) as store:
            model = champion(store)
            return Champion(model.version, load(model.uri, model.sha256).recipe)
    except (StoreError, NoChampion, BundleDamaged):
        return None


def snapshots(settings: Settings, known: pl.Series) -> pl.DataFrame:
    """The known leads as they were first scored, as far as the store tells; none where there is no store."""
    try:
        with up_to_date(settings.database.url) as store:
            return matured(store, known)
    except StoreError:
        return pl.DataFrame(schema={"lead_id": known.dtype, "inputs": pl.String})


def sample(settings: Settings) -> pl.DataFrame:
    """Some leads as the source holds them."""
    with opened_source(settings) as source:
        ids = scan(source, settings.scoring.chunk_rows)["lead_id"].drop_nulls().unique().sort()
        return fetch(source, ids.tail(SAMPLE)).raw


@contextmanager
def opened_source(settings: Settings) -> Iterator[Source]:
    require_database(settings.source_url)
    engine: Engine = open_engine(settings.source_url, settings.database.timeouts)
    try:
        yield open_source(engine, settings.leads, written=list(settings.publish.into.values()))
    finally:
        engine.dispose()
