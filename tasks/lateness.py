"""Scheduled runs that come late: after downtime the latest one works, and the others leave, saying so."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, cast
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.runtime import deployment, flow_run
from prefect.states import Completed
from prefect.types._datetime import now

from leadscore.errors import Overtaken
from leadscore.report.words import Summary, left

log = logging.getLogger("leadscore.lateness")

P = ParamSpec("P")

BY_SCHEDULE = "auto-scheduled"  # the tag by which Prefect marks the runs that a schedule makes


def leaving_when_overtaken(flow: Callable[P, Summary]) -> Callable[P, Summary]:
    """Have a run that a later one overtook end well, in the state Skipped: no night is lost by it."""

    @wraps(flow)
    def run(*args: P.args, **kwargs: P.kwargs) -> Summary:
        try:
            return flow(*args, **kwargs)
        except Overtaken as late:
            log.warning("%s", late.message)
            return cast(Summary, Completed(name="Skipped", message=late.message, data=left(late)))

    return run


def by_schedule() -> bool:
    """Whether a schedule started this flow run, and no person."""
    return BY_SCHEDULE in flow_run.tags


def leave_to_later_run() -> None:
    """Raise Overtaken if the schedule has a later run of this deployment that is due, too."""
    if not by_schedule():
        return
    mine = flow_run.scheduled_start_time
    with get_client(sync_client=True) as client:
        later = client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[UUID(deployment.id)])),
            flow_run_filter=FlowRunFilter(
                tags=FlowRunFilterTags(all_=[BY_SCHEDULE]),
                expected_start_time=FlowRunFilterExpectedStartTime(
                    after_=mine + timedelta(seconds=1), before_=now("UTC")
                ),
                state=FlowRunFilterState(
                    type=FlowRunFilterStateType(not_any_=[StateType.CANCELLED, StateType.CANCELLING])
                ),
            ),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=1,
        )
    if later:
        raise Overtaken(
            f"The run of {mine:%Y-%m-%d %H:%M} UTC was missed; that of {later[0].expected_start_time:%Y-%m-%d %H:%M}"
            " does its work.",
            "nothing is to be done: it sees all that has changed since.",
        )
