import numpy as np
import pytest

from leadscore.features.linear import LinearView


def test_gaps_take_the_median_and_columns_one_scale():
    matrix = np.array([[1.0, 5.0], [2.0, np.nan], [9.0, 5.0]])
    view = LinearView.learn(matrix)
    found = view.transform(matrix)
    assert found[:, 0] == pytest.approx((matrix[:, 0] - 4) / matrix[:, 0].std())
    assert found[:, 1].tolist() == [0, 0, 0], "a constant column has nothing to scale"


def test_counts_are_logged_and_shares_are_not():
    rng = np.random.default_rng(1)
    matrix = np.column_stack([np.floor(rng.pareto(0.8, 2000)), rng.random(2000), rng.normal(size=2000)])
    view = LinearView.learn(matrix)
    assert view.logged == (True, False, False)
    logs = np.log1p(matrix[:, 0])
    assert view.transform(matrix)[:, 0] == pytest.approx((logs - logs.mean()) / logs.std())


def test_leads_seen_later_change_nothing_in_the_view():
    matrix = np.random.default_rng(2).normal(size=(50, 3))
    view = LinearView.learn(matrix[:40])
    assert np.array_equal(view.transform(matrix)[40:], view.transform(matrix[40:]))
    assert LinearView.model_validate_json(view.model_dump_json()) == view
