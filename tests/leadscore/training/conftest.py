"""A small training without a flow, the members the quickest there are."""

from collections.abc import Callable
from datetime import datetime

import polars as pl
import pytest

from leadscore.job import open_job
from leadscore.models.budget import Budget
from leadscore.models.train import Trained
from leadscore.sample.demo import load_example
from leadscore.settings import Settings
from leadscore.store.source import fetch, scan
from leadscore.training import bundling
from leadscore.training.known import find_known
from leadscore.training.prepare import Known, prepare

END = datetime(2026, 1, 1)
QUICK = {"members": ("logistic",), "trials": 0, "imbalance": "none", "bags": 1, "folds": 2}


Scene = tuple[Settings, Known, Trained, pl.DataFrame]  # the last are the lives of open leads


@pytest.fixture(scope="session")
def train_on() -> Callable[[Settings], Scene]:
    """Train on the leads that the settings name."""

    def run(settings: Settings) -> Scene:
        settings = settings.model_copy(update={"training": settings.training.model_copy(update=QUICK)})
        with open_job(settings, END) as job:
            found = find_known(scan(job.source, 10_000), settings.leads, END, None, settings.training.seed)
            closed, still_open = fetch(job.source, found.known), fetch(job.source, found.open)
            none = pl.DataFrame(schema={"lead_id": pl.Int64, "inputs": pl.String})
            known = prepare(job.source, closed, still_open, none, found, END, settings)
        return settings, known, bundling.fit(known, settings, Budget(), None), still_open.lives

    return run


@pytest.fixture(scope="session")
def latest(train_on: Callable[[Settings], Scene], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A training on example leads, judged on the latest of them."""
    return train_on(load_example(tmp_path_factory.mktemp("latest"), n=3000, seed=7, end=END))


@pytest.fixture(scope="session")
def settings(latest: Scene) -> Settings:
    return latest[0]


@pytest.fixture(scope="session")
def known(latest: Scene) -> Known:
    return latest[1]


@pytest.fixture(scope="session")
def fits(latest: Scene) -> Trained:
    return latest[2]


@pytest.fixture(scope="session")
def still_open(latest: Scene) -> pl.DataFrame:
    return latest[3]
