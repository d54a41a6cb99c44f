"""Exact SHAP values of sums of decision trees, from tables that leads share.

They are path-dependent TreeSHAP (Lundberg et al., "From local explanations to global understanding with explainable AI
for trees", 2020, algorithm 2), as LightGBM's ``pred_contrib`` and XGBoost's ``pred_contribs`` return them. Let a leaf
of value w test the features i: a_i is 1 where a lead passes all its tests of feature i, else 0, and p_i is the share of
the training leads that pass them where they are made. The leaf is a game in which a coalition S is worth w times the
product of a_i over S and of p_i over the others. Its Shapley value is

    w (a_i - p_i) integral of the product over j != i of (p_j + t (a_j - p_j)) dt from 0 to 1

(by the multilinear extension; Owen 1972), which Gauss and Legendre's rule gives exactly, since it is a polynomial.

Fast is what leads share: to a tree all leads are alike that lie between the same of its thresholds, in one *cell*. Of
100,000 leads one in five is unlike the others, of these in a branch of the tree one in three, and the cells of a small
branch can be told once for all. A lead's values do not depend on the leads beside it, to the last bit: they are added
leaf by leaf and tree by tree, in one order.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import Self

import numpy as np
from numpy.typing import NDArray

from leadscore.models.members.tree import Tree

TABLE_CELLS = 512  # of a branch that is told once for all: with more of them reading the tables takes longer
MOST_CELLS = 2**62  # that can be numbered

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Mask = NDArray[np.bool_]
Effects = dict[str, Floats]
Codes = Mapping[int, Whole]  # by feature


@dataclass(frozen=True)
class Cells:
    """What tells leads apart: ``digits[i]`` is the digit of each code of feature i, of which there are ``sizes[i]``."""

    digits: dict[int, Whole]
    sizes: dict[int, int]

    @classmethod
    def of(cls, digits: Mapping[int, Whole]) -> Self:
        return cls(dict(digits), {feature: int(digit.max()) + 1 for feature, digit in digits.items()})

    @property
    def n(self) -> int:
        return math.prod(self.sizes.values())

    def under(self, codes: Mapping[int, Whole]) -> Self:
        """The same for other codes, of which ``codes`` gives those of here."""
        return replace(self, digits={feature: digits[codes[feature]] for feature, digits in self.digits.items()})

    def numbers(self, codes: Codes, n: int) -> Whole:
        """A number for each of ``n`` leads, the same for those in one cell: its digits, the first the lowest.

        Where there are too many cells for that, other numbers.
        """
        found, size = np.zeros(n, dtype=np.intp), 1
        for feature, digits in self.digits.items():
            if size > MOST_CELLS // self.sizes[feature]:
                found, size = apart(found)[0], n
            found += np.take(digits * size, codes[feature])
            size *= self.sizes[feature]
        return found

    def whole(self) -> dict[int, Whole]:
        """The digits of every cell in the order of their numbers, by feature."""
        every = np.unravel_index(np.arange(self.n), tuple(self.sizes.values()), order="F")
        return dict(zip(self.sizes, every, strict=True))


def apart(numbers: Whole) -> tuple[Whole, Whole]:
    """The place of each number among the distinct ones (n,), and where to find one of each of these."""
    import pandas as pd

    places, distinct = pd.factorize(numbers)
    found = np.empty(len(distinct), dtype=np.intp)
    found[places] = np.arange(len(numbers))
    return places, found


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

    def effects(self, cells: Cells) -> dict[int, Floats]:
        """What the leaves together add in each of the ``cells``, by feature."""
        codes = cells.whole()
        passed = np.array([self.accepts[feature][:, codes[feature]] for feature in codes], dtype=np.float64)
        share = np.array([self.shares[feature] for feature in codes])[:, :, None]
        gain, total = passed - share, np.zeros_like(passed)
        for t, weight in zip(*gauss_legendre(len(codes)), strict=True):
            each = share + t * gain  # above 0: every share is
            total += weight * each.prod(axis=0) / each
        return dict(zip(codes, np.einsum("fln,l->fn", total * gain, self.values), strict=True))


@dataclass(frozen=True)
class Table:
    """A branch with so few cells that its ``effects`` (n,) in each are known."""

    cells: Cells
    effects: Effects

    def explain(self, codes: Codes, n: int) -> tuple[Effects, Whole]:
        """The effects in some cells, and the place of each of ``n`` leads among these."""
        return self.effects, self.cells.numbers(codes, n)


@dataclass(frozen=True)
class Fork:
    """A branch that is told by the two in which it ends, once for all leads in a cell."""

    cells: Cells
    branches: tuple["Branch", ...]

    def explain(self, codes: Codes, n: int) -> tuple[Effects, Whole]:
        """The same."""
        places, rows = apart(self.cells.numbers(codes, n))
        few = {feature: digits[codes[feature][rows]] for feature, digits in self.cells.digits.items()}
        effects: Effects = {}
        for branch in self.branches:
            found, among = branch.explain(few, len(rows))
            for name, each in found.items():
                mine = np.take(each, among)
                effects[name] = effects[name] + mine if name in effects else mine
        return effects, places


Branch = Table | Fork


@dataclass(frozen=True)
class Forest:
    """The trees of a member, ready to explain: where its ``thresholds`` lie by feature, and each tree by their codes.

    The code of a value is how many thresholds lie below it (with ``strict`` ones: at or below); NaN has the last one.
    """

    thresholds: dict[int, Floats]
    strict: bool
    branches: tuple[Branch, ...]

    @classmethod
    def of(cls, trees: Sequence[Tree], weight: float, names: Sequence[str], *, strict: bool) -> Self:
        """``trees`` times ``weight``, by the ``names`` of the columns. With ``strict`` x < t goes to the left."""
        split = [tree for tree in trees if tree.left[0] >= 0]  # a tree without splits tells leads nothing
        thresholds = split_at(split)
        return cls(thresholds, strict, tuple(planted(tree, weight, names, thresholds) for tree in split))

    def add_to(self, effects: Effects, matrix: Floats) -> None:
        """Add what the columns of ``matrix`` (n, k) contribute to ``effects``, arrays (n,) by name."""
        codes = {feature: self._codes(matrix[:, feature], at) for feature, at in self.thresholds.items()}
        for branch in self.branches:
            found, places = branch.explain(codes, len(matrix))
            for name, each in found.items():
                effects[name] += np.take(each, places)

    def _codes(self, values: Floats, at: Floats) -> Whole:
        codes = np.searchsorted(at, values, side="right" if self.strict else "left")
        codes[np.isnan(values)] = len(at) + 1
        return codes


def split_at(trees: Sequence[Tree]) -> dict[int, Floats]:
    """The thresholds of each feature in ``trees``, from the least to the greatest."""
    features, values = (
        np.concatenate([getattr(tree, name)[tree.left >= 0] for tree in trees] or [[]])
        for name in ("feature", "threshold")
    )
    return {int(feature): np.unique(values[features == feature]) for feature in np.unique(features)}


def planted(tree: Tree, weight: float, names: Sequence[str], thresholds: Mapping[int, Floats]) -> Branch:
    """The ``tree`` as branches, by the codes that follow from the ``thresholds`` of the whole forest."""
    own = split_at([tree])
    root = branched(*grown(tree, weight, own), names)
    return replace(root, cells=root.cells.under({i: fewer(thresholds[i], at) for i, at in own.items()}))


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


def branched(shape: Shape, leaves: Leaves, names: Sequence[str]) -> Branch:
    """The ``leaves`` under a node of this ``shape``, as a table if their cells are few."""
    digits, merged = leaves.merged()
    cells = Cells.of(digits)
    if shape.children and cells.n > TABLE_CELLS:
        parts = [(child, child.first - shape.first, child.last - shape.first) for child in shape.children]
        branches = [branched(child, merged.part(a, b, child.features), names) for child, a, b in parts]
        return Fork(cells, tuple(branches))
    effects: Effects = {}
    for feature, each in merged.effects(cells).items():
        effects[names[feature]] = effects.get(names[feature], 0) + each
    return Table(cells, effects)


@cache
def gauss_legendre(features: int) -> tuple[Floats, Floats]:
    """Places and weights on (0, 1) by which the product of all but one of so many ``features`` is integrated."""
    places, weights = np.polynomial.legendre.leggauss(max((features + 1) // 2, 1))
    return (places + 1) / 2, weights / 2
