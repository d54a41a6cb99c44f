import numpy as np

from leadscore.models.members.tree import Tree
from leadscore.models.members.trees import Trees
from leadscore.models.shap import Explainer


def tree(nodes):
    """Nodes of left, right, feature, threshold, nan_left, count, value."""
    return Tree(*(np.array(column) for column in zip(*nodes, strict=True)))


TWO_SPLITS = tree(
    [
        (1, 2, 0, 0.5, False, 10, 0.0),
        (-1, -1, 0, 0.0, False, 6, 0.1),
        (3, 4, 1, -2.0, True, 4, 0.0),
        (-1, -1, 0, 0.0, False, 1, 0.2),
        (-1, -1, 0, 0.0, False, 3, 0.7),
    ]
)
LEAF = tree([(-1, -1, 0, 0.0, False, 10, -1.0)])


def test_a_lead_goes_where_the_nodes_say():
    member = Trees.of("any", [TWO_SPLITS, LEAF], columns=2)
    matrix = np.array([[0.5, 0], [0.75, -2], [0.75, -1], [0.75, np.nan], [np.nan, 0], [np.nan, np.nan]])
    np.testing.assert_allclose(member.log_odds(matrix), np.array([0.1, 0.2, 0.7, 0.2, 0.7, 0.2]) - 1, atol=1e-15)
    assert member.trees == 2


def test_the_shapley_values_of_two_splits_are_those_worked_out_by_hand():
    lead = np.array([[0.75, -1.0]])
    none, both = 0.6 * 0.1 + 0.1 * 0.2 + 0.3 * 0.7, 0.7
    first, second = 0.25 * 0.2 + 0.75 * 0.7, 0.6 * 0.1 + 0.4 * 0.7
    expected = [(first - none + both - second) / 2, (second - none + both - first) / 2]
    found = Explainer([Trees.of("any", [TWO_SPLITS], columns=2)], [1.0], ["a", "b"]).contributions(lead)
    np.testing.assert_allclose(found, [expected], atol=1e-7)


def test_trees_without_splits_are_a_constant():
    member = Trees.of("any", [LEAF, LEAF], columns=2)
    matrix = np.array([[0.0, np.nan]])
    assert member.log_odds(matrix).tolist() == [-2.0]
    assert not Explainer([member], [1.0], ["a", "b"]).contributions(matrix).any()
