"""The benchmark of throughput on few leads: that its figures exist, and that memory is flat. Not how fast it is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "throughput.py"
LEADS, LARGEST = 6_000, 30_000
SMALL = {  # one process scores, in chunks that both sizes have many of
    "LEADSCORE_COMPUTE__THREADS": "1",
    "LEADSCORE_SCORING__CHUNK_ROWS": "3000",
    "LEADSCORE_TRAINING__FOLDS": "2",
}
MEASURED = ("ratio_floor", "rss_gib", "rss_growth", "incremental_share")

pytestmark = pytest.mark.timeout(600)  # many processes, one after the other

Found = dict[str, Any]


@pytest.fixture(scope="module")
def found(postgres_server: str, prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What a run of all parts but the retrains writes."""
    results = tmp_path_factory.mktemp("throughput") / "throughput.json"
    options = {"--leads": LEADS, "--repeats": 1, "--url": postgres_server, "--results": results}
    command = [sys.executable, BENCHMARK, *(word for option in options.items() for word in option)]
    command += ["--sizes", 1, LARGEST / LEADS, "--only", "peer", "floor", "sizes", "incremental"]
    ran = subprocess.run(list(map(str, command)), env=os.environ | SMALL, capture_output=True, text=True)
    assert not ran.returncode, ran.stderr
    return dict(json.loads(results.read_text()))


def test_every_figure_is_there(found: Found) -> None:
    assert all(isinstance(found[name], float) for name in MEASURED)
    assert found["leads"] == LEADS
    assert {int(n) for n in found["seconds_per_million"]} == {LEADS, LARGEST}


def test_each_stage_has_its_seconds(found: Found) -> None:
    for seconds in (found["by_size"][str(LEADS)]["steps"], found["stages"], found["floor"]["stages"]):
        assert len(seconds) >= 5
        assert all(each >= 0 for each in seconds.values())
    assert {"pull", "validate", "transform", "predict", "explain", "stage"} <= set(found["stages"])


def test_memory_does_not_grow_with_the_table(found: Found) -> None:
    assert found["rss_growth"] < 1.15


def test_what_a_user_would_write_is_beside(found: Found) -> None:
    pytest.importorskip("shap")
    assert found["ratio_peer"] > 0
    assert {"read_sql", "transform", "predict_proba", "shap_values", "top three", "to_sql"} == set(
        found["peer"]["stages"]
    )
