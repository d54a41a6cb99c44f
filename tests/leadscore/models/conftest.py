"""Leads in the order of their rows and in accounts, and a context with quick settings."""

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from leadscore.features.inputs import Inputs
from leadscore.models.folds import Fold
from leadscore.models.members.member import Sample
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.schema import Column, Kind, Schema, Type
from leadscore.sections import CutoffSettings, Training

SCHEMA = Schema(
    columns=(
        Column(name="size", kind=Kind.NUMBER, type=Type.FLOAT),
        Column(name="asked", kind=Kind.BOOLEAN, type=Type.INTEGER),
        Column(name="country", kind=Kind.CATEGORY, type=Type.TEXT),
    )
)
QUICK = {"folds": 3, "trials": 0, "imbalance": "none", "bags": 1, "members": ("logistic", "lightgbm")}

MakeKnown = Callable[..., TrainingSet]
MakeFolds = Callable[..., list[Fold]]
MakeTrainingContext = Callable[..., TrainingContext]


def known_leads(n: int = 2000, seed: int = 0, in_time: bool = True) -> TrainingSet:
    """A third of them convert: by size, by country and by whether they asked. About n / 3 accounts."""
    rng = np.random.default_rng(seed)
    size, asked, country = rng.normal(size=n), rng.integers(0, 2, n), rng.integers(0, 5, n)
    log_odds = -1.6 + 1.5 * size * asked + 0.6 * country * (1 - asked)
    converted = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    names = pl.Series("country", ["chile", "india", "korea", "kenya", "spain"]).gather(country)
    some = pl.Series("size", np.where(rng.random(n) < 0.1, np.nan, size)).fill_nan(None)
    leads = pl.DataFrame([some, pl.Series("asked", asked.astype(float)), names])
    return TrainingSet(leads, converted, rng.integers(0, n // 3, n), np.arange(n) if in_time else None)


def ready_folds(k: int = 3, n: int = 400, seed: int = 0) -> list[Fold]:
    """Folds of a number that tells, a code that tells, a number with gaps and noise; a quarter converts."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(k, 2, n, 4)).astype(np.float32).astype(np.float64)
    matrix[..., 1] = rng.integers(0, 6, (k, 2, n))
    matrix[..., 2][rng.random((k, 2, n)) < 0.3] = np.nan
    log_odds = -1.8 + 1.2 * matrix[..., 0] + 0.8 * (matrix[..., 1] == 2) + np.isnan(matrix[..., 2])
    converted = (rng.random((k, 2, n)) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return [
        Fold(
            Sample(x[0], y[0]),
            np.arange(n),
            x[1],
            y[1],
            (1,),
            ("size", "country", "gaps", "noise"),
        )
        for x, y in zip(matrix, converted, strict=True)
    ]


def quick_context(threads: int = 1, said: list[str] | None = None, **training: object) -> TrainingContext:
    words: list[str] = [] if said is None else said
    return TrainingContext(Training.model_validate(QUICK | training), CutoffSettings(), None, threads, words.append)


@pytest.fixture(scope="session", autouse=True)
def one_blas_thread() -> Iterator[None]:
    """As in training."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@pytest.fixture(scope="session")
def schema() -> Schema:
    return SCHEMA


@pytest.fixture(scope="session")
def inputs() -> Inputs:
    return Inputs.plain(SCHEMA)


@pytest.fixture(scope="session")
def make_known() -> MakeKnown:
    return known_leads


@pytest.fixture(scope="session")
def known() -> TrainingSet:
    return known_leads()


@pytest.fixture(scope="session")
def make_folds() -> MakeFolds:
    return ready_folds


@pytest.fixture(scope="session")
def context() -> MakeTrainingContext:
    return quick_context
