"""One chunk of leads through the champion: read, validated, scored with reasons, and staged."""

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from leadscore.due import OUTCOME, is_open, still, was_open
from leadscore.explain.reasons import Effects, reasons
from leadscore.job import Job
from leadscore.models.bundle import Bundle
from leadscore.models.recipe import Fit
from leadscore.models.shap import Explainer
from leadscore.monitor.features import Scored
from leadscore.pipeline import News, Slice
from leadscore.reading.readings import Readings
from leadscore.store import staging
from leadscore.store.outcomes import outcomes_of, past
from leadscore.store.registry import Champion
from leadscore.store.runs import Run
from leadscore.store.source import Chunk, fetch
from leadscore.validate.batch import BatchCounts
from leadscore.validate.masks import failures, failures_json
from leadscore.validate.rules import Rules
from leadscore.validate.suite import Certifier

TOLD_AT_ONCE = 10_000  # leads whose reasons, or inputs, are put into text


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

    kept: Champion
    bundle: Bundle
    rules: Rules
    threads: int

    @property
    def version(self) -> str:
        return self.kept.version

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
        return Explainer(fit.ensemble.members, weights, fit.features.sources)


def stage_scored(job: Job, model: Model, run: Run, due: Slice, news: News | None) -> None:
    """Read a chunk of due leads, score the good ones with reasons, and keep all to be published.

    ``news`` are tonight's outcomes of their accounts, None where the model does not ask for history.
    """
    checked = check(model, pull(job, model, run, due))  # the raw chunk is let go
    scores, scored = score(model, checked, recall(job, due, news), job.settings.scoring.reasons)
    counts = json.dumps({"batch": vars(checked.counts), "scored": vars(scored)})
    staging.stage(job.store, run, due, staging.Staged(scores, checked.quarantined, counts))


def pull(job: Job, model: Model, run: Run, due: Slice) -> Chunk:
    """Read a chunk of due leads whole; those that changed since the scan wait for the next night."""
    stands = was_open if run.scope == "backfill" else is_open
    chunk = fetch(job.source, due.leads["lead_id"])
    kept = still(chunk.lives, stands(run.as_of, model.maturity_days))
    numbers = due.leads.select("lead_id", "row_number", "first")
    lives = chunk.lives.filter(kept).join(numbers, on="lead_id", how="left", maintain_order="left")
    return Chunk(chunk.raw.filter(kept), lives)


def recall(job: Job, due: Slice, news: News | None) -> pl.DataFrame:
    """What became of earlier leads of the accounts, as far as is known tonight."""
    if news is None:
        return due.leads.select(OUTCOME).clear()
    return past(outcomes_of(job.store, job.source, due.leads["account_id"]), news)


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


def score(model: Model, checked: Checked, past: pl.DataFrame, top: int) -> tuple[pl.DataFrame, Scored]:
    """The rows of ``lead_scores`` for the good leads of a chunk, ``top`` reasons for and against each; their features.

    ``past`` are the lives of known leads of their accounts. Leads scored for the first time show their
    ``inputs``.
    """
    fit, readings = model.bundle.shipped, model.bundle.inputs.readings
    read = readings.read(checked.leads)
    leads = model.bundle.inputs.frame(read, checked.lives, past)
    matrix = fit.features.transform(leads)
    probability = fit.calibration.apply(fit.ensemble.log_odds(matrix, threads=model.threads))
    points = fit.reference.score(probability)
    effects = model.explainer.contributions(matrix)
    rows = checked.lives.select("lead_id", "account_id", "owner_id", "lead_updated_at", "row_hash").with_columns(
        probability=pl.Series(probability),
        raw_probability=pl.Series(probability),
        score=pl.Series(points),
        grade=pl.Series(np.asarray(fit.reference.grade(points), dtype=object), dtype=pl.String),
        will_convert=pl.Series(probability >= fit.cutoff.value),
        reasons=told_reasons(fit, leads, effects, top),
        continent=continents(readings, read),
        inputs=first_inputs(readings, checked.leads, read, checked.lives["first"]),
    )
    return rows, Scored(rows.height, model.bundle.profile.count(matrix))


def told_reasons(fit: Fit, leads: pl.DataFrame, effects: Effects, top: int) -> pl.Series:
    """The `reasons` of the ``leads``, some at a time: of all at once they take more memory than all else of a chunk."""
    found = [pl.Series(dtype=pl.String)]
    for start in range(0, leads.height, TOLD_AT_ONCE):
        shown = fit.features.display(leads[start : start + TOLD_AT_ONCE])
        found.append(reasons(effects[start : start + TOLD_AT_ONCE], shown.columns, shown, top))
    return pl.concat(found)


def continents(readings: Readings, read: pl.DataFrame) -> pl.Series:
    """Where each of the leads, which were ``read``, is; null where that is not known, or no column says it."""
    column = readings.continent
    return read[column] if column else pl.repeat(None, read.height, dtype=pl.String, eager=True)


def first_inputs(readings: Readings, leads: pl.DataFrame, read: pl.DataFrame, first: pl.Series) -> pl.Series:
    """The inputs of each lead that is scored for the ``first`` time as a JSON object; null for the others."""
    rows, texts = first.arg_true(), [pl.Series(dtype=pl.String)]
    for some in rows.to_frame().iter_slices(TOLD_AT_ONCE):
        shown = readings.inputs(leads[some.to_series()], read[some.to_series()])
        texts.append(shown.select(pl.struct(pl.all()).struct.json_encode()).to_series())
    return pl.repeat(None, len(first), dtype=pl.String, eager=True).scatter(rows, pl.concat(texts))
