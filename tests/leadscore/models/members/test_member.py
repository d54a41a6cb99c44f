import numpy as np
import pytest

from leadscore.models.members.member import Sample, Setup, prior_weights

LEADS = np.zeros((4, 1))


def test_validation_leads_get_the_base_rate_of_the_training_leads():
    valid = np.array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    converted = np.array([1, 1, 0, 0])
    for weight, rate in ((None, 0.5), (np.array([1.0, 1.0, 3.0, 3.0]), 0.25)):
        found = prior_weights(valid, Sample(LEADS, converted, weight))
        assert np.average(valid, weights=found) == pytest.approx(rate)
        assert found.sum() == pytest.approx(10)


def test_equal_base_rates_need_no_weights():
    assert prior_weights(np.array([0, 1]), Sample(LEADS, np.array([1, 0, 0, 1]))).tolist() == [1, 1]


def test_validation_leads_of_one_outcome_are_left_as_they_are():
    assert prior_weights(np.zeros(3, dtype=int), Sample(LEADS[:2], np.array([0, 1]))).tolist() == [1, 1, 1]


def test_validation_leads_judge_where_the_rounds_are_still_to_be_found_and_there_alone():
    valid = (LEADS, np.array([0, 1, 0, 1]))
    rest = {"params": {}, "coded": (), "threads": 1, "seed": 1}
    assert Setup(rounds=None, valid=valid, **rest).judge is valid
    assert Setup(rounds=7, valid=valid, **rest).judge is None
