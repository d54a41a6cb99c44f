import numpy as np
import pytest
from scipy.special import logit
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from leadscore.models.members.forest import ExtraTrees, RandomForest
from leadscore.models.members.member import Sample, Setup
from leadscore.models.shap import Explainer

NAMES = [f"f{i}" for i in range(6)]
FAMILIES = {RandomForest(): RandomForestClassifier, ExtraTrees(): ExtraTreesClassifier}
PSEUDO_COUNT = 3.0


@pytest.fixture(scope="module", params=FAMILIES.items(), ids=lambda pair: pair[0].name)
def pair(request, leads):
    """A forest of ours, and scikit-learn's own of the same parameters."""
    family, grower = request.param
    matrix, converted = leads(1200, seed=1)
    setup = Setup(params={"pseudo_count": PSEUDO_COUNT}, rounds=25, coded=(1,), threads=1, seed=3)
    own = {name: value for name, value in family.defaults.items() if name != "pseudo_count"} | {"n_estimators": 25}
    theirs = grower(**own, random_state=3).fit(matrix.astype(np.float32), converted)
    return family.fit(Sample(matrix, converted), setup), theirs, converted.mean()


def summed(theirs, base, matrix):
    """The mean over scikit-learn's trees of the smoothed log-odds of the leaf that scikit-learn sends each lead to."""
    votes = []
    for tree, leaf in zip(theirs.estimators_, theirs.apply(matrix.astype(np.float32)).T, strict=True):
        n = tree.tree_.weighted_n_node_samples[leaf]
        won = n * tree.tree_.value[leaf, 0, 1]
        votes.append(logit((won + PSEUDO_COUNT * base) / (n + PSEUDO_COUNT)))
    return np.mean(votes, axis=0)


def test_the_log_odds_are_the_sum_over_scikit_learn_s_trees_with_gaps_and_at_the_splits(pair, leads):
    ours, theirs, base = pair
    matrix, _ = leads(2000, seed=3)
    for tree in theirs.estimators_[:10]:  # values at the splits and next to them
        for feature, threshold in zip(tree.tree_.feature, tree.tree_.threshold, strict=True):
            if feature >= 0:
                row = len(matrix) - 1 - feature
                matrix[row, feature] = np.float32(threshold)
                matrix[row - 100, feature] = np.nextafter(np.float32(threshold), np.float32(np.inf))
    matrix[:200][np.random.default_rng(1).random((200, 6)) < 0.5] = np.nan  # also where training had no gaps
    np.testing.assert_allclose(ours.log_odds(matrix), summed(theirs, base, matrix), rtol=0, atol=1e-9)


def test_the_contributions_are_lightgbm_s_own(pair, leads):
    ours, _, _ = pair
    matrix, _ = leads(1000, seed=3)
    expected = ours.booster.predict(matrix, pred_contrib=True)[:, :6]
    assert np.abs(expected).max() > 0.3
    assert np.abs(Explainer([ours], [1.0], NAMES).contributions(matrix) - expected).max() < 1e-5


def test_a_large_pseudo_count_makes_all_leads_average(leads):
    matrix, converted = leads(500, seed=1)
    setup = Setup(params={"pseudo_count": 1e9}, rounds=5, coded=(), threads=1, seed=1)
    forest = RandomForest().fit(Sample(matrix, converted), setup)
    assert forest.log_odds(matrix) == pytest.approx(logit(converted.mean()), abs=1e-5)


def test_a_pure_leaf_has_finite_log_odds():
    matrix = np.arange(200.0)[:, None]
    converted = (matrix[:, 0] >= 100).astype(np.int64)
    forest = RandomForest().fit(Sample(matrix, converted), Setup(params={}, rounds=5, coded=(), threads=1, seed=1))
    assert np.isfinite(forest.log_odds(matrix)).all()
    assert (forest.log_odds(matrix) > 0).tolist() == (converted == 1).tolist()
