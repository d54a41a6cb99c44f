"""What Prefect keeps of our runs, on a real server."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.runtime import flow_run

from tasks.keeping import forget_lead, prune_flow_runs

LATER = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=91)  # the runs of these tests end now


@flow(name="retrain")
def ours() -> UUID:
    create_markdown_artifact("Of a lead.", key="of-a-lead")
    return UUID(flow_run.id)


@flow(name="another")
def theirs() -> UUID:
    return UUID(flow_run.id)


def left(*runs: UUID) -> set[UUID]:
    with get_client(sync_client=True) as client:
        return {
            each.id
            for each in client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=list(runs))))
        }


def n_artifacts(run: UUID) -> int:
    with get_client(sync_client=True) as client:
        of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
        return len(client.read_artifacts(artifact_filter=of_run))


@pytest.mark.usefixtures("prefect_server")
def test_our_old_runs_go_with_what_they_told_and_nobody_elses() -> None:
    old, other = ours(), theirs()
    assert n_artifacts(old) == 1
    assert prune_flow_runs(90, LATER - timedelta(days=2)) == 0
    assert prune_flow_runs(0, LATER) == 0
    told = prune_flow_runs(90, LATER, dry_run=True)
    assert told >= 1
    assert left(old, other) == {old, other}
    assert prune_flow_runs(90, LATER) == told
    assert left(old, other) == {other}
    assert n_artifacts(old) == 0


NIGHT = """
| lead | owner |
| ---: | :---- |
| {lead} | 7 |
"""


@flow(name="score")
def night(lead: str) -> UUID:
    create_markdown_artifact(NIGHT.format(lead=lead), key="score-night")
    return UUID(flow_run.id)


@pytest.mark.usefixtures("prefect_server")
def test_a_forgotten_lead_leaves_the_summaries_of_nights_and_no_other_goes() -> None:
    of_lead, of_other = night("471100"), night("4711")
    assert forget_lead(471100) == 1
    assert (n_artifacts(of_lead), n_artifacts(of_other)) == (0, 1)
    assert forget_lead(471100) == 0
