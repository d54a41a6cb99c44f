import numpy as np
import pytest

from leadscore.recipes.figures import Figures, best_f1, differences

CONVERTED = np.array([0, 0, 0, 1, 0, 1, 1, 0] * 20)
PROBABILITY = np.array([0.1, 0.2, 0.3, 0.35, 0.4, 0.6, 0.8, 0.9] * 20)


def test_the_best_f1_in_hindsight_is_that_of_the_best_of_all_cutoffs() -> None:
    assert best_f1(CONVERTED, PROBABILITY) == (0.75, 0.35)


def test_f1_is_told_at_the_own_cutoff_at_half_and_at_the_best() -> None:
    found = Figures.of(CONVERTED, PROBABILITY, 0.7, seed=1)
    assert found.f1.value == pytest.approx(2 * 1 / (2 + 3))
    assert found.f1_at_half.value == pytest.approx(2 * 2 / (3 + 3))
    assert (found.f1_at_best.value, found.best_cutoff) == (0.75, 0.35)
    assert found.f1.low <= found.f1.value <= found.f1.high


def test_a_difference_is_taken_on_the_same_leads_each_at_its_own_cutoff() -> None:
    same = differences(CONVERTED, (PROBABILITY, 0.35), (PROBABILITY, 0.35), seed=1)
    assert all(each.low == each.value == each.high == 0 for each in same.values())
    other = differences(CONVERTED, (PROBABILITY, 0.35), (PROBABILITY, 0.7), seed=1)
    assert other["f1"].value == pytest.approx(0.4 - 0.75)
    assert other["roc_auc"].value == 0
