import os

import pytest
from prefect import flow

from leadscore.cluster import opening
from leadscore.errors import ConfigError
from leadscore.sections import Compute
from tasks.workers import team


@pytest.mark.parametrize("compute", [Compute(threads=4), Compute(threads=4, runner="dask")], ids=["local", "dask"])
@pytest.mark.parametrize("n_chunks", [0, 1])
def test_a_single_chunk_is_scored_by_the_run_itself(compute: Compute, n_chunks: int) -> None:
    with team(compute, n_chunks) as workers:
        assert (workers.alone, workers.ahead) == (True, 0)


def test_processes_beside_the_run_share_its_threads() -> None:
    with team(Compute(threads=5), n_chunks=2) as workers:
        assert (workers.alone, workers.ahead) == (False, 2)
        assert os.environ["POLARS_MAX_THREADS"] == "2"
    assert "POLARS_MAX_THREADS" not in os.environ


def test_a_cluster_that_cannot_be_had_is_told_before_any_chunk(
    prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None)

    @flow
    def night() -> None:
        with team(Compute(runner="dask"), n_chunks=2):
            pass

    with pytest.raises(ConfigError, match="not installed"):
        night()
