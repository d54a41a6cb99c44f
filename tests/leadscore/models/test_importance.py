from dataclasses import dataclass

import numpy as np
import pytest

from leadscore.models.ensemble import Ensemble
from leadscore.models.importance import permutation_importance
from leadscore.models.members.member import Floats, Matrix, Sample, Setup
from leadscore.models.members.registry import FAMILIES

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(4000, 4)).astype(np.float32).astype(np.float64)
CONVERTED = (RNG.random(4000) < 1 / (1 + np.exp(-2 * MATRIX[:, 0] - MATRIX[:, 1]))).astype(np.int64)
SOURCES = ["noise", "strong", "weak", "strong"]
COLUMNS = MATRIX[:, [3, 0, 1, 2]]


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    setup = Setup(params={}, rounds=None, coded=(), threads=1, seed=1)
    return Ensemble((FAMILIES["logistic"].fit(Sample(COLUMNS[:2000], CONVERTED[:2000]), setup),), (1.0,))


def test_the_rise_of_the_log_loss_is_told_by_source_the_strongest_first(ensemble: Ensemble) -> None:
    found = permutation_importance(ensemble, COLUMNS[2000:], CONVERTED[2000:], SOURCES, threads=1, seed=1)
    assert list(found) == ["strong", "weak", "noise"]
    assert found["strong"] > 0.3 > 0.2 > found["weak"] > 0.05
    assert found["noise"] == pytest.approx(0, abs=0.005)


def test_same_seed_same_importance_and_the_leads_stay_as_they_are(ensemble: Ensemble) -> None:
    before = COLUMNS[2000:].copy()
    once, again, other = (
        permutation_importance(ensemble, COLUMNS[2000:], CONVERTED[2000:], SOURCES, threads=1, seed=seed)
        for seed in (1, 1, 2)
    )
    assert once == again != other
    np.testing.assert_array_equal(COLUMNS[2000:], before)


@dataclass(frozen=True)
class Difference:
    """A member that votes by the difference of two columns, 0 on every lead that there is."""

    family: str = "difference"
    trees: int = 0

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        return 5 * (matrix[:, 0] - matrix[:, 1])


def test_all_columns_of_a_source_are_shuffled_together() -> None:
    twice = MATRIX[:, [0, 0]]
    found = permutation_importance(Ensemble((Difference(),), (1.0,)), twice, CONVERTED, ["a", "a"], threads=1, seed=1)
    assert found == {"a": pytest.approx(0)}
    apart = permutation_importance(Ensemble((Difference(),), (1.0,)), twice, CONVERTED, ["a", "b"], threads=1, seed=1)
    assert min(apart.values()) > 0.5
