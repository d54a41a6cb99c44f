"""The known leads that are old enough to learn from, parted by time before anything looks at their outcomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.errors import SourceError
from leadscore.models.split import Rows, Split, split
from leadscore.schema import Schema
from leadscore.sections import Leads
from leadscore.settings import Settings
from leadscore.store.source import Chunk, Source
from leadscore.training.enough import require_enough
from leadscore.training.known import Found, is_mature
from leadscore.training.snapshots import as_first_scored


@dataclass(frozen=True)
class Side:
    """Some ``leads``, a row each, and their ``lives``."""

    leads: pl.DataFrame
    lives: pl.DataFrame

    @property
    def converted(self) -> NDArray[np.int64]:
        """The outcomes (n,), 1 or 0."""
        return self.lives["label"].to_numpy().astype(np.int64)

    @property
    def account(self) -> NDArray[Any] | None:
        """The accounts (n,), if the source tells any."""
        account = self.lives["account_id"]
        return None if account.is_null().all() else account.cast(pl.String).to_numpy()

    def __getitem__(self, rows: Rows) -> "Side":
        return Side(self.leads[rows], self.lives[rows])


@dataclass(frozen=True)
class Lessons:
    """All leads to learn from, ``raw`` as the source holds them, in ``order`` of time, and how they are parted.

    ``n_snapshots`` of ``leads`` stand as they were when they were first scored.
    """

    raw: pl.DataFrame
    leads: Side
    schema: Schema
    order: NDArray[Any] | None
    split: Split
    n_snapshots: int

    @property
    def trained(self) -> Side:
        """The leads before the holdout: the only ones whose outcomes may decide on anything."""
        return self.leads[self.split.train]


def gather(
    source: Source, known: Chunk, snapshots: pl.DataFrame, found: Found, as_of: datetime, settings: Settings
) -> Lessons:
    """The mature ones of the ``known`` leads, as they were first scored where enough ``snapshots`` tell.

    Raises NotEnoughLeads below ``training.min_leads`` leads or ``training.min_conversions`` conversions.
    """
    mature = known.lives.select(is_mature(as_of, found.maturity_days)).to_series()
    raw, lives = known.raw.filter(mature), known.lives.filter(mature)
    schema = require_modelled(infer_schema(source, raw, settings))
    conformed, n_snapshots = as_first_scored(schema.conform(raw), lives, snapshots, settings.training)
    leads = Side(conformed, as_held(lives, conformed, settings.leads) if n_snapshots else lives)
    require_enough(leads.lives, settings.training, as_of, found.maturity_days)
    order = in_order(raw, lives, settings)
    training = settings.training
    ids = lives["lead_id"].to_numpy()
    parts = split(ids, order, leads.account, leads.converted, share=training.holdout_share, seed=training.seed)
    return Lessons(raw, leads, schema, order, parts, n_snapshots)


def infer_schema(source: Source, raw: pl.DataFrame, settings: Settings) -> Schema:
    """The columns that may become features, and their kinds."""
    leads = settings.leads
    return Schema.infer(
        raw,
        source.features,
        categories=[name for name in (leads.account, leads.owner) if name and name in source.features],
        kinds=leads.kinds,
        missing=leads.missing,
        missing_in=leads.missing_in,
        timezone=leads.timezone,
    )


def require_modelled(schema: Schema) -> Schema:
    """The same schema. Raises SourceError if none of its columns can be learned from."""
    if not schema.modelled:
        raise SourceError(
            f"None of {len(schema.columns)} columns can be learned from: they are empty, constant, unique or excluded.",
            "check [leads] exclude and kinds, or add columns that describe the lead.",
        )
    return schema


def as_held(lives: pl.DataFrame, conformed: pl.DataFrame, leads: Leads) -> pl.DataFrame:
    """``lives`` with the accounts and sellers that ``conformed`` says: those that leads had when first scored."""
    roles = {"account_id": leads.account, "owner_id": leads.owner}
    return lives.with_columns(
        conformed[name].cast(lives.schema[role], strict=False).alias(role)
        for role, name in roles.items()
        if name in conformed.columns
    )


def in_order(raw: pl.DataFrame, lives: pl.DataFrame, settings: Settings) -> NDArray[Any] | None:
    """The times or numbers (n,) that the leads came in by, None where the source tells none."""
    order = raw[settings.leads.order] if settings.leads.order else lives["created_at"]
    return None if order.is_null().all() else order.to_numpy()
