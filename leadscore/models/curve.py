"""What every cutoff would have done: won and lost leads by their raw probability."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

BINS = 1000


@dataclass(frozen=True)
class Confusion:
    """Leads, or their weights, at each of m rising cutoffs: all (..., m). A lead is called from its cutoff on."""

    true_positives: Array
    false_positives: Array
    false_negatives: Array
    true_negatives: Array

    @classmethod
    def of(cls, won: Array, lost: Array) -> Self:
        """From the leads ``won`` and ``lost`` (..., m) between each cutoff and the next."""
        true, false = _from_here_on(won), _from_here_on(lost)
        return cls(true, false, true[..., :1] - true, false[..., :1] - false)

    @property
    def called(self) -> Array:
        return self.true_positives + self.false_positives

    @property
    def total(self) -> Array:
        """All leads (..., 1)."""
        return self.called[..., :1] + self.false_negatives[..., :1] + self.true_negatives[..., :1]

    @property
    def precision(self) -> Array:
        """0 where none is called."""
        return ratio(self.true_positives, self.called)

    @property
    def recall(self) -> Array:
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def false_positive_rate(self) -> Array:
        return ratio(self.false_positives, self.false_positives + self.true_negatives)

    def f_score(self, beta: float) -> Array:
        """The weighted harmonic mean of precision and recall (van Rijsbergen 1979, chapter 7)."""
        won = (1 + beta**2) * self.true_positives
        return ratio(won, won + beta**2 * self.false_negatives + self.false_positives)


class Curve(BaseModel):
    """Leads that a fit has not seen: with a probability in [values[i], values[i + 1]) won[i] converted, lost[i] not.

    The first of the m rising ``values`` is the least probability, and all are probabilities of leads.
    """

    model_config = ConfigDict(frozen=True)

    values: tuple[float, ...]
    won: tuple[int, ...]
    lost: tuple[int, ...]

    @classmethod
    def of(cls, probability: Array, converted: Labels, bins: int = BINS) -> Self:
        """Of ``probability`` (n,) and ``converted`` (n,): exact up to so many distinct values as ``bins``.

        Of more it makes that many bins of about equal count; no two leads of one probability are parted.
        """
        values, won, lost = tally(probability, converted)
        if len(values) > bins:
            edges = np.sort(probability)[np.arange(bins) * len(probability) // bins]
            starts = np.unique(np.searchsorted(values, edges))
            values, won, lost = values[starts], np.add.reduceat(won, starts), np.add.reduceat(lost, starts)
        return cls(values=tuple(values.tolist()), won=tuple(map(int, won)), lost=tuple(map(int, lost)))

    @property
    def n(self) -> int:
        return sum(self.won) + sum(self.lost)

    @property
    def base_rate(self) -> float:
        return sum(self.won) / self.n

    def confusion(self, base_rate: float | None = None) -> Confusion:
        """At each of the ``values`` (m,).

        With another ``base_rate``, above 0 and below 1, it is that of as many leads of which this share converts, and
        which look within each outcome as these do: a pure prior shift.
        """
        won, lost = np.array(self.won, np.float64), np.array(self.lost, np.float64)
        if base_rate is not None:
            won *= base_rate * self.n / won.sum()
            lost *= (1 - base_rate) * self.n / lost.sum()
        return Confusion.of(won, lost)

    def resampled(self, times: int, seed: int) -> Confusion:
        """Of ``times`` bootstrap samples of the leads (times, m)."""
        counts = np.array([*self.won, *self.lost])
        drawn = np.random.default_rng(seed).multinomial(self.n, counts / self.n, size=times).astype(np.float64)
        won, lost = np.split(drawn, 2, axis=1)
        return Confusion.of(won, lost)


def tally(probability: Array, converted: Labels, weight: Array | None = None) -> tuple[Array, Array, Array]:
    """The rising distinct values (m,) of ``probability`` (n,) with the leads, or ``weight`` (n,), won and lost at each.

    It is what scikit-learn's `confusion_matrix_at_thresholds` does inside, without the checks that take longer.
    """
    order = np.argsort(probability, kind="stable")
    ordered, won = probability[order], converted[order].astype(np.float64)
    weights = np.ones(len(order)) if weight is None else weight[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    return ordered[starts], np.add.reduceat(won * weights, starts), np.add.reduceat((1 - won) * weights, starts)


def ratio(part: Array, whole: Array) -> Array:
    """``part`` / ``whole``, 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _from_here_on(counts: Array) -> Array:
    return np.asarray(counts[..., ::-1].cumsum(axis=-1)[..., ::-1], dtype=np.float64)
