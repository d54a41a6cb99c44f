import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.models import tree_shap
from leadscore.models.members.tree import Tree
from leadscore.models.tree_shap import Forest

K = 4
ROWS = list(range(K))  # each column counts for itself


def grow(seed, depth, strict):
    """A tree of random splits at few thresholds, some of them repeated on the way down, and counts that add up."""
    rng, nodes = np.random.default_rng(seed), []

    def node(level, count):
        place = len(nodes)
        nodes.append(None)
        if level == depth or count < 2 or (level and rng.random() < 0.2):
            nodes[place] = (-1, -1, 0, 0.0, False, count, rng.normal())
            return place
        left = int(rng.integers(1, count))
        split = (rng.integers(K), rng.integers(-2, 3) / 2, bool(rng.integers(2)), count, 0.0)
        nodes[place] = (node(level + 1, left), node(level + 1, count - left), *split)
        return place

    node(0, 1000)
    return Tree(*(np.array(column) for column in zip(*nodes, strict=True)))


def worth(tree, lead, known, strict, node=0):
    """What the tree says of a ``lead`` of which only some features are ``known`` (Lundberg et al. 2020, section 2)."""
    if tree.left[node] < 0:
        return tree.value[node]
    value, at, children = lead[tree.feature[node]], tree.threshold[node], (tree.left[node], tree.right[node])
    if tree.feature[node] in known:
        goes_left = tree.nan_left[node] if np.isnan(value) else value < at if strict else value <= at
        return worth(tree, lead, known, strict, children[0 if goes_left else 1])
    shares = [tree.count[child] / tree.count[node] for child in children]
    return sum(p * worth(tree, lead, known, strict, child) for p, child in zip(shares, children, strict=True))


def shapley(tree, lead, strict):
    """The Shapley values of a lead by their definition: the mean over all coalitions of the others."""
    found = np.zeros(K)
    for i in range(K):
        others = [j for j in range(K) if j != i]
        for size in range(K):
            chance = math.factorial(size) * math.factorial(K - size - 1) / math.factorial(K)
            for known in combinations(others, size):
                gain = worth(tree, lead, {*known, i}, strict) - worth(tree, lead, set(known), strict)
                found[i] += chance * gain
    return found


def leads(n, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-3, 4, size=(n, K)) / 2
    matrix[rng.random((n, K)) < 0.15] = np.nan
    return matrix


def explained(forest, matrix):
    effects = np.zeros((K, len(matrix)))
    forest.add_to(effects, matrix)
    return effects.T


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 6), st.booleans(), st.sampled_from([1, 8, 512]))
def test_the_values_are_those_of_the_definition_whatever_the_size_of_a_table(seed, depth, strict, table_cells):
    tree, matrix = grow(seed, depth, strict), leads(6, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree_shap, "TABLE_CELLS", table_cells)
        forest = Forest.of([tree], 1.0, ROWS, strict=strict)
    expected = [shapley(tree, lead, strict) for lead in matrix]
    np.testing.assert_allclose(explained(forest, matrix), expected, rtol=0, atol=1e-12)


def test_the_values_of_a_forest_are_the_weighted_sum_of_those_of_its_trees():
    trees, matrix = [grow(seed, 5, True) for seed in range(5)], leads(50, 1)
    alone = sum(explained(Forest.of([tree], 1.0, ROWS, strict=True), matrix) for tree in trees)
    together = explained(Forest.of(trees, 0.25, ROWS, strict=True), matrix)
    np.testing.assert_allclose(together, 0.25 * alone, rtol=0, atol=1e-12)


def test_leads_that_are_looked_up_some_by_some_have_the_same_values_to_the_last_bit(monkeypatch):
    forest, matrix = Forest.of([grow(seed, 5, True) for seed in range(5)], 1.0, ROWS, strict=True), leads(50, 1)
    expected = explained(forest, matrix)
    monkeypatch.setattr(tree_shap, "LEADS_AT_ONCE", 7)
    np.testing.assert_array_equal(explained(forest, matrix), expected)


def test_no_leads_have_no_values():
    assert explained(Forest.of([grow(1, 5, True)], 1.0, ROWS, strict=True), leads(0, 1)).shape == (0, K)
