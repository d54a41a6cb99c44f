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
from leadscore.models.shap import Explainer
from leadscore.monitor.features import Scored
from leadscore.pipeline import News, Slice
from leadscore.reading.readings import Readings
from leadscore.spool import Spool
from leadscore.store import staging
from leadscore.store.outcomes import outcomes_of, past
from leadscore.store.registry import Champion
from leadscore.store.runs import Run
from leadscore.store.source import Chunk, fetch
from leadscore.validate.batch import BatchCounts
from leadscore.validate.masks import failures, failures_json
from leadscore.validate.rules import Rules
from leadscore.validate.suite import Certifier

TOLD_AT_ONCE = 10_000  # leads whose reasons and inputs are put into text


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
        return self.bundle.shipped.explainer()


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


def score(model: Model, checked: Checked, past: pl.DataFrame, top: int) -> tuple[Spool, Scored]:
    """The rows of ``lead_scores`` for the good leads of a chunk, ``top`` reasons for and against each; their features.

    ``past`` are the lives of known leads of their accounts. Leads scored for the first time show their ``inputs``.
    The rows are on disk, some by some: with the texts of all they take more memory than all else of a chunk.
    """
    fit, readings, first = model.bundle.shipped, model.bundle.inputs.readings, checked.lives["first"]
    read = readings.read(checked.leads)
    leads = model.bundle.inputs.frame(read, checked.lives, past)
    judged, effects, counted = judge(model, leads)
    identity = checked.lives.select("lead_id", "account_id", "owner_id", "lead_updated_at", "row_hash")
    rows = pl.concat([identity, judged], how="horizontal").with_columns(continent=continents(readings, read))
    shown, told = fit.features.display(leads), Spool()
    for start in range(0, rows.height, TOLD_AT_ONCE):
        some = slice(start, start + TOLD_AT_ONCE)
        told.add(
            rows[some].with_columns(
                reasons=reasons(effects[some], shown.columns, shown[some], top),
                inputs=first_inputs(readings, checked.leads[some], read[some], first[some]),
            )
        )
    return told, counted


def judge(model: Model, leads: pl.DataFrame) -> tuple[pl.DataFrame, Effects, Scored]:
    """What the model says of ``leads`` (n), why (the effects of n leads), and how often it met which values."""
    fit = model.bundle.shipped
    matrix = fit.features.transform(leads, order="F")  # it is explained by columns
    effects = model.explainer.contributions(matrix)
    probability = fit.calibration.apply(model.explainer.log_odds(effects))
    points = fit.reference.score(probability)
    judged = pl.DataFrame(
        {
            "probability": probability,
            "raw_probability": probability,
            "score": points,
            "grade": pl.Series(np.asarray(fit.reference.grade(points), dtype=object), dtype=pl.String),
            "will_convert": probability >= fit.cutoff.value,
        }
    )
    effects *= fit.calibration.slope
    return judged, effects, Scored(leads.height, model.bundle.profile.count(matrix))


def continents(readings: Readings, read: pl.DataFrame) -> pl.Series:
    """Where each of the leads, which were ``read``, is; null where that is not known, or no column says it."""
    column = readings.continent
    return read[column] if column else pl.repeat(None, read.height, dtype=pl.String, eager=True)


def first_inputs(readings: Readings, leads: pl.DataFrame, read: pl.DataFrame, first: pl.Series) -> pl.Series:
    """The inputs of each lead that is scored for the ``first`` time as a JSON object; null for the others."""
    rows = first.arg_true()
    shown = readings.inputs(leads[rows], read[rows])
    texts = shown.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return pl.repeat(None, len(first), dtype=pl.String, eager=True).scatter(rows, texts)
