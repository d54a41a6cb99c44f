"""The steps of the score flow."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from leadscore.cluster.ordered import Order, Parcel, stage_ordered
from leadscore.errors import AuditFailed, BatchRefused, LeadScoreError
from leadscore.job import Job, utc_now
from leadscore.models.bundle import load_to_score
from leadscore.models.prior_shift import Prior
from leadscore.monitor.night import Watch
from leadscore.pipeline import News, Pipeline, Slice, Slices, cut, gather
from leadscore.report import markdown
from leadscore.report.words import Summary, night
from leadscore.reporting import keep_report
from leadscore.scanning import compared
from leadscore.scoring import Model, stage_scored
from leadscore.spool import Spool
from leadscore.standing import none_new
from leadscore.store import outbox, staging
from leadscore.store import publish as store
from leadscore.store.engine import shown
from leadscore.store.monitoring import breaches
from leadscore.store.registry import champion
from leadscore.store.retention import Pruned, Pruning
from leadscore.store.runs import Run, begin_run, closing_on_error, newest_lead, overruled
from leadscore.store.told import ToldNight
from leadscore.validate.batch import BatchCounts, check_batch
from leadscore.validate.rules import override
from tasks import events, keeping
from tasks.lateness import by_schedule
from tasks.policy import database_step, results, step
from tasks.workers import Team, team
from tasks.working import Progress

log = logging.getLogger("leadscore.score")


@database_step
def load_champion(job: Job) -> Model:
    """The champion's bundle, verified, its schema held against the source."""
    entry = champion(job.store)
    bundle = load_to_score(entry.uri, entry.sha256)
    bundle.schema.check(job.source.features)
    for name in bundle.schema.extra(job.source.features):
        log.info("column %s came after training: ignored", name)
    rules = override(bundle.rules, job.settings.validation)
    log.info("model %s, rules %s", entry.version, rules.version)
    return Model(entry, bundle, rules)


@contextmanager
def entered(job: Job, model: Model, full: bool) -> Iterator[Run]:
    """The run in the ledger, closed as refused or failed if it does not get to its end; a refusal is told."""
    run = enter(job, model, full, by_schedule())
    try:
        with closing_on_error(job.store, run):
            yield run
    except (BatchRefused, AuditFailed) as error:
        events.run_refused(shown(job.store), run, error.message)
        raise


@database_step
def enter(job: Job, model: Model, full: bool, by_schedule: bool) -> Run:
    """Bring the store to the present revision, and enter the run."""
    job.migrate()
    return begin_run(
        job.store,
        as_of=job.as_of,
        full=full,
        model_version=model.version,
        rules_version=model.rules.version,
        now=utc_now(),
        by_schedule=by_schedule,
    )


@database_step
def find_due(job: Job, model: Model, run: Run) -> Pipeline:
    """Scan the source and compare it with the store, range by range of ids."""
    ranges = compared(job, run, model.maturity_days)
    pipeline = gather(ranges, maturity_days=model.maturity_days, history=bool(model.bundle.inputs.pasts))
    log.info("%d leads, %d open, %d due", pipeline.n_in_source, pipeline.n_open, pipeline.due.height)
    return pipeline


@database_step
def unstaged(job: Job, run: Run, pipeline: Pipeline) -> Slices:
    """The due leads, so many at a time, but for those that an interrupted attempt has staged.

    Rows without a sound key need no scoring: they are staged for quarantine here.
    """
    rows = job.settings.scoring.chunk_rows
    basis = (run.model_version, run.rules_version, job.settings.scoring.reasons, job.settings.leads)
    keyless = Slices.of(cut([pipeline.bad_keys], rows, *basis))
    due = Slices.of(cut(pipeline.due, rows, *basis))
    staged = staging.keep_staged(job.store, run, keyless.sizes | due.sizes)
    for each in keyless:
        staging.stage(job.store, run, each, staging.Staged(Spool(), each.leads, "{}"))
    left = due.without(staged)
    if len(left) < len(due):
        log.info("%d of %d chunks are staged already: going on from there", len(due) - len(left), len(due))
    return left


