"""The leads table as it stood at moments of the past, as far as its rows of today tell."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Literal, NamedTuple

import polars as pl

from leadscore.due import is_known, split_keys, still
from leadscore.errors import ConfigError
from leadscore.job import Every
from leadscore.models.bundle import Bundle, load
from leadscore.schema import Schema
from leadscore.settings import Settings
from leadscore.store.engine import open_engine
from leadscore.store.published import opened
from leadscore.store.registry import champion
from leadscore.store.snapshots import matured
from leadscore.store.source import Chunk, Source, fetch, open_source, scan
from leadscore.training.known import estimated_window, is_mature, tells_open
from leadscore.training.prepare import Held

STEPS: dict[Every, str] = {"month": "1mo", "week": "1w"}  # weeks start on Monday
RIPE = 0.8  # share of leads with an outcome, of the highest such share, below which mostly the quick have one


class Span(NamedTuple):
    """From one origin to the next, which is no part of it."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class History:
    """All leads that say when they came in, ``raw`` as the source holds them ``now``, with their ``lives``.

    ``source`` has no columns but those of the ``champion``, the bundle of model ``version``. ``snapshots`` are the
    inputs of leads at their first scoring. ``unsettled`` is the label of a lead without an outcome; ``maturity_days``
    the window by which outcomes are judged now.
    """

    now: datetime
    settings: Settings
    source: Source
    version: str
    champion: Bundle
    raw: pl.DataFrame
    lives: pl.DataFrame
    snapshots: pl.DataFrame
    unsettled: Literal[0] | None
    maturity_days: float | None

    def at(self, moment: datetime) -> pl.DataFrame:
        """The lives of the leads that had come in before ``moment``, as they stood then."""
        return stood(self.lives, moment, self.unsettled).filter(pl.col("created_at") < moment)

    def chunk(self, lives: pl.DataFrame) -> Chunk:
        """Some leads whole, with these ``lives``."""
        rows = self.lives.select("lead_id").with_row_index("row").join(lives, on="lead_id", maintain_order="left")
        return Chunk(self.raw[rows["row"]], rows.drop("row"))

    def came(self, span: Span) -> Held:
        """The leads that came in then, with their outcomes as they are known now."""
        lives = stood(self.lives, self.now, self.unsettled)
        there = self.chunk(lives.filter(pl.col("created_at").is_between(*span, closed="left")))
        inputs = there.lives.join(self.snapshots, on="lead_id", how="left", maintain_order="left")["inputs"]
        return Held(there.raw, there.lives, inputs)

    def settled(self, lives: pl.DataFrame) -> pl.Series:
        """Which leads (n,) have an outcome now that neither waiting nor luck in waiting will change."""
        known = is_known(self.now, self.maturity_days) & is_mature(self.now, self.maturity_days)
        return lives.select(known.alias("settled")).to_series()

    def spans(self, every: Every) -> list[Span]:
        """All whole months or weeks (UTC) since the first lead came in."""
        first = self.lives["created_at"].min()
        if not isinstance(first, datetime):
            return []
        start = pl.Series([first]).dt.truncate(STEPS[every]).item()
        starts = pl.datetime_range(start, self.now, STEPS[every], eager=True).to_list()
        return [Span(*pair) for pair in pairwise(starts) if pair[0] > first]

    def ripe(self, spans: list[Span]) -> list[Span]:
        """Those of which nearly as large a share of the leads has an outcome as in any."""
        settled = self.lives.with_columns(settled=self.settled(stood(self.lives, self.now, self.unsettled)))
        came = [settled.filter(pl.col("created_at").is_between(*span, closed="left"))["settled"] for span in spans]
        shares = [float(each.sum()) / max(len(each), 1) for each in came]
        return [span for span, share in zip(spans, shares, strict=True) if share and share >= RIPE * max(shares)]


def read_history(settings: Settings, now: datetime) -> History:
    """Read the leads and the champion; nothing is locked and nothing written.

    Raises ConfigError where the settings name no time when leads came in, and NoChampion before the first promotion.
    """
    if not settings.leads.created_at:
        raise ConfigError(
            "A backtest needs to know when the leads came in.", "name the column of that time as leads.created_at."
        )
    with opened(settings.database.url) as store:
        model = champion(store)
        bundle = load(model.uri, model.sha256)
        source, leads = read_leads(settings, bundle.schema, now)
        snapshots = matured(store, leads.lives["lead_id"])
    return History(
        now=now,
        settings=settings,
        source=narrowed(source, bundle.schema),
        version=model.version,
        champion=bundle,
        raw=leads.raw,
        lives=leads.lives,
        snapshots=snapshots,
        unsettled=None if tells_open(leads.lives) else 0,
        maturity_days=settings.training.maturity_days or estimated_window(leads.lives, now),
    )


def read_leads(settings: Settings, schema: Schema, now: datetime) -> tuple[Source, Chunk]:
    """The source, which must have the columns of the ``schema``, and its leads that came in until ``now``."""
    engine = open_engine(settings.source_url, settings.database.timeouts)
    try:
        source = open_source(engine, settings.leads, written=list(settings.publish.into.values()))
        schema.check(source.features)
        sound, _ = split_keys(scan(source, settings.scoring.chunk_rows), settings.leads.id)
        found = fetch(source, sound.filter(pl.col("created_at") <= now)["lead_id"])
    finally:
        engine.dispose()
    kept = still(found.lives, pl.lit(True))
    return source, Chunk(found.raw.filter(kept), found.lives.filter(kept))


def narrowed(source: Source, schema: Schema) -> Source:
    """The ``source`` without features that the model of the ``schema`` does not use."""
    modelled = [column.name for column in schema.modelled]
    unused = [name for name in source.features if name not in modelled]
    leads = source.leads.model_copy(update={"exclude": (*source.leads.exclude, *unused)})
    return replace(source, leads=leads)


def stood(lives: pl.DataFrame, moment: datetime, unsettled: Literal[0] | None) -> pl.DataFrame:
    """The ``lives`` as they were at ``moment``: what closed later was not closed, and labelled ``unsettled``."""
    later = pl.col("closed_at") > moment
    return lives.with_columns(
        label=pl.when(later).then(pl.lit(unsettled, pl.Int8)).otherwise("label"),
        closed_at=pl.when(~later).then("closed_at"),
    )
