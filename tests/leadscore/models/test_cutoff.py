import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from leadscore.models.cutoff import f1_cutoff

outcomes = st.lists(
    st.tuples(st.sampled_from([0.01, 0.1, 0.2, 0.35, 0.5, 0.75, 0.99]), st.integers(0, 1)), min_size=2, max_size=40
).filter(lambda leads: any(won for _, won in leads))


def f1_at(cutoff: float, probability: np.ndarray, converted: np.ndarray) -> float:
    will = probability >= cutoff
    return float(2 * (will & (converted == 1)).sum() / (will.sum() + converted.sum()))


@settings(deadline=None)
@given(outcomes)
def test_no_other_cutoff_has_a_higher_f1(leads: list[tuple[float, int]]) -> None:
    probability, converted = np.array([p for p, _ in leads]), np.array([won for _, won in leads])
    found = f1_cutoff(probability, converted)
    brute = {value: f1_at(value, probability, converted) for value in [*probability.tolist(), 0.0, 1.0]}
    assert found.f1 == pytest.approx(max(brute.values()))
    assert brute[found.value] == pytest.approx(found.f1)


def test_f1_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    probability = rng.random(500)
    converted = (rng.random(500) < probability).astype(np.int64)
    found = f1_cutoff(probability, converted)
    assert found.f1 == pytest.approx(f1_score(converted, probability >= found.value))


def test_the_cutoff_of_a_known_case() -> None:
    found = f1_cutoff(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 0, 1]))
    assert (found.value, found.f1) == (0.2, 0.8)
