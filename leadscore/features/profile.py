"""How leads are spread over the bins of each feature: of the training leads, frozen in the bundle, and of any others.

The bins are of the ready matrix, so that a night counts them in passing: the codes of a category as they are, the
rarest known ones together; a number between quantiles of the training leads. A feature of two columns is counted by its
first, of which the second is a function.

How many values a later lead will show that training has not seen cannot be told from the training leads, to which all
their values are known. So that one share is taken from the holdout, as the evaluation fit reads it.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.features.categories import MISSING, UNSEEN
from leadscore.features.feature_map import FeatureMap, Matrix

CODES = 20  # bins of a category: the special codes, its most frequent values, and the others together
QUANTILES = 10  # bins of a number, at most
ROWS = 100_000  # training leads that are counted, at most: more would say the same

Counts = NDArray[np.int64]


class Spread(BaseModel):
    """One feature: the training leads by bin, ``counts`` (k,).

    ``place`` is its column in the matrix. Bin 0 are missing values; bin 1 of a ``coded`` feature are unseen ones. Of a
    number the bins from 1 on end at the ``edges`` (k - 2,), the last one nowhere.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    place: int
    coded: bool
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, name: str, place: int, coded: bool, values: Matrix) -> Self:
        """The spread of training leads whose feature has these ``values`` (n,)."""
        empty = cls(name=name, place=place, coded=coded, edges=() if coded else inner_edges(values))
        return empty.model_copy(update={"counts": tuple(empty.count(values).tolist())})

    def count(self, values: Matrix) -> Counts:
        """The number (k,) of ``values`` (n,) in each bin.

        Those above each edge are counted, not the bin of each value looked up: that took ten times as long.
        """
        if self.coded:
            every = np.bincount(values.astype(np.int64), minlength=CODES)
            return np.append(every[: CODES - 1], every[CODES - 1 :].sum())
        there = np.ascontiguousarray(values)
        above = [np.count_nonzero(there > edge) for edge in self.edges]
        missing = np.count_nonzero(np.isnan(there))
        return np.array([missing, *-np.diff([len(there) - missing, *above, 0])])

    @property
    def unseen_share(self) -> float:
        """The share of unseen ones among the values that are there."""
        return self.counts[UNSEEN] / max(sum(self.counts[UNSEEN:]), 1)

    def expecting_unseen(self, share: float) -> Self:
        """The same with this ``share`` of the values unseen; the others keep their proportions."""
        there = sum(self.counts[UNSEEN:])
        known = np.array(self.counts[UNSEEN + 1 :])
        unseen = round(share * there)
        kept = np.round(known * (there - unseen) / max(known.sum(), 1)).astype(int)
        return self.model_copy(update={"counts": (self.counts[MISSING], unseen, *kept.tolist())})


class Profile(BaseModel):
    """The spreads of all features; none of a model that was trained before there were any."""

    model_config = ConfigDict(frozen=True)

    features: tuple[Spread, ...] = ()

    @classmethod
    def of(cls, features: FeatureMap, matrix: Matrix) -> Self:
        """That of training leads (n, k), as they are read at night."""
        places = np.cumsum([0, *(column.width for column in features.columns)]).tolist()
        spreads = (
            Spread.of(column.column, place, column.kind == "category", matrix[:, place])
            for column, place in zip(features.columns, places, strict=False)
        )
        return cls(features=tuple(spreads))

    def expecting_unseen(self, met: "Profile") -> Self:
        """The same with the shares of unseen values that were ``met`` by a fit that did not know its leads."""
        shares = {each.name: each.unseen_share for each in met.features if each.coded}
        told = (each.expecting_unseen(shares[each.name]) if each.name in shares else each for each in self.features)
        return self.model_copy(update={"features": tuple(told)})

    def count(self, matrix: Matrix) -> dict[str, list[int]]:
        """The leads (n, k) in each bin, by feature."""
        return {each.name: each.count(matrix[:, each.place]).tolist() for each in self.features}


def inner_edges(values: Matrix) -> tuple[float, ...]:
    """The upper ends of all bins but the last, each a value: every value its own bin, where they are few."""
    known = values[~np.isnan(values)]
    if not len(known):
        return ()
    quantiles = np.quantile(known, np.arange(1, QUANTILES) / QUANTILES, method="inverted_cdf")
    return tuple(edge for edge in np.unique(quantiles).tolist() if edge < known.max())
