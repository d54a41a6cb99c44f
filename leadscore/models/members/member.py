"""What every member of the ensemble can do, and every family of them.

The ensemble votes by the sum over its members of weight x log-odds. Not by the mean of their probabilities: only this
way the SHAP values of the vote are the weighted sum of the members' SHAP values and add up to it exactly, and stay so
after Platt scaling, which is linear in log-odds.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from leadscore.models.shap import Explained

if TYPE_CHECKING:  # importing it takes a second
    import optuna

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
Floats = NDArray[np.float64]
Params = dict[str, bool | int | float | str]
Coded = tuple[int, ...]  # the columns of a matrix that hold category codes: see `leadscore.features.categories`

MAX_ROUNDS = 1500
PATIENCE = 40  # rounds without a better log loss on the validation leads, after which a booster stops


class Sample(NamedTuple):
    """What a member is fitted on: ``matrix`` (n, k), outcomes (n,), and the leads' weights (n,), None for all equal."""

    matrix: Matrix
    converted: Labels
    weight: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How members are fitted, whatever the sample: with ``params``, and with ``rounds`` trees.

    Where ``params`` say nothing the ``defaults`` of the family hold. With ``rounds`` None a booster takes as many as
    give the least log loss on the leads ``valid``, which it needs then; a forest takes as many as its parameters say.
    ``device`` is where those are trained that can be elsewhere than on the CPU.
    """

    params: Params
    rounds: int | None
    coded: Coded
    threads: int
    seed: int
    valid: tuple[Matrix, Labels] | None = None
    device: str = "cpu"

    @property
    def judge(self) -> tuple[Matrix, Labels] | None:
        """The leads that tell a booster when to stop, where its rounds are still to be found."""
        return self.valid if self.rounds is None else None


class Member(Protocol):
    """A fitted model. It reads matrices (n, k) of numbers that float32 can hold; NaN is missing."""

    @property
    def family(self) -> str: ...

    @property
    def trees(self) -> int:
        """Its boosting rounds or trees: the ``rounds`` for a refit of its like. 0 where there are none."""

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        """The log-odds (n,), of each lead the same to the last bit whatever the others and the threads."""

    def to_bytes(self) -> bytes:
        """What ``from_bytes`` of its family reads, the same whatever the number of threads it was fitted with."""

    def explain(self, rows: Sequence[int], weight: float) -> Explained:
        """Its exact SHAP values times ``weight``; ``rows`` (k,) are those that the columns are added to."""


class Family(ABC):
    """One kind of model: how to fit, tune and read it."""

    name: ClassVar[str]
    suffix: ClassVar[str]  # of a member's file
    defaults: ClassVar[Params]
    fixed: ClassVar[Params] = {}  # what every trial of a search has beside what `suggest` says

    @abstractmethod
    def suggest(self, trial: "optuna.Trial") -> Params:
        """A point of the search space; what it leaves out stays as in ``defaults``."""

    @abstractmethod
    def fit(self, sample: Sample, setup: Setup) -> Member:
        """A member that learned from ``sample``, in the way that ``setup`` says."""

    @abstractmethod
    def from_bytes(self, data: bytes) -> Member:
        """The member that ``to_bytes`` wrote. Raises ValueError where ``data`` is none."""

    def explain(self, data: bytes, rows: Sequence[int], weight: float) -> Explained:
        """`Member.explain` of what ``to_bytes`` wrote. Trees are read without the library that grew them."""
        return self.from_bytes(data).explain(rows, weight)

    def available(self) -> bool:
        """Whether what it needs for fitting is installed."""
        return True


def base_rate(sample: Sample) -> float:
    """The share of its leads that convert, by their weights."""
    return float(np.average(sample.converted, weights=sample.weight))


def prior_weights(valid: Labels, sample: Sample) -> Floats:
    """Weights (n,) by which the outcomes ``valid`` (n,) have the base rate of the training leads, weighted.

    Early stopping wants them where leads are resampled or weighted: else the log loss would mostly tell that the
    base rate is another one, which calibration mends anyway. (Saerens et al. 2002, equation 4, seen from the sample.)
    """
    rate, goal = float(valid.mean()), base_rate(sample)
    if not 0 < rate < 1:
        return np.ones(len(valid))
    return np.where(valid == 1, goal / rate, (1 - goal) / (1 - rate))
