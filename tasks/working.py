"""What both flows begin and end with: the job they work on, and the artifact that tells what they did."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from uuid import UUID

from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.runtime import deployment, flow_run

from leadscore.job import Job, open_job, utc_now
from leadscore.settings import Settings, load_settings
from tasks.lateness import leave_to_later_run
from tasks.policy import database_step


@contextmanager
def working(as_of: datetime | None, **training: int | None) -> Iterator[Job]:
    """Open the job that the settings describe, as of the given or else the scheduled time of this flow run.

    What is given of the settings on ``training`` takes their place. A run of a deployment waits for another to end;
    raises Overtaken if it is late and the schedule has a later one.
    """
    leave_to_later_run()
    settings = load_settings()
    given = {key: value for key, value in training.items() if value is not None}
    settings = settings.model_copy(update={"training": settings.training.model_copy(update=given)})
    with ExitStack() as held:
        wait_s = settings.schedule.wait_s if deployment.id else 0
        yield open_databases(held, settings, as_of or flow_run.scheduled_start_time or utc_now(), wait_s)


@database_step
def open_databases(held: ExitStack, settings: Settings, as_of: datetime, wait_s: float) -> Job:
    """Open the leads and the store, to be closed with ``held``."""
    return held.enter_context(open_job(settings, as_of, wait_s))


def run_name() -> str:
    """What the run is called in Prefect: the flow and the moment it stands for."""
    as_of = flow_run.parameters.get("as_of") or flow_run.scheduled_start_time
    return f"{flow_run.flow_name}-{as_of:%Y-%m-%dT%H:%M}" if as_of else str(flow_run.flow_name)


class Progress:
    """How far a run is, as an artifact that the Prefect UI shows while it works; told once for each percent."""

    def __init__(self, key: str, what: str, total: int) -> None:
        self._total, self._percent = max(total, 1), 0
        created = create_progress_artifact(key=key, progress=0.0, description=what)
        assert isinstance(created, UUID), "a flow here is no coroutine"
        self._id = created

    def at(self, done: int) -> None:
        """So many of the total are through."""
        percent = 100 * done // self._total
        if percent > self._percent:
            self._percent = percent
            update_progress_artifact(self._id, float(percent))


def tell(key: str, title: str, markdown: str) -> None:
    """Keep a page as an artifact of the run."""
    create_markdown_artifact(key=key, markdown=markdown, description=title)
