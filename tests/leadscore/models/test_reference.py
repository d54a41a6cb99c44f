import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.models.reference import Reference

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=300).map(np.array)


@settings(deadline=None)
@given(probabilities, probabilities)
def test_scores_are_1_to_99_and_rise_with_the_probability(known: np.ndarray, new: np.ndarray) -> None:
    score = Reference.of(known).score(np.sort(new))
    assert score.min() >= 1
    assert score.max() <= 99
    assert (np.diff(score) >= 0).all()


@settings(deadline=None)
@given(probabilities)
def test_equal_probabilities_have_equal_scores(known: np.ndarray) -> None:
    reference = Reference.of(known)
    for value in known[:5]:
        assert len(set(reference.score(np.append(known[known == value], value)))) == 1


def test_the_score_of_a_lead_is_the_percentage_of_the_reference_that_it_reaches() -> None:
    reference = Reference.of(np.linspace(0, 1, 1001))
    assert reference.score(np.array([0.0, 0.005, 0.255, 0.501, 0.989, 0.999, 1.0])).tolist() == [
        1,
        1,
        25,
        50,
        98,
        99,
        99,
    ]


def test_grades_share_the_reference_10_20_30_40() -> None:
    probability = np.random.default_rng(0).beta(1, 10, 20_000)
    reference = Reference.of(probability)
    grades = reference.grade(reference.score(probability))
    shares = {grade: (grades == grade).mean() for grade in "ABCD"}
    assert shares == pytest.approx({"A": 0.1, "B": 0.2, "C": 0.3, "D": 0.4}, abs=0.001)


def test_grades_begin_at_their_bands() -> None:
    reference = Reference.of(np.linspace(0, 1, 1001))
    assert reference.grade(np.array([1, 39, 40, 69, 70, 89, 90, 99])).tolist() == list("DDCCBBAA")


@settings(deadline=None)
@given(probabilities)
def test_a_reference_read_back_is_the_same_to_the_last_bit(known: np.ndarray) -> None:
    reference = Reference.of(known)
    assert Reference.model_validate_json(reference.model_dump_json()) == reference
