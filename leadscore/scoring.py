"""One chunk of leads through the champion: validated, then scored with reasons."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from leadscore.explain.reasons import by_source, reasons
from leadscore.models.bundle import Bundle
from leadscore.models.shap import Explainer
from leadscore.reading.readings import Readings
from leadscore.store.source import Chunk
from leadscore.validate.batch import BatchCounts
from leadscore.validate.masks import failures, failures_json
from leadscore.validate.rules import Rules
from leadscore.validate.suite import Certifier


@dataclass(frozen=True)
class Checked:
    """A validated chunk: the good ``leads``, conformed, with their ``lives``; the rest, with its failures; counts."""

    leads: pl.DataFrame
    lives: pl.DataFrame
    quarantined: pl.DataFrame
    counts: BatchCounts


@dataclass(frozen=True)
class Model:
    """The champion, loaded and ready to score. ``rules`` are the bundle's, with what the settings overrule."""

    version: str
    bundle: Bundle
    rules: Rules
    threads: int

    @property
    def maturity_days(self) -> float | None:
        """The window that the model was trained with: a lead is open for it as it was in training."""
        return self.bundle.inputs.maturity_days

    @cached_property
    def certifier(self) -> Certifier:
        return Certifier(self.rules)

    @cached_property
    def explainer(self) -> Explainer:
        fit = self.bundle.shipped
        weights = [fit.calibration.slope * weight for weight in fit.ensemble.weights]
        return Explainer(fit.ensemble.members, weights, fit.features.names)


def check(model: Model, chunk: Chunk) -> Checked:
    """Part the good rows from the bad by the masks, and have Great Expectations certify the good ones."""
    schema = model.bundle.schema
    found = failures(chunk.raw, schema, model.rules)
    conformed = schema.conform(chunk.raw)
    told = failures_json(found)
    numbered = chunk.lives.with_row_index("row")
    quarantined = numbered.join(told, on="row", how="inner")
    sound = ~pl.int_range(chunk.raw.height).is_in(told["row"].implode())
    leads = conformed.filter(sound)
    model.certifier.certify(leads)
    counts = BatchCounts.of(conformed, found, model.rules)
    return Checked(leads, chunk.lives.filter(sound), quarantined.drop("row"), counts)


def score(model: Model, checked: Checked, past: pl.DataFrame, top: int) -> pl.DataFrame:
    """The rows of ``lead_scores`` for the good leads of a chunk, ``top`` reasons for and against each.

    ``past`` are the lives of known leads, of their accounts and others. Leads scored for the first time show their
    ``inputs``.
    """
    fit, readings = model.bundle.shipped, model.bundle.inputs.readings
    read = readings.read(checked.leads)
    theirs = past.join(checked.lives, on="account_id", how="semi")
    leads = model.bundle.inputs.frame(read, checked.lives, theirs)
    matrix = fit.features.transform(leads)
    probability = fit.calibration.apply(fit.ensemble.log_odds(matrix, threads=model.threads))
    points = fit.reference.score(probability)
    effects = by_source(model.explainer.contributions(matrix), fit.features.sources)
    shown = fit.features.display(leads)
    return checked.lives.select("lead_id", "account_id", "owner_id", "lead_updated_at", "row_hash").with_columns(
        probability=pl.Series(probability),
        raw_probability=pl.Series(probability),
        score=pl.Series(points),
        grade=pl.Series(np.asarray(fit.reference.grade(points), dtype=object), dtype=pl.String),
        will_convert=pl.Series(probability >= fit.cutoff.value),
        reasons=reasons(effects, shown.columns, shown, top),
        inputs=first_inputs(readings, checked.leads, read, checked.lives["first"]),
    )


def first_inputs(readings: Readings, leads: pl.DataFrame, read: pl.DataFrame, first: pl.Series) -> pl.Series:
    """The inputs of each lead that is scored for the ``first`` time as a JSON object; null for the others."""
    rows = first.arg_true()
    text = readings.inputs(leads[rows], read[rows]).select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return pl.repeat(None, len(first), dtype=pl.String, eager=True).scatter(rows, text)
