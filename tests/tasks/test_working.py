"""What a run of a deployment does that starts while another holds the store."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.score import score
from leadscore.settings import load_settings
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.lock import is_held

NIGHT = datetime(2026, 1, 2)


@pytest.fixture
def store(trained: Path) -> Iterator[sa.Engine]:
    engine = open_engine(load_settings().database.url)
    yield engine
    engine.dispose()


@pytest.mark.acceptance
def test_a_nightly_that_starts_while_a_retrain_runs_waits_and_scores_with_what_it_promoted(
    store: sa.Engine, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(store) as connection:
        connection.execute(sa.text("DELETE FROM leads WHERE lead_id % 10 = 0"))
    command = [
        str(Path(sys.executable).parent / "leadscore"),
        "retrain",
        "--promote",
        "always",
        "--as-of",
        "2026-01-01",
    ]
    retrain = subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 400
    while not is_held(store):
        assert retrain.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "a deployment")  # as if a worker had started it
    score(as_of=NIGHT)
    assert retrain.wait(timeout=5) == 0, "it had ended before the night began"
    with reading(store) as connection:
        champions = connection.scalars(sa.text("SELECT version FROM models WHERE status = 'champion'")).all()
        models = connection.scalars(sa.text("SELECT DISTINCT model_version FROM lead_scores")).all()
        n_models = connection.scalar(sa.text("SELECT COUNT(*) FROM models"))
    assert models == champions
    assert n_models == 2
