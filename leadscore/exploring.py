"""The leads of the source explored, and what is found told as one page. Nothing is locked and nothing written."""

import logging
from datetime import datetime

import polars as pl
from sqlalchemy import Engine

from leadscore.due import is_known, is_open, split_keys, still
from leadscore.errors import SourceError
from leadscore.explore.leads import Explored
from leadscore.explore.survey import survey
from leadscore.previewing import found_readings
from leadscore.report.explore import explore_page
from leadscore.report.html import html
from leadscore.schema import Schema, blank_missing
from leadscore.settings import Settings
from leadscore.store.engine import open_engine, require_database
from leadscore.store.relation import called
from leadscore.store.source import Source, fetch, open_source, scan_ranges
from leadscore.training.known import estimated_window, is_mature, require_readable
from leadscore.training.lessons import infer_schema

log = logging.getLogger(__name__)

MOST_LEADS = 60_000  # that are looked at by all their columns; of more, so many drawn at random
LIVES = ("lead_id", "account_id", "owner_id", "label", "created_at", "closed_at", "unreadable")


def explored_html(settings: Settings, now: datetime) -> str:
    """The leads of the source as they are ``now``, as an HTML page. Raises SourceError if there are none."""
    require_database(settings.source_url)
    engine = open_engine(settings.source_url, settings.database.timeouts)
    try:
        leads = read_leads(engine, settings, now)
    finally:
        engine.dispose()
    found = survey(leads, settings.training.seed)
    log.info("drawing the page")
    return html(explore_page(found, now))


def read_leads(engine: Engine, settings: Settings, now: datetime) -> Explored:
    """All leads by who they are, and at most 60,000 of them by all their columns.

    Raises SourceError if the settings name what is not there, LabelError if no label is one.
    """
    source = open_with_or_without_labels(engine, settings)
    scanned = pl.concat(each.select(LIVES) for each in scan_ranges(source, settings.scoring.chunk_rows))
    log.info("%s leads in the source", f"{scanned.height:,}")
    lives, _ = split_keys(scanned, source.leads.id)
    if lives.is_empty():
        require_readable(scanned, source.leads)
        raise SourceError(f"No lead of {called(source.leads)} has a key of its own.", "mend [leads] id.")
    window = settings.training.maturity_days or estimated_window(lives, now)
    lives = standing(lives, now, window)
    sampled, raw = drawn(source, lives, settings)
    schema = infer_schema(source, raw, settings)
    readings = found_readings(raw, schema, settings)
    return Explored(
        as_of=now,
        lives=lives,
        unsound=scanned.height - lives.height,
        sampled=sampled,
        raw=raw,
        read=readings.read(schema.conform(raw)),
        schema=schema,
        readings=readings,
        maturity_days=window,
        account=modelled(settings.leads.account, schema),
        owner=modelled(settings.leads.owner, schema),
        timezone=settings.leads.timezone,
        excluded=len(settings.leads.exclude),
    )


def open_with_or_without_labels(engine: Engine, settings: Settings) -> Source:
    """The source, whose leads need not have a column of labels to be looked at."""
    leads, written = settings.leads, list(settings.publish.into.values())
    unlabelled = open_source(engine, leads.model_copy(update={"label": ""}), written=written)
    return open_source(engine, leads, written=written) if leads.label in unlabelled.declared else unlabelled


def standing(lives: pl.DataFrame, now: datetime, window: float | None) -> pl.DataFrame:
    """The ``lives`` with the ``outcome`` of each lead, null where it may still change, and whether it is ``open``."""
    settled = is_known(now, window) & is_mature(now, window)
    return lives.with_columns(outcome=pl.when(settled).then("label"), open=is_open(now, window)).drop("unreadable")


def drawn(source: Source, lives: pl.DataFrame, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some leads: their ``lives`` and their columns, without those that tell of their lives; both by id."""
    ids = lives["lead_id"]
    some = ids.sample(min(MOST_LEADS, len(ids)), seed=settings.training.seed).sort()
    log.info("reading %s of them whole", f"{len(some):,}")
    found = fetch(source, some)
    kept = still(found.lives, pl.lit(True))
    raw = found.raw.filter(kept).select(list(source.features))
    words = [word.casefold() for word in settings.leads.missing]
    there = found.lives.filter(kept).select("lead_id").join(lives, on="lead_id", how="left", maintain_order="left")
    own = settings.leads.missing_in
    return there, raw.select(blank_missing(column, words, own.get(column.name, ())) for column in raw)


def modelled(name: str | None, schema: Schema) -> str | None:
    """The ``name`` of a column if there is one that can be learned from."""
    return name if name in {column.name for column in schema.modelled} else None
