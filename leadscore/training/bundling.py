"""What a training yields: the fits, and the bundle with the facts of the training as its card."""

import logging
from datetime import datetime

import polars as pl
from pydantic import JsonValue

from leadscore.due import newest
from leadscore.models.bundle import Bundle
from leadscore.models.recipe import Trained, train
from leadscore.settings import Settings
from leadscore.training.prepare import Known

log = logging.getLogger(__name__)


def fit(known: Known, settings: Settings) -> Trained:
    """Train both fits on the known leads."""
    return train(
        known.leads.leads,
        known.leads.converted,
        known.leads.account,
        known.split,
        known.shipped,
        known.inputs.columns,
        training=settings.training,
        limits=settings.features,
        threads=settings.compute.n_threads,
        progress=log.info,
    )


def bundle(known: Known, trained: Trained) -> Bundle:
    """All that scoring needs, with the facts of the training as its card."""
    base_rate = float(known.leads.converted[known.shipped].mean())  # copies count once here, too
    parts = (known.schema, known.rules, known.inputs, trained.shipped, trained.evaluation)
    return Bundle(*parts, base_rate, card(known, trained))


def card(known: Known, trained: Trained) -> dict[str, JsonValue]:
    """What the model was trained on and how it did on the holdout, as JSON. Figures are the evaluation fit's."""
    first, last = window(known.leads.lives)
    copies = known.copies
    ignored = [column.name for column in known.schema.columns if column not in known.schema.modelled]
    return {
        "leads": len(known.leads.converted),
        "conversions": int(known.leads.converted.sum()),
        "trained_on": {
            "leads": len(known.shipped),
            "conversions": int(known.leads.converted[known.shipped].sum()),
        },
        "set_aside": [list(each) for each in known.set_aside],
        "copies": {"exact": copies.n_copies, "of_both_outcomes": copies.n_conflicts} if copies else None,
        "snapshots": known.n_snapshots,
        "maturity_days": known.inputs.maturity_days,
        "from": first.isoformat() if first else None,
        "to": last.isoformat() if last else None,
        "ignored_columns": list(ignored),
        "findings": [each.model_dump(mode="json") for each in known.findings],
        "read_as": dict(known.inputs.readings.names),
        "correlated": [list(pair) for pair in trained.overlap.pairs],
        "variance_inflation": dict(trained.overlap.vif),
        "importance": dict(trained.importance),
        "left_out_by_selection": list(trained.left_out),
        "holdout": trained.measures.model_dump(mode="json"),
        "evaluation_cutoff": trained.evaluation.cutoff.model_dump(mode="json"),
        "shipped_cutoff": trained.shipped.cutoff.model_dump(mode="json"),
    }


def window(lives: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """When the first and the last of the leads came in."""
    first = lives["created_at"].min()
    return first if isinstance(first, datetime) else None, newest(lives)
