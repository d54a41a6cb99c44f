import lightgbm as lgb
import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.models.members.member import Sample, Setup
from leadscore.models.members.registry import FAMILIES
from leadscore.models.members.trees import Trees
from leadscore.models.members.xgboost import XGBoosted
from leadscore.models.shap import Explainer

K = 6
NAMES = tuple(f"f{i}" for i in range(K))
TOLERANCE = 1e-5


def leads(n, seed, missing=0.2):
    """Rounded and continuous values, codes and NaN, all values of float32, and an outcome of them."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, K))
    matrix[:, 1] = rng.integers(0, 40, n)
    matrix[:, 2] = np.round(matrix[:, 2], 1)
    matrix[rng.random((n, K)) < missing] = np.nan
    matrix = matrix.astype(np.float32).astype(np.float64)
    signal = np.nan_to_num(matrix[:, 0]) + np.sin(np.nan_to_num(matrix[:, 1])) + np.isnan(matrix[:, 4])
    return matrix, (signal + rng.normal(size=n) > 1).astype(float)


def light(matrix, converted, rounds=40, **more):
    params = {"objective": "binary", "max_depth": 5, "verbose": -1, "num_threads": 1} | more
    return Trees("lightgbm", lgb.train(params, lgb.Dataset(matrix, converted, feature_name=list(NAMES)), rounds))


def extreme(matrix, converted, rounds=40, **more):
    params = {"objective": "binary:logistic", "max_depth": 5, "nthread": 1} | more
    return XGBoosted(xgb.train(params, xgb.DMatrix(matrix, converted, feature_names=NAMES), rounds))


def own(member, matrix):
    """The booster's own contributions (n, k) and margins (n,)."""
    booster = member.booster
    if isinstance(booster, lgb.Booster):
        return booster.predict(matrix, pred_contrib=True)[:, :K], booster.predict(matrix, raw_score=True)
    data = xgb.DMatrix(matrix, feature_names=NAMES)
    return booster.predict(data, pred_contribs=True)[:, :K], booster.predict(data, output_margin=True)


@pytest.mark.parametrize("train", [light, extreme])
@pytest.mark.parametrize("missing", [0.2, 0.0])  # with 0.0 the booster meets NaN only when it scores
def test_contributions_are_the_booster_s_own(train, missing):
    booster = train(*leads(3000, seed=1, missing=missing))
    matrix, _ = leads(3000, seed=2)
    expected, _ = own(booster, matrix)
    assert np.abs(expected).max() > 1
    assert np.abs(Explainer([booster], [1.0], NAMES).contributions(matrix) - expected).max() < TOLERANCE


@pytest.mark.parametrize("train", [light, extreme])
def test_values_at_a_split_and_next_to_it_go_where_the_booster_sends_them(train):
    booster = train(*leads(3000, seed=1), rounds=3)
    splits = [tree["Split"] for tree in extreme_splits(booster)] if train is extreme else light_splits(booster)
    at = np.array(splits, dtype=np.float32)
    values = np.concatenate([at, np.nextafter(at, np.float32(-np.inf)), np.nextafter(at, np.float32(np.inf))])
    matrix = np.repeat(values.astype(np.float64)[:, None], K, axis=1)
    expected, _ = own(booster, matrix)
    assert np.abs(Explainer([booster], [1.0], NAMES).contributions(matrix) - expected).max() < TOLERANCE


def extreme_splits(booster):
    table = booster.booster.trees_to_dataframe()
    return table[table["Feature"] != "Leaf"].to_dict("records")


def light_splits(booster):
    return booster.booster.trees_to_dataframe()["threshold"].dropna().tolist()


def test_contributions_and_one_constant_make_the_weighted_margin():
    train = leads(3000, seed=1)
    boosters, weights = [light(*train), extreme(*train)], [0.7, 0.3]
    matrix, _ = leads(2000, seed=2)
    margin = sum(weight * own(booster, matrix)[1] for booster, weight in zip(boosters, weights, strict=True))
    rest = margin - Explainer(boosters, weights, NAMES).contributions(matrix).sum(axis=1)
    assert np.ptp(margin) > 1
    assert np.ptp(rest) < TOLERANCE


@pytest.fixture(scope="module")
def mix():
    """One member of every family, on the same leads, and weights."""
    matrix, converted = leads(1500, seed=1)
    matrix[:, 1] = np.nan_to_num(matrix[:, 1])
    sample, setup = Sample(matrix, converted.astype(int)), Setup(params={}, rounds=8, coded=(1,), threads=1, seed=1)
    return [family.fit(sample, setup) for family in FAMILIES.values()], np.linspace(0.1, 0.4, 6)


def test_contributions_of_all_families_and_one_constant_make_the_weighted_log_odds(mix):
    members, weights = mix
    matrix, _ = leads(1000, seed=2)
    log_odds = sum(weight * member.log_odds(matrix) for member, weight in zip(members, weights, strict=True))
    rest = log_odds - Explainer(members, weights, NAMES).contributions(matrix).sum(axis=1)
    assert np.ptp(log_odds) > 1
    assert np.ptp(rest) < TOLERANCE


