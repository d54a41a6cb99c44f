import catboost
import numpy as np
import pytest

from leadscore.errors import ConfigError
from leadscore.models.members.catboost import FIXED, CatBoost, trees_of
from leadscore.models.members.member import Sample, Setup
from leadscore.models.members.trees import Trees


@pytest.mark.parametrize("depth", [1, 6])
def test_the_log_odds_are_catboost_s_own_with_gaps_and_at_the_borders(leads, depth):
    matrix, converted = leads(1000, seed=1)
    params = {"depth": depth}
    ours = CatBoost().fit(Sample(matrix, converted), Setup(params=params, rounds=40, coded=(1,), threads=1, seed=3))
    settings = FIXED | CatBoost.defaults | params | {"iterations": 40, "random_seed": 3, "thread_count": 1}
    theirs = catboost.CatBoost(settings).fit(catboost.Pool(matrix, converted))
    unseen, _ = leads(2000, seed=2)
    for column, borders in theirs.get_borders().items():
        at = np.array(borders, dtype=np.float32)
        unseen[: len(at), column] = at
        unseen[len(at) : 2 * len(at), column] = np.nextafter(at, np.float32(np.inf))
    np.testing.assert_allclose(ours.log_odds(unseen), theirs.predict(unseen), rtol=0, atol=1e-9)


def test_scale_bias_and_both_ways_of_gaps_are_read():
    splits = [{"float_feature_index": 0, "border": 0.5}, {"float_feature_index": 1, "border": 0.5}]
    features = [
        {"feature_index": 0, "nan_value_treatment": "AsFalse"},
        {"feature_index": 1, "nan_value_treatment": "AsTrue"},
    ]
    tree = {"splits": splits, "leaf_values": [1.0, 2.0, 3.0, 4.0], "leaf_weights": [5, 0, 2.4, 2]}
    model = {
        "scale_and_bias": [2.0, [0.5]],
        "features_info": {"float_features": features},
        "oblivious_trees": [tree, tree],
    }
    member = Trees.of("catboost", trees_of(model), columns=2)
    matrix = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [np.nan, np.nan]])
    assert member.log_odds(matrix).tolist() == [4.5, 8.5, 12.5, 16.5, 12.5]


def test_branches_that_no_lead_can_take_are_left_out():
    splits = [{"float_feature_index": 0, "border": border} for border in (0.5, 0.25, 0.5)]
    model = {
        "scale_and_bias": [1.0, [0.0]],
        "features_info": {"float_features": [{"feature_index": 0, "nan_value_treatment": "AsFalse"}]},
        "oblivious_trees": [
            {"splits": splits, "leaf_values": list(map(float, range(8))), "leaf_weights": [3, 0, 4, 0, 0, 0, 0, 5]}
        ],
    }
    (tree,) = trees_of(model)
    leaf = tree.left < 0
    assert tree.value[leaf].tolist() == [0.0, 2.0, 7.0]
    assert tree.count[leaf].tolist() == [3, 4, 5]
    assert tree.count[0] == 12


def test_asking_for_catboost_where_it_is_missing_says_how_to_install_it(leads, monkeypatch):
    monkeypatch.setattr("leadscore.models.members.catboost.find_spec", lambda name: None)
    assert not CatBoost().available()
    with pytest.raises(ConfigError, match=r"pip install leadscore\[catboost\]"):
        CatBoost().fit(Sample(*leads(50, seed=1)), Setup(params={}, rounds=2, coded=(), threads=1, seed=1))
