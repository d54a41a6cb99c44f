"""What every recipe of this folder keeps to, and one of your own (docs/extend.md).

A `Method` is a whole way from leads to a probability and a cutoff, as somebody published it. It is not
`leadscore.models.recipe.Recipe`, which is what a search of a retrain decided.

`fit` may look at the training leads alone: whatever it chooses, by them it chooses. `own_protocol` judges as the
write-up did, slips and all, on the same training leads, so that readers see what honest evaluation takes away.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from leadscore.features.inputs import Inputs
from leadscore.models.budget import Budget
from leadscore.models.members.member import Floats, Labels
from leadscore.models.recipe import TrainingContext, TrainingSet


class Scorer(Protocol):
    """What came of a fit: it gives leads a probability and calls those from its cutoff on."""

    @property
    def cutoff(self) -> float: ...

    def probability(self, leads: pl.DataFrame) -> Floats:
        """How likely each of the ``leads``, a frame like that of the training leads, is to convert: (n,)."""


@dataclass(frozen=True)
class Fitted:
    """The ``scorer`` of a method; ``beside`` it, by name, what the same fit gives with one thing changed.

    ``notes`` are sentences on what was chosen, by training leads, or could not be done.
    """

    scorer: Scorer
    beside: Mapping[str, Scorer] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class OwnProtocol:
    """How a write-up judged itself: outcomes (m,) and probabilities (m,) of the leads that it judged by, its cutoff,
    and in ``words`` what it did. The leads may be made up, or have taken part in the training: that is the point.
    """

    converted: Labels
    probability: Floats
    cutoff: float
    words: str


@dataclass(frozen=True)
class Work:
    """What a method works with beside its leads: settings, seed, threads and progress in the ``context``, the
    ``budget`` of its fit, and a ``folder`` of its own, for what a fit that was killed goes on from.
    """

    context: TrainingContext
    budget: Budget
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Method(ABC):
    """One recipe. ``write_up`` is the file name of what it reproduces, empty for one of your own."""

    name: str
    summary: str
    write_up: str = ""

    @abstractmethod
    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        """Learn from ``known``, the training leads, and nothing else; ``inputs`` tell what its columns are.

        The frame has the columns of ``inputs.columns``: read texts, numbers, and the history of each lead as of its
        creation; and the times of `leadscore.features.inputs.TIMES`, which tell outcomes and are no features.
        """

    def own_protocol(self, known: TrainingSet, inputs: Inputs, work: Work) -> OwnProtocol | None:
        """The write-up's own evaluation, on the training leads; None where it has none."""
        return None

    def lacks(self) -> str | None:
        """In a sentence what is not installed that it needs; None where nothing is missing."""
        return None
