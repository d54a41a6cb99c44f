"""What a retrain and a run would find among the leads, looked at in advance: nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from leadscore.due import is_open, split_keys
from leadscore.errors import LeadScoreError, NotEnoughLeads
from leadscore.leaks.findings import Finding
from leadscore.leaks.judge import judge
from leadscore.models.split import split
from leadscore.reading.readings import Readings
from leadscore.schema import Schema
from leadscore.settings import Settings
from leadscore.store.source import Source, fetch, scan
from leadscore.training.enough import require_enough
from leadscore.training.known import Found, find_known, is_mature
from leadscore.training.lessons import Side, in_order, infer_schema

READ_BY = 10_000  # leads by which it is found how a column is read
MOST_JUDGED = 20_000  # known leads, drawn at random, by which columns are judged


@dataclass(frozen=True)
class Preview:
    """``n`` leads: ``n_open`` open, ``n_known`` to learn from, ``n_converted`` of these; ``n_bad`` have no sound key.

    ``maturity_days`` is the window of a source that tells no lost leads. ``problem`` would stop a retrain.
    """

    n: int
    n_bad: int
    n_open: int
    n_known: int
    n_converted: int
    maturity_days: float | None
    problem: LeadScoreError | None
    found: Found | None

    @property
    def verdict(self) -> str:
        """Whether a model can be learned, and whether there is anything to score."""
        if self.problem:
            return f"{self.problem.message} {self.problem.hint.capitalize()}"
        idle = "; no lead is open, so there is nothing to score (--as-of: at a moment in the past)"
        return "enough to learn from" + ("" if self.n_open else idle)

    def __str__(self) -> str:
        window = self.n_open and self.maturity_days
        young = f", those younger than {window:.0f} days among them" if window else ""
        bad = f", {self.n_bad:,} without a sound id, label or time" if self.n_bad else ""
        return (
            f"{self.n:,}: {self.n_known:,} with a known outcome, {self.n_converted:,} of them converted, "
            f"{self.n_open:,} open{young}{bad}"
        )


def preview(source: Source, settings: Settings, as_of: datetime) -> Preview:
    """How many leads are known and open, and whether they are enough to learn from."""
    leads, training = settings.leads, settings.training
    lives = scan(source, settings.scoring.chunk_rows)
    sound, bad = split_keys(lives, leads.id)
    found, problem = None, None
    try:
        found = find_known(lives, leads, as_of, training.maturity_days, training.seed)
    except LeadScoreError as error:
        problem = error
    window = found.maturity_days if found else training.maturity_days
    known = sound.filter(pl.col("lead_id").is_in(found.known.implode()) if found else pl.col("label").is_not_null())
    known = known.filter(is_mature(as_of, window))
    if found:
        try:
            require_enough(known, training, as_of, window)
        except NotEnoughLeads as error:
            problem = error
    n_open = sound.filter(is_open(as_of, window)).height
    n_converted = int(known["label"].sum())
    return Preview(lives.height, bad.height, n_open, known.height, n_converted, window, problem, found)


@dataclass(frozen=True)
class Judged:
    """The kinds of the columns, what each column of text is read as, and what the leak guard says of them."""

    schema: Schema
    read_as: Mapping[str, str]
    findings: Sequence[Finding]


def judged(source: Source, settings: Settings, found: Found) -> Judged:
    """What a retrain would make of the columns, by fewer leads."""
    leads, seed = settings.leads, settings.training.seed
    n = min(MOST_JUDGED, len(found.known))
    known = fetch(source, found.known.sample(n, seed=seed).sort())
    still_open = fetch(source, found.open.head(MOST_JUDGED))
    schema = infer_schema(source, known.raw, settings)
    every = Side(schema.conform(known.raw), known.lives)
    parts = split(
        known.lives["lead_id"].to_numpy(),
        in_order(known.raw, known.lives, settings),
        every.account,
        every.converted,
        share=settings.training.holdout_share,
        seed=seed,
    )
    closed = every[parts.train]
    findings = judge(
        closed.leads,
        closed.converted,
        identifiers=[name for name in (leads.account, leads.owner) if name],
        dates=schema.dates,
        texts=schema.texts,
        account=closed.lives["account_id"].alias(leads.account or "account"),
        created_at=closed.lives["created_at"],
        closed_at=closed.lives["closed_at"],
        open_leads=schema.conform(still_open.raw),
        open_created_at=still_open.lives["created_at"],
        seed=seed,
    )
    readings = found_readings(known.raw, schema, settings)
    return Judged(schema, readings.names, findings)


def found_readings(raw: pl.DataFrame, schema: Schema, settings: Settings) -> Readings:
    """How the columns are read, found as training finds it, by fewer leads."""
    some = raw.sample(min(READ_BY, raw.height), seed=settings.training.seed)
    names = (settings.leads.account, settings.leads.owner)
    return Readings.infer(
        schema.conform(some),
        schema,
        identifiers=[name for name in names if name],
        read_as=settings.features.read_as,
        tables=Path(settings.features.tables) if settings.features.tables else None,
    )
