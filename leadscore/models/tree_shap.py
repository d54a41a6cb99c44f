"""Exact SHAP values of sums of decision trees, from tables that leads share.

They are path-dependent TreeSHAP (Lundberg et al., "From local explanations to global understanding with explainable AI
for trees", 2020, algorithm 2), as LightGBM's ``pred_contrib`` and XGBoost's ``pred_contribs`` return them. Let a leaf
of value w test the features i: a_i is 1 where a lead passes all its tests of feature i, else 0, and p_i is the share of
the training leads that pass them where they are made. The leaf is a game in which a coalition S is worth w times the
product of a_i over S and of p_i over the others. Its Shapley value is

    w (a_i - p_i) integral of the product over j != i of (p_j + t (a_j - p_j)) dt from 0 to 1

(by the multilinear extension; Owen 1972), which Gauss and Legendre's rule gives exactly, since it is a polynomial.

Fast is what leads share: to a branch of a tree all leads are alike that lie between the same of its thresholds, in one
*cell*. A branch of few cells is told once for all, as a table, and a branch of more as the two in which it ends. What
is left to do for a lead is to look up its cell in a few tables a tree (see `lookup`). Its values do not depend on the
leads beside it, to the last bit: they are added table by table, in one order.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Self

import numpy as np
from numpy.typing import NDArray

from leadscore.models.members.tree import Tree
from leadscore.models.tables import Codes, Packed, Table, packed

TABLE_CELLS = 512  # of a branch that is told once for all: with larger ones only the start is slower, no scoring faster
LEADS_AT_ONCE = 4096  # whose cells are looked up together: their codes stay in the cache

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Leaves:
    """Leaves (l,), side by side in a tree: which codes (l, c) each ``accepts``, by feature; their ``shares`` p_i (l,)
    and ``values`` w (l,). A feature that a leaf does not test is accepted with every code, and its share is 1.
    """

    accepts: dict[int, Mask]
    shares: dict[int, Floats]
    values: Floats

    def part(self, first: int, last: int, features: Iterable[int]) -> "Leaves":
        """Those from ``first`` to before ``last``, which test no other ``features``."""
        tested, rows = sorted(features), slice(first, last)
        accepts = {feature: self.accepts[feature][rows] for feature in tested}
        return Leaves(accepts, {feature: self.shares[feature][rows] for feature in tested}, self.values[rows])

    def merged(self) -> tuple[dict[int, Whole], "Leaves"]:
        """The digit of each code, the same where no leaf tells codes apart; and the leaves by digits."""
        digits, merged = {}, {}
        for feature, accepts in self.accepts.items():
            seen: dict[bytes, int] = {}
            alike = [seen.setdefault(column.tobytes(), len(seen)) for column in accepts.T]
            digits[feature] = np.array(alike)
            merged[feature] = accepts[:, [alike.index(digit) for digit in range(len(seen))]]
        return digits, Leaves(merged, self.shares, self.values)

    def effects(self) -> dict[int, Floats]:
        """What the leaves together add in each cell, by feature; the code of the first feature changes fastest."""
        sizes = {feature: accepts.shape[1] for feature, accepts in self.accepts.items()}
        codes = np.unravel_index(np.arange(math.prod(sizes.values())), tuple(sizes.values()), order="F")
        passed = np.array([self.accepts[i][:, each] for i, each in zip(sizes, codes, strict=True)], dtype=np.float64)
        share = np.array([self.shares[feature] for feature in sizes])[:, :, None]
        gain, total = passed - share, np.zeros_like(passed)
        for t, weight in zip(*gauss_legendre(len(sizes)), strict=True):
            each = share + t * gain  # above 0: every share is
            total += weight * each.prod(axis=0) / each
        return dict(zip(sizes, np.einsum("fln,l->fn", total * gain, self.values), strict=True))


@dataclass(frozen=True)
class Forest:
    """The trees of a member, ready to explain: where its ``thresholds`` lie by feature, and ``tables`` by their codes.
    ``constant`` is what they say on average, of a lead of which nothing is known.

    The code of a value is how many thresholds lie below it (with ``strict`` ones: at or below); NaN has the last one.
    """

    thresholds: dict[int, Floats]
    strict: bool
    tables: Packed
    constant: float

    @classmethod
    def of(cls, trees: Sequence[Tree], weight: float, rows: Sequence[int], *, strict: bool, base: float = 0.0) -> Self:
        """``base`` and ``trees``, both times ``weight``, by the ``rows`` that columns are added to.

        With ``strict`` x < t goes to the left.
        """
        split = [tree for tree in trees if tree.left[0] >= 0]  # a tree without splits tells leads nothing
        thresholds = split_at(split)
        tables = [table for tree in split for table in told(tree, weight, rows, thresholds)]
        constant = weight * (base + sum(mean(tree) for tree in trees))
        return cls(thresholds, strict, packed(tables, list(thresholds)), constant)

    def add_to(self, effects: Floats, matrix: Floats) -> None:
        """Add what the columns of ``matrix`` (n, k) contribute to their rows of ``effects`` (s, n)."""
        from leadscore.models.lookup import add_up

        for start in range(0, len(matrix), LEADS_AT_ONCE):
            add_up(effects, start, self._codes(matrix[start : start + LEADS_AT_ONCE]), self.tables)

    def _codes(self, matrix: Floats) -> Codes:
        """Those of every feature, (f, n)."""
        codes = np.empty((len(self.thresholds), len(matrix)), dtype=np.uint32)
        for mine, (feature, at) in zip(codes, self.thresholds.items(), strict=True):
            values = matrix[:, feature]
            mine[:] = np.searchsorted(at, values, side="right" if self.strict else "left")
            mine[np.isnan(values)] = len(at) + 1
        return codes


def split_at(trees: Sequence[Tree]) -> dict[int, Floats]:
    """The thresholds of each feature in ``trees``, from the least to the greatest."""
    features, values = (
        np.concatenate([getattr(tree, name)[tree.left >= 0] for tree in trees] or [[]])
        for name in ("feature", "threshold")
    )
    return {int(feature): np.unique(values[features == feature]) for feature in np.unique(features)}


def mean(tree: Tree, node: int = 0) -> float:
    """What the ``tree`` says of the training leads on average, by their counts."""
    if tree.left[node] < 0:
        return float(tree.value[node])
    children = (int(tree.left[node]), int(tree.right[node]))
    return sum(float(tree.count[child] / tree.count[node]) * mean(tree, child) for child in children)


def told(tree: Tree, weight: float, rows: Sequence[int], thresholds: Mapping[int, Floats]) -> Iterator[Table]:
    """The ``tree`` as tables by the codes that follow from the ``thresholds`` of the whole forest."""
    own = split_at([tree])
    codes = {feature: fewer(thresholds[feature], at) for feature, at in own.items()}
    return branched(*grown(tree, weight, own), codes, rows)


def fewer(thresholds: Floats, kept: Floats) -> Whole:
    """The code by the thresholds that are ``kept`` for each code by all ``thresholds``."""
    codes = np.searchsorted(np.searchsorted(thresholds, kept), np.arange(len(thresholds) + 2))
    codes[-1] = len(kept) + 1
    return codes


@dataclass(frozen=True)
class Shape:
    """A node of a tree: its leaves are those from ``first`` to before ``last``, and they test these ``features``."""

    first: int
    last: int
    features: frozenset[int]
    children: tuple["Shape", ...] = ()


def grown(tree: Tree, weight: float, thresholds: Mapping[int, Floats]) -> tuple[Shape, Leaves]:
    """The shape of the ``tree``, and its leaves from left to right by the codes of the ``thresholds``."""
    tests = {feature: np.ones(len(at) + 2, dtype=np.bool_) for feature, at in thresholds.items()}
    found: list[tuple[dict[int, Mask], dict[int, float], float]] = []

    def walk(node: int, accepts: dict[int, Mask], shares: dict[int, float]) -> Shape:
        first = len(found)
        if tree.left[node] < 0:
            found.append((accepts, shares, weight * float(tree.value[node])))
            return Shape(first, first + 1, frozenset(accepts))
        feature, children = int(tree.feature[node]), []
        left = np.arange(len(tests[feature])) <= np.searchsorted(thresholds[feature], tree.threshold[node])
        left[-1] = tree.nan_left[node]
        for child, passed in ((int(tree.left[node]), left), (int(tree.right[node]), ~left)):
            share = shares.get(feature, 1.0) * float(tree.count[child] / tree.count[node])
            accepted = accepts.get(feature, tests[feature]) & passed
            children.append(walk(child, accepts | {feature: accepted}, shares | {feature: share}))
        features = reduce(frozenset.union, (child.features for child in children))
        return Shape(first, len(found), features, tuple(children))

    shape = walk(0, {}, {})
    accepts = {i: np.array([each.get(i, tests[i]) for each, _, _ in found]) for i in sorted(shape.features)}
    shares = {i: np.array([each.get(i, 1.0) for _, each, _ in found]) for i in sorted(shape.features)}
    return shape, Leaves(accepts, shares, np.array([value for _, _, value in found]))


def branched(shape: Shape, leaves: Leaves, codes: Mapping[int, Whole], rows: Sequence[int]) -> Iterator[Table]:
    """The ``leaves`` under a node of this ``shape``: one table if their cells are few, else those of its children.

    ``codes`` are the leaves' own for each of the forest's, by feature.
    """
    digits, merged = leaves.merged()
    codes = {feature: digit[codes[feature]] for feature, digit in digits.items()}
    sizes = [accepts.shape[1] for accepts in merged.accepts.values()]
    if shape.children and math.prod(sizes) > TABLE_CELLS:
        for child in shape.children:
            part = merged.part(child.first - shape.first, child.last - shape.first, child.features)
            yield from branched(child, part, codes, rows)
        return
    effects: dict[int, Floats] = {}
    for feature, each in merged.effects().items():
        effects[rows[feature]] = effects.get(rows[feature], 0) + each
    strides = np.cumprod([1, *sizes[:-1]])
    yield Table({i: stride * code for stride, (i, code) in zip(strides, codes.items(), strict=True)}, effects)


@cache
def gauss_legendre(features: int) -> tuple[Floats, Floats]:
    """Places and weights on (0, 1) by which the product of all but one of so many ``features`` is integrated."""
    places, weights = np.polynomial.legendre.leggauss(max((features + 1) // 2, 1))
    return (places + 1) / 2, weights / 2
