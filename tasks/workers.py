"""Who scores the chunks of a night: the run itself, processes beside it, or the workers of a Dask cluster.

This is the only place that chooses. Whoever it is calls the same function of `leadscore.scoring`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_API_URL, temporary_settings

from leadscore.cluster.opening import answering, n_workers, opened, told
from leadscore.processes import processes
from leadscore.sections import Compute
from tasks.policy import database_step

Work = Callable[[], None]

LEAST_AHEAD = 16  # chunks at hand: workers may join while the run goes on


@dataclass(frozen=True)
class Team:
    """``submit`` hands over the work on so many leads, and gives a future of their number.

    So many chunks are to be ``ahead`` of the one that is waited for. ``alone``: it is this very process.
    """

    submit: Callable[[Work, int], PrefectFuture[int]]
    ahead: int
    alone: bool = False


@database_step
def score_chunk(work: Work, n_leads: int) -> int:
    """Have a chunk of so many due leads scored and staged."""
    work()
    return n_leads


@contextmanager
def team(compute: Compute, n_chunks: int) -> Iterator[Team]:
    """Those who work on so many chunks. A single one is not worth the start of others."""
    at_once = max(min(compute.n_threads, n_chunks), 1)
    if n_chunks > 1 and compute.runner == "dask":
        with on_cluster(compute) as found:
            yield found
    elif at_once > 1:
        with processes(at_once, compute.n_threads // at_once) as call:
            yield Team(lambda work, n: score_chunk.submit(partial(call, work), n), at_once)
    else:
        yield Team(score_chunk.submit, 0, alone=True)


@contextmanager
def on_cluster(compute: Compute) -> Iterator[Team]:
    """The workers of the cluster; a chunk whose worker is lost goes to another.

    They tell Prefect of their tasks by the server that the run itself uses.
    """
    context = FlowRunContext.get()
    assert context is not None, "chunks are scored in a flow"
    with (
        opened(compute) as cluster,
        told(cluster),
        temporary_settings({PREFECT_API_URL: str(context.client.api_url)}),
        runner_of(cluster.address, cluster.security) as runner,
    ):
        with answering(cluster):
            ahead = max(2 * n_workers(runner.client), LEAST_AHEAD)
        yield Team(partial(score_chunk.submit_to, runner), ahead)


def runner_of(address: str, security: Any) -> Any:
    """Prefect's task runner for a cluster. An extra, so it is imported here."""
    from prefect_dask import DaskTaskRunner

    return DaskTaskRunner(address=address, client_kwargs={"security": security})
