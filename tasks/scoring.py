"""The steps of the score flow."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from leadscore.due import Pipeline, Slice, compare, cut, is_open, look_back, split_keys, still, was_open
from leadscore.job import Job, utc_now
from leadscore.models.bundle import load
from leadscore.models.prior_shift import Prior
from leadscore.report.words import Summary, night
from leadscore.scoring import Checked, Model, check, score
from leadscore.store import outbox, staging
from leadscore.store import publish as store
from leadscore.store.outcomes import outcomes_of, past
from leadscore.store.registry import champion
from leadscore.store.runs import Run, begin_run, closing_on_error, overruled
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
    run = enter(job, model, full)
    with closing_on_error(job.store, run):
        yield run


@database_step
def enter(job: Job, model: Model, full: bool) -> Run:
    """Bring the store to the present revision, and enter the run."""
    job.migrate()
    return begin_run(
        job.store,
        as_of=job.as_of,
        full=full,
        model_version=model.version,
        rules_version=model.rules.version,
        now=utc_now(),
    )


@database_step
def find_due(job: Job, model: Model, run: Run) -> Pipeline:
    """Scan the source and compare it with the store."""
    sound, bad_keys = split_keys(scan(job.source, job.settings.scoring.chunk_rows), job.settings.leads.id)
    if run.scope == "backfill":
        pipeline = look_back(sound, bad_keys, as_of=run.as_of, maturity_days=model.maturity_days)
    else:
        pipeline = compare(
            sound,
            bad_keys,
            store.read_stored(job.store, job.source),
            as_of=run.as_of,
            maturity_days=model.maturity_days,
            model_version=run.model_version,
            rules_version=run.rules_version,
            full=run.scope == "full",
            history=bool(model.bundle.inputs.pasts),
        )
    log.info("%d leads, %d open, %d due", pipeline.n_in_source, pipeline.n_open, pipeline.due.height)
    return pipeline


@database_step
def unstaged(job: Job, run: Run, pipeline: Pipeline) -> list[Slice]:
    """The due leads, so many at a time, but for those that an interrupted attempt has staged.

    Rows without a sound key need no scoring: they are staged for quarantine here.
    """
    rows = job.settings.scoring.chunk_rows
    basis = (run.model_version, run.rules_version, job.settings.scoring.reasons, job.settings.leads)
    keyless = list(cut(pipeline.bad_keys, rows, *basis))
    due = list(cut(pipeline.due, rows, *basis))
    staged = staging.keep_staged(job.store, run, keyless + due)
    for each in keyless:
        staging.stage(job.store, run, each, staging.Staged(None, each.leads, "{}"))
    left = [each for each in due if each.chunk not in staged]
    if len(left) < len(due):
        log.info("%d of %d chunks are staged already: going on from there", len(due) - len(left), len(due))
    return left


@database_step
def pull(job: Job, model: Model, run: Run, due: Slice) -> Chunk:
    """Read a chunk of due leads whole; those that changed since the scan wait for the next night."""
    stands = was_open if run.scope == "backfill" else is_open
    chunk = fetch(job.source, due.leads["lead_id"])
    kept = still(chunk.lives, stands(run.as_of, model.maturity_days))
    numbers = due.leads.select("lead_id", "row_number", "first")
    lives = chunk.lives.filter(kept).join(numbers, on="lead_id", how="left", maintain_order="left")
    return Chunk(chunk.raw.filter(kept), lives)


@step
def validate(model: Model, chunk: Chunk) -> Checked:
    """Part the good leads from the bad."""
    return check(model, chunk)


@database_step
def recall(job: Job, model: Model, pipeline: Pipeline) -> pl.DataFrame:
    """What became of earlier leads of tonight's accounts, as far as is known tonight, if the model asks for it."""
    if not model.bundle.inputs.pasts:
        return pipeline.outcomes.clear()
    accounts = pipeline.due["account_id"]
    return past(outcomes_of(job.store, job.source, accounts), pipeline, accounts)


@step
def predict(job: Job, model: Model, checked: Checked, earlier: pl.DataFrame) -> pl.DataFrame:
    """Score the good leads, with reasons."""
    return score(model, checked, earlier, job.settings.scoring.reasons)


@database_step
def stage(job: Job, run: Run, due: Slice, checked: Checked, scores: pl.DataFrame) -> None:
    """Keep what is to be published."""
    counts = json.dumps(vars(checked.counts))
    staging.stage(job.store, run, due, staging.Staged(scores, checked.quarantined, counts))
    log.info("%d leads scored, %d quarantined", scores.height, checked.quarantined.height)


@database_step
def judge_batch(job: Job, model: Model, run: Run, pipeline: Pipeline) -> None:
    """Refuse the whole batch if a limit on it is passed, unless a person accepted that."""
    counts = sum((BatchCounts(**json.loads(each)) for each in staging.staged_counts(job.store)), BatchCounts())
    with overruled(run):
        check_batch(
            model.rules,
            job.settings.validation,
            counts,
            n_in_source=pipeline.n_in_source,
            n_bad_keys=pipeline.bad_keys.height,
            newest_age_days=(job.as_of - pipeline.newest).total_seconds() / 86_400 if pipeline.newest else None,
        )


@database_step
def publish(job: Job, model: Model, run: Run, pipeline: Pipeline) -> Summary:
    """Make the staged scores the present ones, and say what was done."""
    fit, cutoff = model.bundle.shipped, job.settings.cutoff
    done = store.publish(
        job.store,
        run,
        pipeline,
        prior=Prior(model.bundle.base_rate, fit.curve, fit.cutoff, cutoff.shift, cutoff.max_shift),
        max_mean_shift=job.settings.publish.max_mean_shift,
        back=job.write_back,
        now=utc_now(),
    )
    return night(run, pipeline, done, store.quarantine_by_rule(job.store))


@database_step
def write_back(job: Job, run: Run) -> None:
    """Bring the user's own leads table in line with the scores, where it is in another database."""
    if job.write_back and job.write_back.target and run.scope != "backfill":
        outbox.drain_elsewhere(job.store, job.write_back.target, run, job.write_back, utc_now())
