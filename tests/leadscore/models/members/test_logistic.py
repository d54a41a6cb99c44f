import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression as Plain

from leadscore.features.linear import LinearView
from leadscore.models.members.logistic import Logistic, LogisticRegression, common
from leadscore.models.members.member import Sample, Setup

RNG = np.random.default_rng(1)


def fit(matrix, converted, coded=(), **params):
    setup = Setup(params=params, rounds=None, coded=coded, threads=1, seed=1)
    return LogisticRegression().fit(Sample(matrix, converted), setup)


def outcomes(log_odds):
    return (RNG.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)


def test_numbers_alone_give_scikit_learn_s_regression_on_the_linear_view():
    matrix = RNG.normal(size=(500, 3))
    converted = outcomes(matrix[:, 0])
    view = LinearView.learn(matrix).transform(matrix)
    expected = Plain(C=0.5).fit(view, converted).decision_function(view)
    assert fit(matrix, converted, C=0.5).log_odds(matrix) == pytest.approx(expected, abs=1e-2)


def test_codes_are_no_numbers_each_has_a_coefficient_of_its_own():
    codes = RNG.integers(0, 6, 6000).astype(float)
    effect = np.array([0.0, 2.0, -2.0, 1.0, -1.0, 0.0])
    member = fit(codes[:, None], outcomes(effect[codes.astype(int)]), coded=(0,), C=100.0)
    found = member.log_odds(np.arange(6.0)[:, None])
    assert found - found[0] == pytest.approx(effect, abs=0.4)


def test_rare_unknown_and_missing_codes_need_no_place_in_the_table():
    codes = np.repeat([0.0, 3.0, 4.0, 90.0], [100, 80, 60, 9])
    member = fit(codes[:, None], np.tile([0, 0, 1], 83), coded=(0,))
    assert len(member.tables[0]) == 6, "codes 0 to 4, and all others"
    log_odds = member.log_odds(np.array([[90.0], [91.0], [1.0], [0.0], [np.nan]]))
    assert log_odds[0] == log_odds[1] == log_odds[2]
    assert log_odds[3] == log_odds[4], "missing is code 0"


def test_only_the_commonest_codes_have_coefficients():
    codes = np.concatenate([np.repeat(np.arange(60.0), 12), np.arange(100.0, 109.0), [59.0, 58.0]])
    found = common(codes)
    assert len(found) == 50
    assert set(found[:2]) == {58.0, 59.0}


def test_a_gap_has_an_effect_where_training_leads_had_gaps():
    matrix = RNG.normal(size=(3000, 2))
    matrix[RNG.random(3000) < 0.3, 0] = np.nan
    member = fit(matrix, outcomes(2.0 * np.isnan(matrix[:, 0]) - 1), C=100.0)
    assert member.gap[0] == pytest.approx(2, abs=0.3)
    assert member.gap[1] == 0
    assert np.isfinite(member.log_odds(np.full((1, 2), np.nan))).all()


def test_the_mean_effect_of_each_column_on_the_training_leads_is_zero(leads):
    matrix, converted = leads(1000, seed=1)
    member = fit(matrix, converted, coded=(1,))
    assert np.abs(member.effects(matrix)).max() > 0.5
    assert member.effects(matrix).mean(axis=0) == pytest.approx(0, abs=1e-9)


@pytest.fixture(scope="module")
def member(leads):
    return fit(*leads(500, seed=1), coded=(1,))


@settings(deadline=None)
@given(st.lists(st.floats(-1e30, 1e30) | st.just(float("nan")), min_size=6, max_size=6))
def test_any_lead_has_log_odds_that_are_the_intercept_and_the_effects(member, lead):
    lead[1] = abs(lead[1])
    matrix = np.array([lead])
    log_odds = member.log_odds(matrix)
    assert np.isfinite(log_odds).all()
    assert log_odds == pytest.approx(member.intercept + member.effects(matrix).sum(), rel=1e-9, abs=1e-9)


def test_it_is_kept_as_json(member):
    assert member.to_bytes().startswith(b'{"family":"logistic"')
    assert Logistic.model_validate_json(member.to_bytes()) == member
