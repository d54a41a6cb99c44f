"""What every family promises, the simplest first."""

import numpy as np
import optuna
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from leadscore.models.members.member import Sample, Setup
from leadscore.models.members.registry import FAMILIES
from leadscore.models.shap import Explainer

NAMES = [f"f{i}" for i in range(6)]


def test_the_simplest_family_is_the_first():
    assert list(FAMILIES) == ["logistic", "lightgbm", "xgboost", "random_forest", "extra_trees", "catboost"]
    assert all(name == family.name for name, family in FAMILIES.items())


def test_a_member_tells_those_who_convert_from_those_who_do_not(fitted, leads):
    matrix, converted = leads(2000, seed=3)
    log_odds = fitted.log_odds(matrix)
    assert log_odds.dtype == np.float64
    assert roc_auc_score(converted, log_odds) > 0.72
    assert log_loss(converted, 1 / (1 + np.exp(-log_odds))) < 0.62, "guessing the base rate has 0.66"


@pytest.mark.parametrize("threads", [1, 2])
def test_the_log_odds_of_a_lead_do_not_depend_on_the_others_nor_on_the_threads_to_the_last_bit(fitted, leads, threads):
    matrix, _ = leads(2000, seed=3)
    expected = fitted.log_odds(matrix, threads=1)
    for size in (0, 1, 2, 63, 64, 65, 127, 128, 129, 1000, 1999, 2000):  # XGBoost goes by blocks of 64 rows
        for part in (slice(0, size), slice(2000 - size, 2000)):
            np.testing.assert_array_equal(fitted.log_odds(matrix[part], threads=threads), expected[part])
    order = np.random.default_rng(4).permutation(2000)
    np.testing.assert_array_equal(fitted.log_odds(matrix[order], threads=threads), expected[order])
    np.testing.assert_array_equal(fitted.log_odds(np.asfortranarray(matrix), threads=threads), expected)


def test_the_contributions_and_one_constant_make_the_weighted_log_odds(fitted, leads):
    matrix, _ = leads(1000, seed=3)
    log_odds = 0.4 * fitted.log_odds(matrix)
    rest = log_odds - Explainer([fitted], [0.4], NAMES).contributions(matrix).sum(axis=1)
    assert np.ptp(log_odds) > 0.5
    assert np.ptp(rest) < 1e-5


def test_the_contributions_to_a_lead_do_not_depend_on_the_others_to_the_last_bit(fitted, leads):
    matrix, _ = leads(1000, seed=3)
    explainer = Explainer([fitted], [0.4], NAMES)
    expected = explainer.contributions(matrix)
    for size in (0, 1, 159):
        np.testing.assert_array_equal(explainer.contributions(matrix[:size]), expected[:size])
    order = np.random.default_rng(4).permutation(1000)
    np.testing.assert_array_equal(explainer.contributions(matrix[order]), expected[order])


def test_a_member_read_back_predicts_the_same_bits(family, fitted, leads):
    matrix, _ = leads(500, seed=3)
    again = family.from_bytes(fitted.to_bytes())
    np.testing.assert_array_equal(again.log_odds(matrix), fitted.log_odds(matrix))
    assert again.to_bytes() == fitted.to_bytes()
    assert (again.family, again.trees) == (fitted.family, fitted.trees) == (family.name, fitted.trees)


def test_what_is_no_member_is_a_value_error(family):
    for data in (b"", b"no model", b"\xff\xfe"):
        with pytest.raises(ValueError, match=r"."):
            family.from_bytes(data)


def test_same_data_and_seed_give_the_same_bytes_whatever_the_threads(family, fitted, fit):
    assert all(fit(family, threads=threads).to_bytes() == fitted.to_bytes() for threads in (1, 2))


def test_another_seed_gives_another_member(family, fitted, fit):
    other = fit(family, seed=8, rounds=fitted.trees or None)
    assert (other.to_bytes() == fitted.to_bytes()) == (family.name == "logistic")


def test_fixed_rounds_are_kept_exactly(family, fit):
    assert fit(family, rounds=9).trees == (0 if family.name == "logistic" else 9)


def test_early_stopping_keeps_only_the_best_rounds(family, fitted, fit, leads):
    matrix, _ = leads(500, seed=3)
    assert fitted.trees < 200
    again = fit(family, rounds=fitted.trees or None)
    assert again.log_odds(matrix) == pytest.approx(fitted.log_odds(matrix), abs=1e-9)


def test_a_lead_weighs_as_much_as_so_many_copies(family, leads):
    matrix, converted = leads(800, seed=1)
    calm = {  # nothing drawn at random, no limit in leads, and no statistics that weights leave out
        "lightgbm": {"bagging_fraction": 1.0, "min_data_in_leaf": 1},
        "xgboost": {"subsample": 1.0},
        "random_forest": {"bootstrap": False, "min_samples_leaf": 1},
        "extra_trees": {"min_samples_leaf": 1},
        "catboost": {"subsample": 1.0, "random_strength": 0.0},
    }.get(family.name, {})
    setup = Setup(params=calm, rounds=30, coded=(1,), threads=1, seed=1)
    plain = family.fit(Sample(matrix, converted), setup)
    weighted = family.fit(Sample(matrix, converted, np.where(converted, 4.0, 1.0)), setup)
    lift = (weighted.log_odds(matrix) - plain.log_odds(matrix)).mean()
    assert lift == pytest.approx(np.log(4), abs=0.6), "the odds of the training leads are four times as high"


def test_the_search_space_holds_small_depths_and_every_point_of_it_can_be_fitted(family, fit):
    drawn = []

    def tried(trial):
        params = family.suggest(trial)
        drawn.append(params)
        assert fit(family, rounds=3, **params).family == family.name
        return 0.0

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)).optimize(tried, n_trials=8)
    assert set(drawn[0]) <= set(family.defaults)
    depths = [params.get("max_depth", params.get("depth", 1)) for params in drawn]
    assert min(depths) <= 2
    assert max(depths) <= 8


def test_every_family_is_available_where_the_development_requirements_are(family):
    assert family.available()
