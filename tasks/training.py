"""The steps of the retrain flow."""

import json
import logging
from collections import Counter
from dataclasses import dataclass

import polars as pl

from leadscore import training
from leadscore.due import is_known, still
from leadscore.job import Job, Promote, utc_now
from leadscore.models.bundle import save
from leadscore.models.gate import Verdict, judge
from leadscore.models.recipe import Trained
from leadscore.report import words
from leadscore.store.registry import Entry, Status, register
from leadscore.store.source import Chunk, fetch, scan
from leadscore.training import History
from tasks.policy import database_step, step

log = logging.getLogger("leadscore.retrain")


@dataclass(frozen=True)
class Found:
    """The ids of the leads with a known outcome, rising, and how many leads there are in all."""

    ids: pl.Series
    n_in_source: int


@database_step
def find_known(job: Job) -> Found:
    """Scan the source for the leads whose outcome was known as of the job's moment."""
    settings = job.settings
    everybody = scan(job.source, settings.scoring.chunk_rows)
    known = training.find_known(everybody, settings.leads, job.as_of, settings.training.maturity_days)
    log.info("%d leads, %d with a known outcome", everybody.height, known.height)
    return Found(known["lead_id"].sort(), everybody.height)


@database_step
def pull(job: Job, found: Found) -> Chunk:
    """Read the known leads whole; those that changed since the scan are left out."""
    chunk = fetch(job.source, found.ids)
    kept = still(chunk.lives, is_known(job.as_of, job.settings.training.maturity_days))
    return Chunk(chunk.raw.filter(kept), chunk.lives.filter(kept))


@step
def prepare(job: Job, known: Chunk, found: Found) -> History:
    """Schema and rules, and the leads that satisfy them."""
    history = training.prepare(job.source, known, found.n_in_source, job.settings)
    kinds = Counter(column.kind for column in history.schema.columns)
    log.info("columns by kind: %s", ", ".join(f"{n} {kind}" for kind, n in kinds.items()))
    for rule, column, n in history.set_aside:
        log.info("%d leads set aside by %s of %s", n, rule, column)
    return history


@step
def fit(job: Job, history: History) -> Trained:
    """The evaluation fit, its figures on the holdout, and the shipped fit."""
    return training.fit(history, job.settings)


@step
def judge_model(job: Job, trained: Trained) -> Verdict:
    """Whether the model has shown its worth."""
    return judge(
        trained.holdout_converted, trained.holdout_probability, trained.train_base_rate, job.settings.training.seed
    )


@database_step
def register_model(job: Job, history: History, trained: Trained, verdict: Verdict, promote: Promote) -> words.Summary:
    """Save the bundle, enter it in ``models`` and, if it may, make it the champion."""
    bundle = training.bundle(history, trained)
    artifact = save(bundle, job.settings.models.dir)
    first, last = training.window(history.lives)
    entry = Entry(
        version=artifact.version,
        status=_status(verdict, promote),
        trained_at=utc_now(),
        as_of=job.as_of,
        n_leads=history.leads.height,
        window_start=first,
        window_end=last,
        metrics=json.dumps(bundle.card),
        cutoff=trained.shipped.cutoff.value,
        artifact_uri=artifact.uri,
        artifact_sha256=artifact.sha256,
        reason=_reason(verdict, promote),
    )
    job.migrate()
    entered = register(job.store, entry)
    log.info("model %s: %s", entered.version, entered.status)
    return words.training(history, trained, entered)


def _status(verdict: Verdict, promote: Promote) -> Status:
    if promote == "never":
        return "candidate"
    return "champion" if verdict.promote or promote == "always" else "rejected"


def _reason(verdict: Verdict, promote: Promote) -> str:
    by_hand = {"auto": "", "never": "Kept back by hand. ", "always": "Promoted by hand. "}
    return by_hand[promote] + verdict.reason
