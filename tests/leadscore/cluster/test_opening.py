import dask
import pytest

from leadscore.cluster import opening
from leadscore.cluster.boosting import BOOSTERS
from leadscore.cluster.opening import Cluster, connected, opened
from leadscore.errors import ClusterLost, ConfigError
from leadscore.sections import Compute
from leadscore.training.spreading import DISTRIBUTED


def test_without_the_extra_the_settings_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="not installed") as refused, opened(Compute(runner="dask")):
        pass
    assert "leadscore[dask]" in refused.value.hint


def test_the_cluster_of_the_settings_is_neither_started_nor_ended() -> None:
    with opened(Compute(runner="dask", address="tcp://somewhere:8786")) as cluster:
        assert cluster == Cluster("tcp://somewhere:8786", None)


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(ClusterLost, match="No Dask scheduler answers at tcp://127"),
        connected(Cluster("tcp://127.0.0.1:9", None)),
    ):
        pass


def test_what_a_search_is_limited_to_is_what_can_be_trained_on_workers() -> None:
    assert sorted(DISTRIBUTED) == sorted(BOOSTERS)