def test_leads_are_scored_by_their_contributions_as_by_the_members(mix):
    members, weights = mix
    matrix, _ = leads(1000, seed=2)
    explainer = Explainer(members, weights, NAMES)
    expected = sum(weight * member.log_odds(matrix) for member, weight in zip(members, weights, strict=True))
    found = explainer.log_odds(explainer.contributions(matrix))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(explainer.log_odds(explainer.contributions(matrix[::-1]))[::-1], found)


def test_contributions_of_all_families_are_the_sum_of_those_of_each(mix):
    members, weights = mix
    matrix, _ = leads(200, seed=2)
    each = [Explainer([member], [1.0], NAMES).contributions(matrix) for member in members]
    together = Explainer(members, weights, NAMES).contributions(matrix)
    np.testing.assert_allclose(together, np.tensordot(weights, each, axes=1), rtol=0, atol=1e-12)


def test_columns_of_one_name_are_summed_whatever_leads_are_beside(mix):
    matrix, _ = leads(500, seed=2)
    apart, names = Explainer(*mix, NAMES).contributions(matrix), ("a", "b", "a", "c", "b", "a")
    explainer = Explainer(*mix, names)
    found = explainer.contributions(matrix)
    assert explainer.names == ["a", "b", "c"]
    np.testing.assert_allclose(found, apart @ (np.array(names)[:, None] == ["a", "b", "c"]), rtol=0, atol=1e-12)
    for size in (1, 2, 3, 100):
        np.testing.assert_array_equal(explainer.contributions(matrix[:size]), found[:size])


@pytest.mark.parametrize("rows", [slice(0, 1), slice(3, 163), slice(None, None, -1), [5, 5, 2]], ids=str)
def test_contributions_of_all_families_do_not_depend_on_the_leads_beside_to_the_last_bit(mix, rows):
    explainer, (matrix, _) = Explainer(*mix, NAMES), leads(400, seed=2)
    np.testing.assert_array_equal(explainer.contributions(matrix[rows]), explainer.contributions(matrix)[rows])


def test_an_explainer_explains_again_the_same_and_says_nothing(capfd):
    explainer = Explainer([light(*leads(3000, seed=1), rounds=5)], [1.0], NAMES)
    matrix, _ = leads(500, seed=2)
    capfd.readouterr()
    first = explainer.contributions(matrix)
    assert first.shape == (500, K)
    assert np.array_equal(explainer.contributions(matrix), first)
    assert capfd.readouterr() == ("", "")


LEADS = leads(1000, seed=2)[0]
SIZES = (0, 1, 2, 159, 321, 999)


@pytest.fixture(scope="module", params=[4, 5], ids=["depth 4", "depth 5"])
def alone(request):
    """An explainer of both boosters, and the contributions to LEADS, explained together."""
    train, depth = leads(3000, seed=1), {"rounds": 15, "max_depth": request.param}
    explainer = Explainer([light(*train, **depth), extreme(*train, **depth)], [0.7, 0.3], NAMES)
    return explainer, explainer.contributions(LEADS)


@pytest.mark.parametrize("size", SIZES)
def test_a_slice_of_any_size_has_the_same_contributions_to_the_last_bit(alone, size):
    explainer, expected = alone
    for part in (slice(0, size), slice(len(LEADS) - size, len(LEADS))):
        assert np.array_equal(explainer.contributions(LEADS[part]), expected[part])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, len(LEADS) - 1), max_size=400))
def test_any_leads_in_any_order_have_the_same_contributions_to_the_last_bit(alone, rows):
    explainer, expected = alone
    assert np.array_equal(explainer.contributions(LEADS[rows]), expected[rows])


@pytest.mark.parametrize("cut", [1, 7, 160, 333])
def test_however_the_leads_are_cut_into_chunks_the_contributions_are_the_same_to_the_last_bit(alone, cut):
    explainer, expected = alone
    chunks = [LEADS[start : start + cut] for start in range(0, 7 * cut, cut)]
    assert np.array_equal(np.vstack([explainer.contributions(chunk) for chunk in chunks]), expected[: 7 * cut])


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda matrix: np.repeat(matrix, 2, axis=1)[:, ::2]])
def test_the_layout_of_the_matrix_in_memory_does_not_matter(alone, layout):
    explainer, expected = alone
    assert np.array_equal(explainer.contributions(layout(LEADS)), expected)


def test_explaining_leaves_the_matrix_as_it_was(alone):
    matrix = np.asfortranarray(LEADS)
    alone[0].contributions(matrix)
    assert np.array_equal(matrix, LEADS, equal_nan=True)


@pytest.mark.parametrize("train", [light, extreme])
def test_a_booster_without_splits_explains_nothing(train):
    matrix, converted = leads(300, seed=1)
    stump = (
        train(matrix, converted, rounds=2, min_data_in_leaf=400)
        if train is light
        else train(matrix, converted, rounds=2, gamma=1e9)
    )
    assert not Explainer([stump], [1.0], NAMES).contributions(matrix).any()
