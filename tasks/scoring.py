"""The steps of the score flow."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from leadscore.due import Pipeline, compare, is_open, split_keys, still
from leadscore.job import Job, utc_now
from leadscore.models.bundle import load
from leadscore.report.words import Summary, night
from leadscore.scoring import Checked, Model, check, score
from leadscore.store import publish as store
from leadscore.store.registry import champion
from leadscore.store.runs import Run, begin_run, closing_on_error
from leadscore.store.source import Chunk, fetch, scan
from leadscore.validate.batch import BatchCounts, check_batch
from leadscore.validate.rules import override
from tasks.policy import database_step, step

log = logging.getLogger("leadscore.score")


@database_step
def load_champion(job: Job) -> Model:
    """The champion's bundle, verified, its schema held against the source."""
    entry = champion(job.store)
    bundle = load(entry.uri, entry.sha256)
    bundle.schema.check(job.source.features)
    for name in bundle.schema.extra(job.source.features):
        log.info("column %s came after training: ignored", name)
    rules = override(bundle.rules, job.settings.validation)
    log.info("model %s, rules %s", entry.version, rules.version)
    return Model(entry.version, bundle, rules, job.settings.compute.n_threads)


@contextmanager
def entered(job: Job, model: Model, full: bool) -> Iterator[Run]:
    """The run in the ledger, closed as refused or failed if it does not get to its end."""
    job.migrate()
    run = begin_run(
        job.store,
        as_of=job.as_of,
        full=full,
        model_version=model.version,
        rules_version=model.rules.version,
        now=utc_now(),
    )
    with closing_on_error(job.store, run):
        yield run


@database_step
def find_due(job: Job, run: Run) -> Pipeline:
    """Scan the source and compare it with the store; rows without a sound key are staged for quarantine."""
    leads, settings = job.settings.leads, job.settings
    sound, bad_keys = split_keys(scan(job.source, settings.scoring.chunk_rows), leads.id)
    pipeline = compare(
        sound,
        bad_keys,
        store.read_stored(job.store, job.source),
        as_of=run.as_of,
        maturity_days=settings.training.maturity_days,
        model_version=run.model_version,
        rules_version=run.rules_version,
        full=run.full,
    )
    store.stage_quarantine(job.store, run, pipeline.bad_keys)
    log.info("%d leads, %d open, %d due", pipeline.n_in_source, pipeline.n_open, pipeline.due.height)
    return pipeline


def chunks(job: Job, pipeline: Pipeline) -> Iterator[pl.DataFrame]:
    """The due leads, so many at a time."""
    return pipeline.due.iter_slices(job.settings.scoring.chunk_rows)


@database_step
def pull(job: Job, run: Run, due: pl.DataFrame) -> Chunk:
    """Read a chunk of due leads whole; those that changed since the scan wait for the next night."""
    chunk = fetch(job.source, due["lead_id"])
    kept = still(chunk.lives, is_open(run.as_of, job.settings.training.maturity_days))
    numbers = due.select("lead_id", "row_number")
    lives = chunk.lives.filter(kept).join(numbers, on="lead_id", how="left", maintain_order="left")
    return Chunk(chunk.raw.filter(kept), lives)


@step
def validate(model: Model, chunk: Chunk) -> Checked:
    """Part the good leads from the bad."""
    return check(model, chunk)


@step
def predict(job: Job, model: Model, checked: Checked) -> pl.DataFrame:
    """Score the good leads, with reasons."""
    return score(model, checked, job.settings.scoring.reasons)


@database_step
def stage(job: Job, run: Run, scores: pl.DataFrame, quarantined: pl.DataFrame) -> None:
    """Keep what is to be published."""
    store.stage(job.store, run, scores, quarantined)
    log.info("%d leads scored, %d quarantined", scores.height, quarantined.height)


@step
def judge_batch(job: Job, model: Model, pipeline: Pipeline, counts: list[BatchCounts]) -> None:
    """Refuse the whole batch if a rule on it fails."""
    age = (job.as_of - pipeline.newest).total_seconds() / 86_400 if pipeline.newest else None
    check_batch(
        model.rules,
        job.settings.validation,
        sum(counts, BatchCounts()),
        n_in_source=pipeline.n_in_source,
        n_bad_keys=pipeline.bad_keys.height,
        newest_age_days=age,
    )


@database_step
def publish(job: Job, model: Model, run: Run, pipeline: Pipeline, counts: list[BatchCounts]) -> Summary:
    """Make the staged scores the present ones, and say what was done."""
    n_read = sum(counts, BatchCounts()).n_leads
    done = store.publish(
        job.store,
        run,
        pipeline,
        n_pulled=n_read + pipeline.bad_keys.height,
        n_missed=pipeline.due.height - n_read,
        base_rate=model.bundle.base_rate,
        now=utc_now(),
    )
    return night(run, pipeline, done, store.quarantine_by_rule(job.store))
