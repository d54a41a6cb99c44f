"""From the known leads of the source to what a model learns from: judged for leaks, checked by rules, and read."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.inputs import Inputs, is_timed, tells_times
from leadscore.leaks.findings import Finding
from leadscore.models.split import Rows, Split, hashed
from leadscore.reading.readings import Readings
from leadscore.schema import Schema
from leadscore.settings import Settings
from leadscore.spool import Spool
from leadscore.store.source import Chunk, Source
from leadscore.training import guard as guarding
from leadscore.training.copies import Copies, once
from leadscore.training.enough import require_enough
from leadscore.training.known import Found
from leadscore.training.lessons import Lessons, Side, gather, require_modelled
from leadscore.validate.masks import failures
from leadscore.validate.rules import Rules, derive_rules

CREATED_AT = "leadscore.created_at"  # no column of a user's table
GAP_QUANTILE = 0.99  # of the time between one new lead and the next: what a quiet spell looks like


@dataclass(frozen=True)
class Held:
    """The leads of the holdout (h,) for any model to read: ``raw`` as the source holds them, with their ``lives``.

    ``inputs`` are those of their first scoring (JSON), null for a lead that is taken as it is now.
    """

    raw: pl.DataFrame
    lives: pl.DataFrame
    inputs: pl.Series


@dataclass(frozen=True)
class Known:
    """The leads to learn from: as the feature map reads them (`Inputs.frame`), and their lives; in ``order`` of time.
    Those of the holdout are ``held`` for the champion to read, too.

    ``split`` parts them by time; of exact copies only one is in ``split.train`` and in ``shipped``, the rows that the
    two fits are trained on. ``set_aside`` tells by rule and column how many known leads failed it and are left out,
    ``findings`` what the columns were found guilty of, and what was done, ``n_snapshots`` how many leads stand as they
    were first scored. ``filed_later`` are accounts whose leads are set aside. Where all this is a sample,
    ``partitions`` has the lives of all known leads.
    """

    leads: Side
    order: NDArray[Any] | None
    held: Held
    schema: Schema
    inputs: Inputs
    rules: Rules
    split: Split
    shipped: Rows
    copies: Copies | None
    set_aside: tuple[tuple[str, str, int], ...]
    findings: tuple[Finding, ...]
    n_snapshots: int
    filed_later: pl.Series
    partitions: Spool | None

    @property
    def seen(self) -> NDArray[np.uint64]:
        """Hashes, rising, of the ids of all leads before the holdout: those that the evaluation fit may know."""
        before = np.setdiff1d(np.arange(self.leads.leads.height), self.split.holdout)
        return np.sort(hashed(self.leads.lives["lead_id"][before].to_numpy()))

    def past(self, closed: pl.DataFrame, leads: pl.DataFrame) -> pl.DataFrame:
        """The lives of the ``closed`` leads; where these are a sample, and of all of the accounts of some ``leads``."""
        if self.partitions is None:
            return closed
        theirs = leads.select("account_id").drop_nulls().unique()
        found = (lives.join(theirs, on="account_id", how="semi").select(closed.columns) for lives in self.partitions)
        return pl.concat([closed, *found]).unique("lead_id")

    @property
    def left_out(self) -> list[Finding]:
        """Why columns are left out that could have been learned from."""
        modelled = {column.name for column in self.schema.modelled}
        return [each for each in self.findings if (each.leak or each.useless) and each.column not in modelled]


def prepare(
    source: Source,
    known: Chunk,
    open_leads: Chunk,
    snapshots: pl.DataFrame,
    found: Found,
    as_of: datetime,
    settings: Settings,
) -> Known:
    """Infer schema and readings, judge the columns, derive the rules, and set aside the rows that fail.

    Schema, readings and rules look at the inputs of all known leads, those of the holdout too, but at no outcome.
    Leaks are judged by the outcomes of the leads before the holdout.
    """
    lessons = gather(source, known, snapshots, found, as_of, settings)
    guarded = guarding.guard(lessons, Side(lessons.schema.conform(open_leads.raw), open_leads.lives), settings)
    schema = require_modelled(lessons.schema.without(guarded.left_out))
    rules = derived(lessons, schema, found.n_in_source, settings)
    filed = filed_anywhere(lessons, guarded.filed_later, open_leads, found, settings)
    aside = set_aside(lessons, schema, rules, filed)
    kept = np.setdiff1d(np.arange(lessons.raw.height), aside["row"].unique().to_numpy())
    leads = lessons.leads[kept]
    require_enough(leads.lives, settings.training, as_of, found.maturity_days)
    conformed = leads.leads.select(column.name for column in schema.modelled)
    inputs = learn_inputs(conformed, schema, leads.lives, found, settings)
    order = None if lessons.order is None else lessons.order[kept]
    rows = identifying(lessons.raw[kept], leads, settings)
    parts, shipped, copies = without_copies(rows, leads, lessons.split.among(kept, leads.converted), order)
    return Known(
        leads=Side(inputs.frame(inputs.readings.read(conformed), leads.lives, known.lives), leads.lives),
        order=order,
        held=hold(lessons.raw[kept[parts.holdout]], leads.lives[parts.holdout], snapshots, lessons.n_snapshots),
        schema=schema,
        inputs=inputs,
        rules=rules,
        split=parts,
        shipped=shipped,
        copies=copies,
        set_aside=tuple(aside.group_by("rule", "column").len().sort("len", "column", descending=[True, False]).rows()),
        findings=guarded.findings,
        n_snapshots=lessons.n_snapshots,
        filed_later=filed,
        partitions=found.partitions,
    )


def derived(lessons: Lessons, schema: Schema, n_in_source: int, settings: Settings) -> Rules:
    """What leads have to satisfy, by the inputs of those that are known."""
    gap = usual_gap_days(lessons.leads.lives)
    return derive_rules(schema, lessons.leads.leads, settings.validation, n_in_source=n_in_source, newest_gap_days=gap)


def filed_anywhere(
    lessons: Lessons, of_sample: pl.Series, open_leads: Chunk, found: Found, settings: Settings
) -> pl.Series:
    """The accounts that leads are filed under after their outcome: by all known leads, not by a sample alone."""
    if found.partitions is None or settings.leads.on_leak != "exclude":
        return of_sample
    held_from = lessons.leads.lives["created_at"][lessons.split.holdout].min()
    lives = pl.concat(found.partitions).filter((pl.col("created_at") < held_from).fill_null(True))
    nothing = pl.DataFrame()
    return guarding.filed_later(Side(nothing, lives), Side(nothing, open_leads.lives))


def set_aside(lessons: Lessons, schema: Schema, rules: Rules, filed_later: pl.Series) -> pl.DataFrame:
    """The rows that fail a rule, or are of an account that no open lead has and that only has one outcome."""
    failed = failures(lessons.raw, schema, rules).select("row", "rule", "column")
    filed = lessons.leads.lives["account_id"].is_in(filed_later.implode()).fill_null(False)
    rows = pl.Series("row", np.flatnonzero(filed.to_numpy()), dtype=pl.UInt32).to_frame()
    return pl.concat([failed, rows.with_columns(rule=pl.lit("one_label_account"), column=pl.lit("account"))])


def hold(raw: pl.DataFrame, lives: pl.DataFrame, snapshots: pl.DataFrame, n_snapshots: int) -> Held:
    """The leads of the holdout with the inputs of their first scoring, if the model learns from these."""
    used = snapshots if n_snapshots else snapshots.clear()
    inputs = lives.select("lead_id").join(used, on="lead_id", how="left", maintain_order="left")["inputs"]
    return Held(raw, lives, inputs)


def learn_inputs(
    conformed: pl.DataFrame, schema: Schema, lives: pl.DataFrame, found: Found, settings: Settings
) -> Inputs:
    """How the leads are read, and which histories they have."""
    modelled = [column.name for column in schema.modelled]
    account, owner = (name if name in modelled else None for name in (settings.leads.account, settings.leads.owner))
    readings = Readings.infer(
        conformed,
        schema,
        identifiers=[name for name in (account, owner) if name],
        read_as=settings.features.read_as,
        tables=Path(settings.features.tables) if settings.features.tables else None,
    )
    return Inputs(
        readings=readings,
        account=account,
        owner=owner,
        dated=tells_times(lives, found.maturity_days),
        in_order=bool(settings.leads.created_at or settings.leads.order),
        timed=is_timed(lives),
        maturity_days=found.maturity_days,
    )


def identifying(raw: pl.DataFrame, leads: Side, settings: Settings) -> pl.DataFrame | None:
    """What two rows must have in common to be the same lead entered twice: all columns but those of their lives.

    Columns that the model does not see, too, tell two leads apart. Without accounts it takes the same moment, and where
    a source has neither, None: nothing says that leads that look alike are the same.
    """
    rows = raw.drop(settings.leads.roles)
    if leads.account is not None:
        return rows
    created_at = leads.lives["created_at"]
    return None if created_at.is_null().all() else rows.with_columns(created_at.alias(CREATED_AT))


def without_copies(
    rows: pl.DataFrame | None, leads: Side, parts: Split, order: NDArray[Any] | None
) -> tuple[Split, Rows, Copies | None]:
    """The split, the rows of the shipped fit, and what was found: copies, which are equal in all of ``rows``, count
    once in each fit.
    """
    train, every = parts.train, np.arange(len(leads.converted))
    if rows is None:
        return parts, every, None
    if parts.kind != "latest":  # a twin of a lead that is judged would give its outcome away
        keys = rows.hash_rows().to_numpy()
        train = train[~np.isin(keys[train], keys[parts.holdout])]
    trained = once(rows[train], leads.converted[train], None if order is None else order[train])
    copies = once(rows, leads.converted, order)
    return Split(train[trained.rows], parts.holdout, parts.kind), copies.rows, copies


def usual_gap_days(lives: pl.DataFrame) -> float | None:
    """Days that hardly any lead is apart from the next; None without creation times."""
    times = lives["created_at"].drop_nulls().sort()
    gap = times.diff().dt.total_seconds().quantile(GAP_QUANTILE)
    return None if gap is None else gap / 86_400
