"""What the next run of `score` would do by the champion: the source beside the store, and nothing entered anywhere."""

from datetime import datetime

from sqlalchemy import Engine

from leadscore.job import Job
from leadscore.models.budget import Budget
from leadscore.models.bundle import Bundle
from leadscore.pipeline import Pipeline, gather
from leadscore.scanning import compared
from leadscore.settings import Settings
from leadscore.store.engine import reading
from leadscore.store.runs import Newest, Run, newest_published
from leadscore.store.source import Source
from leadscore.validate.rules import override


def forecast(store: Engine, source: Source, settings: Settings, version: str, bundle: Bundle, as_of: datetime) -> str:
    """How many leads are due at ``as_of`` (naive UTC) and why, and how many scores leave, in words."""
    with reading(store) as connection:
        newest = newest_published(connection)
    if newest and as_of < newest.as_of:
        return f"a backfill: the scores stand for {newest.as_of:%Y-%m-%d %H:%M} UTC, and stay as they are"
    rules = override(bundle.rules, settings.validation)
    imagined = Run(
        run_id="",
        as_of=as_of,
        scope="due",
        model_version=version,
        rules_version=rules.version,
        started_at=as_of,
        attempt=0,
        accepted_by=None,
        published=False,
    )
    job, window = Job(settings, store, source, None, as_of, Budget()), bundle.inputs.maturity_days
    found = gather(compared(job, imagined, window), maturity_days=window, history=bool(bundle.inputs.pasts))
    return told(found, newest, version)


def told(found: Pipeline, newest: Newest | None, version: str) -> str:
    """Of the leads that are due the new ones, and why the others are."""
    n_new = sum(int(leads["first"].sum()) for leads in found.due)
    again = "changed" if newest is None or newest.model_version == version else "scored by an earlier model"
    parts = {
        "new": n_new,
        again: found.due.height - n_new,
        "of these with news of their account": found.rescored_late.height,
    }
    why = ", ".join(f"{n:,} {what}" for what, n in parts.items() if n)
    leave = f"; scores that would leave: {found.gone.height:,}" if found.gone.height else ""
    bad = f"; rows without a sound key: {found.bad_keys.height:,}" if found.bad_keys.height else ""
    return f"{found.due.height:,} of {found.n_open:,} open leads are due{f': {why}' if why else ''}{leave}{bad}"
