"""A small store with a past: example leads, and a champion that is quick to refit."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from leadscore.backtest.history import History, read_history
from leadscore.sample.demo import load_example
from leadscore.settings import CONFIG_VARIABLE, load_settings

END = datetime(2026, 1, 1)
QUICK = """
[training]
min_leads = 500
min_conversions = 50
trials = 0
imbalance = "none"
bags = 1
folds = 2
members = ["lightgbm"]
"""


@pytest.fixture(scope="session")
def past_folder(made_once: Callable[[str, Callable[[Path], None]], Path], prefect_server: str) -> Path:
    """A folder with 3,000 leads of two years and a champion; the outcomes of the latest fifth are withheld."""
    from flows.retrain import retrain

    def train(folder: Path) -> None:
        load_example(folder, n=3000, seed=7, end=END)
        file = folder / "leadscore.toml"
        file.write_text(file.read_text(encoding="utf-8").partition("[training]")[0] + QUICK, encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
            retrain(as_of=END)

    return made_once("past", train)


@pytest.fixture(scope="session")
def history(past_folder: Path) -> History:
    return read_history(load_settings(past_folder / "leadscore.toml"), END)
