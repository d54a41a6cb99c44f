"""What happened, as Prefect events that automations can act on (docs/operate.md). No lead is told of.

An event has an id of its own ``store`` (as `leadscore.store.engine.shown` writes it) and run or promotion: told again
after a crash, the server keeps it once.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from prefect.events import emit_event
from prefect.settings import PREFECT_API_URL

from leadscore.monitor.measure import Measure
from leadscore.store.publish import Published
from leadscore.store.registry import Entry
from leadscore.store.runs import Run
from leadscore.store.told import ToldModel

RUN_PUBLISHED, RUN_REFUSED, DRIFT_BREACHED, NONE_NEW, CHAMPION_PROMOTED = (
    "leadscore.run.published",
    "leadscore.run.refused",
    "leadscore.drift.breached",
    "leadscore.leads.none_new",
    "leadscore.champion.promoted",
)
MOST = 100  # breaches that one event names


def run_published(store: str, run: Run, done: Published, breached: Sequence[Measure]) -> None:
    """The scores of a night are there; ``breached`` are its measures beyond their limits."""
    _emit(
        RUN_PUBLISHED,
        f"{store} {run.run_id}",
        _run(run),
        {
            "run_id": run.run_id,
            "as_of": f"{run.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "scope": run.scope,
            "model_version": run.model_version,
            "n_pulled": done.n_pulled,
            "n_quarantined": done.n_quarantined,
            "n_scored": done.n_scored,
            "n_removed": done.n_removed,
            "n_breached": len(breached),
        },
    )


def run_refused(store: str, run: Run, error: str) -> None:
    """Nothing was published: the whole batch, or what was staged of it, is not as it should be."""
    _emit(
        RUN_REFUSED,
        f"{store} {run.run_id} {run.attempt}",
        _run(run),
        {
            "run_id": run.run_id,
            "as_of": f"{run.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "scope": run.scope,
            "model_version": run.model_version,
            "error": error,
        },
    )


def none_new(store: str, run: Run, newest: datetime, words: str) -> None:
    """A run has found no lead that is as new as the limit wants."""
    _emit(
        NONE_NEW,
        f"{store} {run.run_id}",
        {"prefect.resource.id": "leadscore.leads", "prefect.resource.name": "the leads"},
        {
            "run_id": run.run_id,
            "as_of": f"{run.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "newest_lead": f"{newest:%Y-%m-%dT%H:%M:%SZ}",
            "words": words,
        },
    )


def drift_breached(store: str, run: Run, breached: Sequence[Measure]) -> None:
    """Measures of a night are beyond their limits, if any are."""
    if not breached:
        return
    told = [{key: vars(each)[key] for key in ("name", "feature", "value", "limit")} for each in breached[:MOST]]
    _emit(
        DRIFT_BREACHED,
        f"{store} {run.run_id}",
        _model(run.model_version),
        {
            "run_id": run.run_id,
            "as_of": f"{run.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "model_version": run.model_version,
            "n_breached": len(breached),
            "breached": told,
        },
    )


def champion_promoted(store: str, entry: Entry) -> None:
    """A retrained model scores from now on."""
    _promoted(f"{store} {entry.version} {entry.as_of}", entry)


def promoted_by_hand(store: str, model: ToldModel, now: datetime) -> None:
    """A person has made a model the champion, by promoting it or by rolling back to it.

    Told only to a server that listens already: what would be started for this alone has no automation.
    """
    if PREFECT_API_URL.value():
        _promoted(f"{store} {model.version} by hand {now}", model)


def _promoted(of: str, entry: Entry | ToldModel) -> None:
    _emit(
        CHAMPION_PROMOTED,
        of,
        _model(entry.version),
        {
            "model_version": entry.version,
            "as_of": f"{entry.as_of:%Y-%m-%dT%H:%M:%SZ}",
            "n_leads": entry.n_leads,
            "cutoff": entry.cutoff,
            "reason": entry.reason,
        },
    )


def _run(run: Run) -> dict[str, str]:
    return {"prefect.resource.id": f"leadscore.run.{run.run_id}", "prefect.resource.name": f"scores as of {run.as_of}"}


def _model(version: str) -> dict[str, str]:
    return {"prefect.resource.id": f"leadscore.model.{version}", "prefect.resource.name": f"model {version}"}


def _emit(event: str, of: str, resource: dict[str, str], payload: dict[str, object]) -> None:
    emit_event(event, resource, payload=payload, id=uuid5(NAMESPACE_URL, f"{event} {of}"))
