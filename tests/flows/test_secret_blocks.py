"""Credentials in a block of Prefect: the worker looks them up when it starts a run, and nothing else keeps them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prefect.blocks.system import Secret
from prefect.workers.process import ProcessWorker

from leadscore.sample.demo import EXAMPLES
from leadscore.settings import load_settings

ROOT, BIN = Path(__file__).parents[2], Path(sys.executable).parent
POOL, BLOCK = "leadscore-by-block", "leadscore-database-url"


def prefect(*words: str) -> str:
    done = subprocess.run([str(BIN / "prefect"), "--no-prompt", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def hidden(trained: Path, prefect_server: str) -> Iterator[Path]:
    """A store whose place only the block tells."""
    file = trained / "Geheim.db"
    (trained / "leadscore.db").rename(file)
    Secret(value=f"sqlite:///{file}").save(BLOCK, overwrite=True)
    yield file
    prefect("block", "delete", f"secret/{BLOCK}")


def test_the_pool_of_the_examples_is_the_usual_one_with_the_block() -> None:
    pool = json.loads((EXAMPLES / "process_pool.json").read_text(encoding="utf-8"))
    added = pool["variables"]["properties"]["env"].pop("default")
    assert added == {"LEADSCORE_DATABASE__URL": f"{{{{ prefect.blocks.secret.{BLOCK} }}}}"}
    assert pool == ProcessWorker.get_default_base_job_template()


@pytest.mark.acceptance
@pytest.mark.parametrize("trained", ["sqlite"], indirect=True)
def test_a_worker_gets_the_url_from_the_block_and_nothing_else_keeps_it(
    hidden: Path, trained: Path, prefect_server: str
) -> None:
    assert load_settings(trained / "leadscore.toml").database.url.endswith("leadscore.db"), "where nothing is"
    prefect(
        "work-pool", "create", POOL, "--base-job-template", str(EXAMPLES / "process_pool.json"), "--type", "process"
    )
    prefect("deploy", "flows/score.py:score", "--name", "by-block", "--pool", POOL)
    prefect("deployment", "run", "score/by-block", "--param", "as_of=2026-01-02T02:00:00Z")
    subprocess.run(
        [str(BIN / "prefect"), "worker", "start", "--pool", POOL, "--run-once"], cwd=ROOT, check=True, timeout=240
    )
    asked = {"deployments": {"name": {"any_": ["by-block"]}}}
    [mine] = httpx.post(f"{prefect_server}/flow_runs/filter", json=asked).json()
    assert mine["state_type"] == "COMPLETED"
    kept = [
        json.dumps(mine),
        httpx.get(f"{prefect_server}/deployments/name/score/by-block").text,
        httpx.get(f"{prefect_server}/work_pools/{POOL}").text,
    ]
    assert "Geheim" not in "".join(kept)
    assert "prefect.blocks.secret" in kept[2]
    assert os.path.getsize(hidden) > 0
