"""What Prefect itself keeps of our runs, bounded like the score store, and free of leads that are forgotten."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TypedDict

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
)
from prefect.client.schemas.objects import Artifact, FlowRun
from prefect.client.schemas.sorting import ArtifactSort

from leadscore.report.shown import name

FLOWS = ["score", "retrain"]
AT_ONCE = 100  # of what is asked for in one request; a server answers with 200 at most


class Asked(TypedDict):
    """Which flow runs are meant."""

    flow_filter: FlowFilter
    flow_run_filter: FlowRunFilter


def prune_flow_runs(days: int, now: datetime, *, dry_run: bool = False) -> int:
    """Delete our flow runs that ended more than so many ``days`` before ``now`` (naive UTC), each with its artifacts.

    The server deletes their task runs and logs with them. With ``dry_run`` they are only counted; 0 days deletes none.
    """
    if not days:
        return 0
    with get_client(sync_client=True) as client:
        asked = ended_before(now - timedelta(days=days))
        if dry_run:
            return client.count_flow_runs(**asked)
        n_deleted = 0
        while found := client.read_flow_runs(**asked, limit=AT_ONCE):
            for each in found:
                _delete(client, each)
            n_deleted += len(found)
        return n_deleted


def ended_before(moment: datetime) -> Asked:
    """The runs of our flows that ended before a moment (naive UTC)."""
    ended = FlowRunFilterEndTime(before_=moment.replace(tzinfo=UTC))
    return Asked(flow_filter=FlowFilter(name=FlowFilterName(any_=FLOWS)), flow_run_filter=FlowRunFilter(end_time=ended))


def forget_lead(lead_id: int | str) -> int:
    """Delete the summaries of nights that show the lead, in the first column of a table; how many there were."""
    shown = f"| {escape(name(lead_id).text)}"
    row = re.compile(rf"^{re.escape(shown)} *\|", re.M)
    with get_client(sync_client=True) as client:
        found = [each for each in _summaries(client) if row.search(str(each.data))]
        for each in found:
            client.delete_artifact(each.id)
    return len(found)


def _summaries(client: SyncPrefectClient) -> Iterator[Artifact]:
    nights, n = ArtifactFilter(key=ArtifactFilterKey(any_=["score-night"])), 0
    while artifacts := client.read_artifacts(
        artifact_filter=nights, sort=ArtifactSort.ID_DESC, limit=AT_ONCE, offset=n
    ):
        n += len(artifacts)
        yield from artifacts


def _delete(client: SyncPrefectClient, run: FlowRun) -> None:
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    while artifacts := client.read_artifacts(artifact_filter=of_run, limit=AT_ONCE):
        for each in artifacts:
            client.delete_artifact(each.id)
    client.delete_flow_run(run.id)
