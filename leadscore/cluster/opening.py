"""The Dask cluster that a run works on: the one that the settings name, or processes of this machine.

Dask is an extra. Workers hold the same leadscore as the run and reach the same databases and models; they are told by
which URL, and read and write themselves. Who reaches a scheduler can have its workers run anything: docs/security.md.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from leadscore.errors import ClusterLost, ConfigError
from leadscore.sections import Compute
from leadscore.settings import threads_of_children

if TYPE_CHECKING:
    from distributed import Client

AGAIN = "start it again: it goes on from what is staged."


@dataclass(frozen=True)
class Cluster:
    """Where the scheduler listens, and the keys to it; None: as Dask's own configuration says."""

    address: str
    security: Any | None


def require_dask() -> None:
    """Raise ConfigError where the extra is not installed."""
    if not find_spec("distributed") or not find_spec("prefect_dask"):
        raise ConfigError(
            'The settings ask for [compute] runner = "dask", which is not installed.',
            'pip install "leadscore[dask]", here and where the workers are, or take runner = "local".',
        )


@contextmanager
def opened(compute: Compute) -> Iterator[Cluster]:
    """The cluster of the settings. Without an address one of as many processes as there are threads, until the end.

    That one speaks TLS with keys of its own: any user of this machine could run code by it otherwise.
    """
    require_dask()
    if compute.address:
        yield Cluster(compute.address, None)
        return
    from distributed import LocalCluster

    with (
        threads_of_children(1),
        quiet_dask(),
        LocalCluster(
            n_workers=compute.n_threads,
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls",
            security=True,
            dashboard_address=None,
        ) as local,
    ):
        yield Cluster(local.scheduler_address, local.security)


@contextmanager
def quiet_dask() -> Iterator[None]:
    """Keep to errors what Dask logs of processes that start and end as they should."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def connected(cluster: Cluster) -> Iterator["Client"]:
    """A client of the ``cluster``. Raises ClusterLost where nobody answers, and for what befalls it afterwards."""
    from distributed import Client

    with told(cluster):
        with answering(cluster):
            client = Client(cluster.address, security=cluster.security, set_as_default=False)
        with client, client.as_current():  # LightGBM asks for the current one
            yield client


@contextmanager
def answering(cluster: Cluster) -> Iterator[None]:
    """Say in words that a scheduler does not let itself be connected to."""
    try:
        yield
    except (OSError, TypeError) as error:  # the latter where an address of TLS comes without keys
        raise ClusterLost(
            f"No Dask scheduler answers at {cluster.address}: {str(error).splitlines()[0]}.",
            "see that it is up, that [compute] address names it, and that its certificates are trusted.",
        ) from error


@contextmanager
def told(cluster: Cluster) -> Iterator[None]:
    """Say in words what became of work that the ``cluster`` did not do."""
    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    try:
        yield
    except KilledWorker as error:
        raise ClusterLost(
            "A piece of work ended every worker that took it up.",
            f"see their logs: most often they want more memory, or fewer [scoring] chunk_rows; then {AGAIN}",
        ) from error
    except (CancelledError, CommClosedError) as error:
        raise ClusterLost(
            f"The Dask scheduler at {cluster.address} was lost, with the work that it held.",
            f"see that it is up again, then {AGAIN}",
        ) from error


def n_workers(client: "Client") -> int:
    """The threads of all workers that are there now."""
    return sum(client.nthreads().values())
