"""The steps of the retrain flow."""

import json
import logging
from collections import Counter
from typing import Literal

from leadscore import training
from leadscore.job import Job, utc_now
from leadscore.models.bundle import save
from leadscore.models.gate import Verdict, judge
from leadscore.models.recipe import Trained
from leadscore.report import words
from leadscore.store.registry import Entry, Status, register
from leadscore.store.source import describe, fetch, scan
from leadscore.training import History, Known
from tasks.policy import database_step, step

log = logging.getLogger("leadscore.retrain")

Promote = Literal["auto", "never", "always"]


@database_step
def pull_known(job: Job) -> Known:
    """The leads whose outcome was known as of the job's moment."""
    settings = job.settings
    found = scan(job.source, settings.scoring.chunk_rows)
    known = training.find_known(found, settings.leads, job.as_of, settings.training.maturity_days)
    raw = fetch(job.source, known["lead_id"])
    log.info("%d leads, %d with a known outcome", found.height, raw.height)
    return Known(raw, describe(job.source, raw), found.height)


@step
def prepare(job: Job, known: Known) -> History:
    """Schema and rules, and the leads that satisfy them."""
    history = training.prepare(job.source, known, job.settings)
    kinds = Counter(column.kind for column in history.schema.columns)
    log.info("columns by kind: %s", ", ".join(f"{n} {kind}" for kind, n in kinds.items()))
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
    artifact = save(bundle, job.settings.models.dir, job.as_of)
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
        reason=verdict.reason,
    )
    job.migrate()
    register(job.store, entry)
    log.info("model %s: %s", entry.version, entry.status)
    return words.training(history, trained, verdict, entry)


def _status(verdict: Verdict, promote: Promote) -> Status:
    if promote == "never":
        return "candidate"
    return "champion" if verdict.promote or promote == "always" else "rejected"
