"""The steps of the retrain flow."""

import logging
from collections import Counter

from leadscore.cluster.growing import growers
from leadscore.due import is_known, is_open
from leadscore.errors import BundleDamaged, NoChampion
from leadscore.job import Job, Promote, utc_now
from leadscore.models.bundle import Artifact, load, save
from leadscore.models.gate import Verdict
from leadscore.models.recipe import Recipe
from leadscore.models.train import Trained
from leadscore.report import words
from leadscore.report.model_card import page
from leadscore.store.engine import shown
from leadscore.store.registry import Champion, Entry, Status, champion, champion_of, register
from leadscore.store.snapshots import matured
from leadscore.store.source import Chunk, scan
from leadscore.training import bundling
from leadscore.training import contest as contesting
from leadscore.training import evaluation as evaluating
from leadscore.training import known as finding
from leadscore.training import prepare as preparing
from leadscore.training.card import Card
from leadscore.training.known import Found
from leadscore.training.prepare import Known
from leadscore.training.spreading import spread
from tasks.events import champion_promoted
from tasks.policy import database_step, step

log = logging.getLogger("leadscore.retrain")


@database_step
def find_known(job: Job) -> Found:
    """Scan the source for the leads whose outcome was known as of the job's moment."""
    settings, training = job.settings, job.settings.training
    everybody = scan(job.source, settings.scoring.chunk_rows)
    found = finding.find_known(everybody, settings.leads, job.as_of, training.maturity_days, training.seed)
    log.info("%d leads, %d with a known outcome", everybody.height, len(found.known))
    if found.maturity_days:
        log.info("a lead without a conversion counts as lost after %.0f days", found.maturity_days)
    return spread(found, everybody, settings)


@database_step
def pull_known(job: Job, found: Found) -> Chunk:
    """Read the known leads whole; those that changed since the scan are left out."""
    return finding.unchanged(job.source, found.known, is_known(job.as_of, found.maturity_days))


@database_step
def pull_open(job: Job, found: Found) -> Chunk:
    """Read some open leads whole, to see what leads look like before their outcome."""
    return finding.unchanged(job.source, found.open, is_open(job.as_of, found.maturity_days))


@database_step
def prepare(job: Job, found: Found, known: Chunk, open_leads: Chunk) -> Known:
    """Schema, readings and rules, and the leads that satisfy them."""
    snapshots = matured(job.store, found.known)
    prepared = preparing.prepare(job.source, known, open_leads, snapshots, found, job.as_of, job.settings)
    kinds = Counter(column.kind for column in prepared.schema.columns)
    log.info("columns by kind: %s", ", ".join(f"{n} {kind}" for kind, n in kinds.items()))
    for rule, column, n in prepared.set_aside:
        log.info("%d leads set aside by %s of %s", n, rule, column)
    return prepared


@database_step
def last_recipe(job: Job) -> Recipe | None:
    """That of the champion before this moment, which the search tries first; None where there is none to be read."""
    try:
        last = champion_of(job.store, job.as_of)
        return load(last.uri, last.sha256).recipe if last else None
    except BundleDamaged as error:
        log.warning("%s The search starts from the defaults.", error.message)
        return None


@step
def fit(job: Job, known: Known, first: Recipe | None) -> Trained:
    """The evaluation fit, its figures on the holdout, and the shipped fit."""
    with growers(known, job.settings, job.as_of) as grow:
        return bundling.fit(known, job.settings, job.budget, first, grow)


@step
def evaluate(job: Job, known: Known, trained: Trained, still_open: Chunk) -> Card:
    """How the evaluation fit does on the holdout and its parts, and all else that is known of the model."""
    evaluation = evaluating.evaluate(known, trained, still_open.lives, job.settings, job.budget)
    log.info("judged on %d parts of the holdout", sum(each.measures is not None for each in evaluation.slices))
    return Card.of(known, trained, evaluation)


@step
def save_model(job: Job, known: Known, trained: Trained, card: Card) -> Artifact:
    """The bundle in the folder of the models, where nothing uses it yet, and its card as a page beside it."""
    artifact = save(bundling.bundle(known, trained, card.model_dump(mode="json")), job.settings.models.dir)
    bundling.save_card(artifact, page(card, artifact.version))
    return artifact


@database_step
def judge_model(
    job: Job, closed: Chunk, still_open: Chunk, known: Known, trained: Trained, artifact: Artifact
) -> Verdict:
    """Whether the model, as it was saved, has shown its worth, against the champion if there is one."""
    challenger = contesting.Challenger(artifact.version, load(artifact.uri, artifact.sha256), trained)
    ring = contesting.Ring.of(known, closed, still_open)
    return contesting.verdict(challenger, _champion(job), ring, job.source.features, job.as_of, job.settings)


def _champion(job: Job) -> Champion | None:
    try:
        return champion(job.store)
    except NoChampion:
        return None


@database_step
def register_model(
    job: Job, known: Known, trained: Trained, card: Card, artifact: Artifact, verdict: Verdict, promote: Promote
) -> words.Summary:
    """Enter the model in ``models`` and, if it may, make it the champion."""
    entry = Entry(
        version=artifact.version,
        status=_status(verdict, promote),
        trained_at=utc_now(),
        as_of=job.as_of,
        n_leads=card.n_known,
        window_start=card.first,
        window_end=card.last,
        metrics=card.model_copy(update={"met": verdict.met}).model_dump_json(),
        cutoff=trained.shipped.cutoff.value,
        artifact_uri=artifact.uri,
        artifact_sha256=artifact.sha256,
        reason=_reason(verdict, promote),
    )
    job.migrate()
    entered = register(job.store, entry)
    log.info("model %s: %s", entered.version, entered.status)
    if entered.status == "champion":
        champion_promoted(shown(job.store), entered)
    return words.training(known, trained, entered)


def _status(verdict: Verdict, promote: Promote) -> Status:
    if promote == "never":
        return "candidate"
    return "champion" if verdict.promote or promote == "always" else "rejected"


def _reason(verdict: Verdict, promote: Promote) -> str:
    by_hand = {"auto": "", "never": "Kept back by hand. ", "always": "Promoted by hand. "}
    return by_hand[promote] + verdict.reason
