"""Leads with numbers, gaps and codes, and one member of each family fitted on them."""

import numpy as np
import pytest

from leadscore.models.members.member import Family, Labels, Matrix, Member, Sample, Setup
from leadscore.models.members.registry import FAMILIES

K = 6
CODED = (1,)
BOOSTER, FOREST = {"learning_rate": 0.2}, {"n_estimators": 25}
QUICK = {"lightgbm": BOOSTER, "xgboost": BOOSTER, "catboost": BOOSTER, "random_forest": FOREST, "extra_trees": FOREST}


def make_leads(n: int, seed: int) -> tuple[Matrix, Labels]:
    """Values of float32: a number, a code of 0 to 30 or so, three numbers with gaps, a constant."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, K))
    matrix[:, 1] = np.floor(rng.pareto(1.0, n) * 3).clip(0, 30)
    matrix[:, 2:5][rng.random((n, 3)) < 0.2] = np.nan
    matrix[:, 5] = 1.0
    matrix = matrix.astype(np.float32).astype(np.float64)
    signal = matrix[:, 0] + np.sin(matrix[:, 1]) + 2 * np.isnan(matrix[:, 2]) + np.nan_to_num(matrix[:, 3])
    return matrix, (signal + rng.logistic(size=n) > 1.5).astype(np.int64)


def fit_one(family: Family, threads: int = 1, seed: int = 7, rounds: int | None = None, **params: float) -> Member:
    setup = Setup(
        params=QUICK.get(family.name, {}) | params,
        rounds=rounds,
        coded=CODED,
        threads=threads,
        seed=seed,
        valid=make_leads(600, seed=2),
    )
    return family.fit(Sample(*make_leads(1200, seed=1)), setup)


@pytest.fixture(scope="session", params=list(FAMILIES))
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture(scope="session")
def fitted(family: Family) -> Member:
    return fit_one(family)


@pytest.fixture(scope="session")
def fit():
    return fit_one


@pytest.fixture(scope="session")
def leads():
    return make_leads
