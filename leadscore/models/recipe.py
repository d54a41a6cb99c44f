"""What a search decides, what it is decided on, and with what every fit is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.models.members.member import Coded, Labels, Matrix, Params, Setup
from leadscore.models.split import Rows
from leadscore.sections import CutoffSettings, Training

Progress = Callable[[str], None]


class Part(BaseModel):
    """One family in the vote. ``rounds`` are its boosting rounds or trees, None where they are still to be found."""

    model_config = ConfigDict(frozen=True)

    family: str
    params: Params
    rounds: int | None
    weight: float


class Recipe(BaseModel):
    """All that a search decided: next week's search tries it first, and a backtest refits it.

    ``left_out`` are source columns, ``treatment`` is one of `leadscore.models.imbalance`, ``bags`` the members of each
    part, which differ in their seed.
    """

    model_config = ConfigDict(frozen=True)

    left_out: tuple[str, ...]
    treatment: str
    parts: tuple[Part, ...]
    bags: int

    def without_rounds(self) -> "Recipe":
        """The same, with the rounds still to be found."""
        parts = tuple(part.model_copy(update={"rounds": None}) for part in self.parts)
        return self.model_copy(update={"parts": parts})


def told(recipe: Recipe) -> str:
    """The parts of a recipe in words."""
    return " + ".join(
        f"{part.weight:.2f} {part.family}" + (f" ({part.rounds} trees)" if part.rounds else "") for part in recipe.parts
    )


@dataclass(frozen=True)
class TrainingSet:
    """Leads as the feature map reads them, with their outcomes (n,), accounts (n,) and places in time (n,)."""

    leads: pl.DataFrame
    converted: Labels
    account: NDArray[Any] | None
    order: NDArray[Any] | None

    def __getitem__(self, rows: Rows) -> "TrainingSet":
        account, order = (None if each is None else each[rows] for each in (self.account, self.order))
        return TrainingSet(self.leads[rows], self.converted[rows], account, order)


@dataclass(frozen=True)
class TrainingContext:
    """What every fit needs beside its leads. ``leads_per_week`` came in during training, where that is known.

    ``device`` is that of `leadscore.models.members.member.Setup`.
    """

    training: Training
    cutoff: CutoffSettings
    leads_per_week: float | None
    threads: int
    progress: Progress
    device: str = "cpu"

    def setup(self, part: Part, coded: Coded, threads: int, valid: tuple[Matrix, Labels] | None = None) -> Setup:
        """How the members of a ``part`` are fitted; ``valid`` leads tell boosters when to stop."""
        return Setup(
            params=part.params,
            rounds=part.rounds,
            coded=coded,
            threads=threads,
            seed=self.training.seed,
            valid=valid,
            device=self.device,
        )

    @property
    def quiet(self) -> "TrainingContext":
        """The same, without progress."""
        return replace(self, progress=lambda words: None)
