"""Example leads to read, a context with quick settings, and an encoder so small that it learns in seconds."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from leadscore.features.inputs import Inputs
from leadscore.models.budget import Budget
from leadscore.models.members.member import Floats, Labels
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.sample.leads import example_leads
from leadscore.schema import Schema
from leadscore.sections import CutoffSettings, Training
from leadscore.text_model.encoder import Encoder, Size, torch_threads, untrained
from leadscore.text_model.options import SCRATCH, Options
from leadscore.text_model.training import Lessons, Plan, Session

LIVES = ("lead_id", "is_converted", "created_at", "updated_at", "closed_at")
TINY = Size(width=32, layers=2, vocabulary=400)
QUICK = Plan(learning_rate=2e-3, epochs=1)

MakeSession = Callable[..., Session]


@pytest.fixture(scope="session")
def example() -> tuple[TrainingSet, Inputs]:
    """250 example leads, of which each conversion is doubled: there are few."""
    raw = pl.concat(example_leads(250, seed=5, end=datetime(2026, 1, 1))).drop("true_probability")
    raw = pl.concat([raw, raw.filter(pl.col("is_converted") == 1)]).sort("created_at")
    columns = raw.drop(LIVES)
    schema = Schema.infer(columns, dict.fromkeys(columns.columns), categories=["customer_idx"], kinds={}, missing=[])
    inputs = Inputs.plain(schema)
    converted = raw["is_converted"].to_numpy().astype(np.int64)
    return TrainingSet(inputs.readings.read(schema.conform(raw)), converted, None, np.arange(raw.height)), inputs


@pytest.fixture(scope="session")
def context() -> TrainingContext:
    training = Training(folds=2, trials=0, imbalance="none", bags=1, members=("lightgbm",))
    return TrainingContext(training, CutoffSettings(), None, 1, lambda words: None)


@pytest.fixture(scope="session")
def options() -> Options:
    return Options(checkpoint=SCRATCH, max_length=48, size=TINY, scratch=QUICK)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in training on one CPU: so that the same sums come to the same last digit."""
    with torch_threads(1):
        torch.manual_seed(0)
        yield


def words(n: int, seed: int) -> tuple[list[str], Labels]:
    """Texts of which those with "size_large" mostly convert, and the outcomes (n,)."""
    rng = np.random.default_rng(seed)
    large, country = rng.random(n) < 0.4, rng.integers(0, 5, n)
    texts = [f"country_{place} size_{'large' if big else 'small'}" for place, big in zip(country, large, strict=True)]
    return texts, (rng.random(n) < np.where(large, 0.8, 0.1)).astype(np.int64)


@pytest.fixture
def encoder() -> Encoder:
    """It has not learned anything."""
    return untrained(words(300, 1)[0], TINY, 16)


@pytest.fixture
def outcomes() -> Labels:
    """Those of the unseen texts of `lessons`."""
    return words(200, 2)[1]


@pytest.fixture
def lessons(encoder: Encoder, outcomes: Labels) -> Lessons:
    """Texts to learn from, and others that judge by their log loss."""
    (texts, converted), (unseen, _) = words(256, 1), words(200, 2)

    def judge(log_odds: Floats) -> float:
        return float(np.logaddexp(0, np.where(outcomes == 1, -log_odds, log_odds)).mean())

    return Lessons(encoder.tokens(texts), converted, encoder.tokens(unseen), judge)


@pytest.fixture
def session(tmp_path: Path) -> MakeSession:
    quiet = Session(3, tmp_path / "run.safetensors", Budget(), lambda words: None)
    return partial(replace, quiet)
