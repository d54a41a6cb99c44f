import numpy as np
import pytest

from leadscore.models.imbalance import resampled
from leadscore.models.members.bag import fit_bag
from leadscore.models.members.member import Sample, Setup
from leadscore.models.members.registry import FAMILIES
from leadscore.models.shap import Explainer

NAMES = [f"f{i}" for i in range(6)]


@pytest.fixture(scope="module", params=["lightgbm", "xgboost", "logistic"])
def bag(request, leads):
    samples = resampled("balanced_bagging", Sample(*leads(1200, seed=1)), coded=(1,), seed=5)
    family = FAMILIES[request.param]
    params = {} if request.param == "logistic" else {"learning_rate": 0.3}
    return fit_bag(
        family, samples, Setup(params=params, rounds=None, coded=(1,), threads=1, seed=5, valid=leads(600, seed=2))
    )


def test_a_bag_votes_with_the_mean_of_its_members_log_odds(bag, leads):
    matrix, _ = leads(500, seed=3)
    votes = [member.log_odds(matrix) for member in bag.members]
    assert len(votes) == 5
    assert np.ptp(votes, axis=0).max() > 0.1, "its members differ"
    assert bag.log_odds(matrix) == pytest.approx(np.mean(votes, axis=0), abs=1e-12)
    assert bag.log_odds(matrix[:1])[0] == bag.log_odds(matrix)[0]


def test_the_rounds_of_a_bag_are_the_median_of_its_members(bag):
    assert bag.trees == round(np.median([member.trees for member in bag.members]))


def test_a_bag_is_explained_as_its_members_each_with_its_part_of_the_weight(bag, leads):
    matrix, _ = leads(500, seed=3)
    found = Explainer([bag], [0.8], NAMES).contributions(matrix)
    np.testing.assert_array_equal(found, Explainer(bag.members, [0.8 / 5] * 5, NAMES).contributions(matrix))
    assert np.ptp(0.8 * bag.log_odds(matrix) - found.sum(axis=1)) < 1e-5


def test_seeds_alone_make_a_bag_where_the_family_draws_at_random(leads):
    samples = resampled("none", Sample(*leads(500, seed=1)), coded=(), seed=1, n=3)
    bag = fit_bag(FAMILIES["lightgbm"], samples, Setup(params={}, rounds=5, coded=(), threads=1, seed=1))
    assert len({member.to_bytes() for member in bag.members}) == 3
