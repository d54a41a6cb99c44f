"""Example leads, parted as a retrain would, and a budget that allows the least."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from leadscore.models.budget import Budget
from leadscore.recipes.comparison import Arena
from leadscore.recipes.leads import read_known
from leadscore.recipes.method import Work
from leadscore.recipes.tree_vote import TreeVote
from leadscore.sample.demo import load_example
from leadscore.settings import Settings, load_settings
from leadscore.training.bundling import training_context
from leadscore.training.prepare import Known

END = datetime(2026, 1, 1)
SHARE = 0.05  # of the trees


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    load_example(folder, n=2500, seed=7, end=END)
    file = folder / "leadscore.toml"
    quick = '[training]\nmembers = ["logistic"]\ntrials = 0\nimbalance = "none"\nbags = 1\nfolds = 2\n'
    file.write_text(file.read_text(encoding="utf-8").partition("[training]")[0] + quick, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def settings(example_folder: Path) -> Settings:
    return load_settings(example_folder / "leadscore.toml")


@pytest.fixture(scope="session")
def known(settings: Settings) -> Known:
    return read_known(settings, END)


@pytest.fixture
def arena(known: Known, settings: Settings, tmp_path: Path) -> Arena:
    return Arena.of(known, settings, budget_s=1, folder=tmp_path)


@pytest.fixture
def work(arena: Arena, tmp_path: Path) -> Work:
    return Work(training_context(arena.known, arena.settings).quiet, Budget(1), tmp_path)


@pytest.fixture(scope="session")
def quick() -> Callable[[TreeVote], TreeVote]:
    """The same recipe with hardly any trees."""
    return lambda recipe: replace(recipe, spaces={name: each.scaled(SHARE) for name, each in recipe.spaces.items()})