def score_chunks(job: Job, model: Model, run: Run, pipeline: Pipeline, left: Slices) -> None:
    """Score and stage what is ``left``, by as many at once as the settings give (see `tasks.workers`)."""
    n_leads, done = sum(left.sizes.values()), 0
    news = pipeline.news if model.bundle.inputs.pasts else None
    progress = Progress("score-progress", f"{n_leads:,} leads to score", n_leads) if left else None
    with team(job.settings.compute, len(left)) as workers:
        work = work_of(job, model, run, workers)
        submitted = (
            workers.submit(work(due, news and news.of(due.leads["account_id"])), due.leads.height) for due in left
        )
        for n in results(submitted, workers.ahead):
            done += n
            log.info("%d of %d leads are through", done, n_leads)
            if progress:
                progress.at(done)


def work_of(job: Job, model: Model, run: Run, workers: Team) -> Callable[[Slice, News | None], Callable[[], None]]:
    """What the workers are to do with a chunk, and with the news of its accounts.

    Others than this process open the databases and the model themselves, and are told no more than they need.
    """
    if workers.alone:
        return lambda due, news: partial(stage_scored, job, model, run, due, news)
    order = Order(job.settings, job.as_of, model.kept, model.rules)
    return lambda due, news: partial(stage_ordered, order, run, Parcel.of(due, news))


@database_step
def judge_batch(job: Job, model: Model, run: Run, pipeline: Pipeline) -> None:
    """Refuse the whole batch if a limit on it is passed, unless a person accepted that."""
    told = [json.loads(each) for each in staging.staged_counts(job.store)]
    counts = sum((BatchCounts(**each["batch"]) for each in told if each), BatchCounts())
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
def publish(job: Job, model: Model, run: Run, pipeline: Pipeline) -> tuple[Summary, ToldNight | None]:
    """Make the staged scores the present ones, and say what was done, and what there is to report."""
    bundle, fit, cutoff = model.bundle, model.bundle.shipped, job.settings.cutoff
    done = store.publish(
        job.store,
        run,
        pipeline,
        prior=Prior(bundle.base_rate, fit.curve, fit.cutoff, cutoff.shift, cutoff.max_shift),
        max_mean_shift=job.settings.publish.max_mean_shift,
        back=job.write_back,
        now=utc_now(),
        watch=Watch(bundle.profile, fit.curve, fit.reference, bundle.base_rate, job.settings.monitoring),
        n_queue=job.settings.report.queue,
    )
    for each in done.measures:
        if each.breached:
            log.warning("beyond its limit: %s", each)
    return night(run, pipeline, done, store.quarantine_by_rule(job.store)), done.told


@database_step
def announce(job: Job, run: Run) -> None:
    """Tell whoever listens that the run is published, and what is beyond its limits. Of a backfill there is no news."""
    if run.scope == "backfill":
        return
    place, breached = shown(job.store), breaches(job.store, run.run_id)
    events.run_published(place, run, store.published_before(job.store, run), breached)
    events.drift_breached(place, run, breached)
    newest = newest_lead(job.store, run)
    if newest and (words := none_new(newest, job.settings.monitoring.max_lead_age_days, run.as_of)):
        log.warning("%s", words)
        events.none_new(place, run, newest, words)


@database_step
def write_back(job: Job, run: Run) -> None:
    """Bring the user's own leads table in line with the scores, where it is in another database."""
    if job.write_back and job.write_back.target and run.scope != "backfill":
        outbox.drain_elsewhere(job.store, job.write_back.target, run, job.write_back, utc_now())


@step
def report(job: Job, run: Run, told: ToldNight | None = None) -> str:
    """Leave the report of the night where the settings say, and return it as Markdown.

    The night is published by now: whatever goes wrong here is only told.
    """
    if run.scope == "backfill":
        return ""
    with only_told("its report could not be made"):
        return markdown.page(keep_report(job.store, job.settings.report, utc_now(), told))
    return ""


@step
def prune(job: Job) -> None:
    """Let go what is older than the settings keep, in the store and in Prefect; what goes wrong is only told, too."""
    limits, now = job.settings.retention, utc_now()
    with only_told("what is too old to be kept is still there"):
        gone = Pruning(job.store, limits, now).run()
        n_runs = keeping.prune_flow_runs(limits.prefect_days, now)
        if n_runs or gone != Pruned():
            log.info("%s; %d runs of Prefect", gone, n_runs)


@contextmanager
def only_told(what: str) -> Iterator[None]:
    """Warn of an error, of which others than ours may quote a lead, and go on: the night is published by now."""
    try:
        yield
    except Exception as error:
        words = error.message if isinstance(error, LeadScoreError) else type(error).__name__
        log.warning("The night is published, but %s: %s", what, words)
