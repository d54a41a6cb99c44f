"""From the known leads of the source to a bundle: what is learned, from which leads, and how it is told."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import JsonValue

from leadscore.due import is_known, newest, split_keys
from leadscore.errors import LabelError, NotEnoughLeads, SourceError
from leadscore.models.bundle import Bundle
from leadscore.models.recipe import Trained, train
from leadscore.schema import Schema
from leadscore.sections import Leads
from leadscore.settings import Settings
from leadscore.store.source import Chunk, Source
from leadscore.validate.masks import failures
from leadscore.validate.rules import Rules, derive_rules

log = logging.getLogger(__name__)

MAX_UNREADABLE = 0.01  # share of the leads: above it the column holds something else than times
GAP_QUANTILE = 0.99  # of the time between one new lead and the next: what a quiet spell looks like


@dataclass(frozen=True)
class History:
    """The leads to learn from, a row each: conformed ``leads``, their ``lives``, and the order they came in.

    ``set_aside`` tells by rule and column how many known leads failed it and are left out.
    """

    leads: pl.DataFrame
    lives: pl.DataFrame
    order: NDArray[Any] | None
    schema: Schema
    rules: Rules
    set_aside: tuple[tuple[str, str, int], ...]

    @property
    def converted(self) -> NDArray[np.int64]:
        return self.lives["label"].to_numpy().astype(np.int64)

    @property
    def account(self) -> NDArray[Any] | None:
        account = self.lives["account_id"]
        return None if account.is_null().all() else account.cast(pl.String).to_numpy()


def find_known(scan: pl.DataFrame, leads: Leads, as_of: datetime, maturity_days: float | None) -> pl.DataFrame:
    """The leads of a scan whose outcome was known at ``as_of``.

    Raises LabelError for a label that is none, SourceError for a column of times that holds something else, and
    NotEnoughLeads if all leads have the same outcome.
    """
    _require_readable(scan, leads)
    sound, _ = split_keys(scan, leads.id)
    known = sound.filter(is_known(as_of, maturity_days))
    if known["label"].n_unique() < 2:
        raise NotEnoughLeads(
            f"All {known.height:,} leads with a known outcome have the same {leads.label}.",
            "both outcomes are needed: check [leads] label, or wait until some leads converted and some did not.",
        )
    return known


def _require_readable(scan: pl.DataFrame, leads: Leads) -> None:
    for name, n in scan["unreadable"].drop_nulls().value_counts().iter_rows():
        told = f"{n:,} of {scan.height:,} leads have a {name} that is"
        if name == leads.label:
            raise LabelError(
                f"{told} neither 0/1, true/false nor yes/no.",
                "name the outcome column in [leads] label, or list such texts in [leads] missing.",
            )
        if n > MAX_UNREADABLE * scan.height:
            raise SourceError(
                f"{told} no time.",
                "name a column of times in [leads] (text in ISO 8601), or turn it into one in a [leads] query.",
            )


def prepare(source: Source, known: Chunk, n_in_source: int, settings: Settings) -> History:
    """Infer the schema, derive the rules, and set aside the rows that fail them.

    Both look at the inputs of all known leads, those of the holdout too, but at no outcome.
    """
    leads = settings.leads
    schema = Schema.infer(
        known.raw,
        source.features,
        categories=[name for name in (leads.account, leads.owner) if name and name in source.features],
        kinds=leads.kinds,
        missing=leads.missing,
    )
    if not schema.modelled:
        raise SourceError(
            f"None of {len(schema.columns)} columns can be learned from: they are empty, constant, unique or excluded.",
            "check [leads] exclude and kinds, or add columns that describe the lead.",
        )
    conformed = schema.conform(known.raw)
    gap = usual_gap_days(known.lives)
    rules = derive_rules(schema, conformed, settings.validation, n_in_source=n_in_source, newest_gap_days=gap)
    found = failures(known.raw, schema, rules)
    bad = found["row"].unique()
    kept = pl.Series(np.setdiff1d(np.arange(known.raw.height), bad.to_numpy()))
    order = known.raw[leads.order] if leads.order else known.lives["created_at"]
    return History(
        leads=conformed[kept],
        lives=known.lives[kept],
        order=None if order[kept].is_null().all() else order[kept].to_numpy(),
        schema=schema,
        rules=rules,
        set_aside=tuple(found.group_by("rule", "column").len().sort("len", "column", descending=[True, False]).rows()),
    )


def usual_gap_days(lives: pl.DataFrame) -> float | None:
    """Days that hardly any lead is apart from the next; None without creation times."""
    times = lives["created_at"].drop_nulls().sort()
    gap = times.diff().dt.total_seconds().quantile(GAP_QUANTILE)
    return None if gap is None else gap / 86_400


def fit(history: History, settings: Settings) -> Trained:
    """Train both fits on the history."""
    return train(
        history.leads,
        history.converted,
        history.account,
        history.order,
        history.schema,
        training=settings.training,
        threads=settings.compute.n_threads,
        progress=log.info,
    )


def bundle(history: History, trained: Trained) -> Bundle:
    """All that scoring needs, with the facts of the training as its card."""
    base_rate = float(history.converted.mean())
    return Bundle(history.schema, history.rules, trained.shipped, trained.evaluation, base_rate, card(history, trained))


def card(history: History, trained: Trained) -> dict[str, JsonValue]:
    """What the model was trained on and how it did on the holdout, as JSON. Figures are the evaluation fit's."""
    first, last = window(history.lives)
    ignored = [column.name for column in history.schema.columns if column not in history.schema.modelled]
    return {
        "leads": history.leads.height,
        "conversions": int(history.converted.sum()),
        "set_aside": [list(each) for each in history.set_aside],
        "from": first.isoformat() if first else None,
        "to": last.isoformat() if last else None,
        "ignored_columns": list(ignored),
        "holdout": trained.measures.model_dump(mode="json"),
        "evaluation_cutoff": trained.evaluation.cutoff.model_dump(mode="json"),
        "shipped_cutoff": trained.shipped.cutoff.model_dump(mode="json"),
    }


def window(lives: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """When the first and the last of the leads came in."""
    first = lives["created_at"].min()
    return first if isinstance(first, datetime) else None, newest(lives)
