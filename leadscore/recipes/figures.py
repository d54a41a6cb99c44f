"""What a comparison found: the figures of every recipe on the same held-out leads."""

from datetime import datetime
from functools import partial
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from leadscore.models.curve import Confusion, tally
from leadscore.models.members.member import Floats, Labels
from leadscore.models.metrics import Estimate, bootstrap, point_measures
from leadscore.models.split import HoldoutKind

COMPARED = ("f1", "roc_auc", "average_precision", "log_loss")


class Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figures(Result):
    """F1 at the own ``cutoff``, at 0.5, and at the ``best_cutoff``, which only hindsight knows; and what needs none."""

    n: int
    conversions: int
    cutoff: float
    best_cutoff: float
    f1: Estimate
    f1_at_half: Estimate
    f1_at_best: Estimate
    precision: Estimate
    recall: Estimate
    roc_auc: Estimate
    average_precision: Estimate
    log_loss: Estimate

    @classmethod
    def of(cls, converted: Labels, probability: Floats, cutoff: float, seed: int) -> Self:
        """Of leads (n,), both outcomes among them, with 95% bootstrap intervals."""
        found = bootstrap(partial(points, cutoff=cutoff), converted, probability, seed=seed)
        best = best_f1(converted, probability)[1]
        return cls(n=len(converted), conversions=int(converted.sum()), cutoff=cutoff, best_cutoff=best, **found)


class Judged(Result):
    """One scorer: its figures, how many leads it scores a second, and by how much it differs from another.

    A difference is this scorer's figure less that of the champion's recipe, or of the recipe beside which it stands, on
    the same resampled leads.
    """

    figures: Figures
    leads_per_second: float
    differences: dict[str, Estimate]


class OwnFigures(Result):
    """What the write-up's own protocol, told in ``words``, says on the training leads."""

    words: str
    figures: Figures


class Entry(Result):
    """One recipe. ``skipped`` says why there is nothing of it; ``beside`` are its fits with one thing changed."""

    name: str
    write_up: str
    summary: str
    skipped: str | None = None
    fit_seconds: float | None = None
    judged: Judged | None = None
    beside: dict[str, Judged] = {}
    own_protocol: OwnFigures | None = None
    notes: tuple[str, ...] = ()


class Comparison(Result):
    """All recipes on one split, the champion's own first. ``champion`` is its model, if there is one."""

    made: datetime
    leadscore: str
    machine: str
    seed: int
    budget_s: int
    holdout: HoldoutKind
    n_train: int
    conversions_train: int
    n_holdout: int
    conversions_holdout: int
    champion: str | None
    entries: tuple[Entry, ...]

    @property
    def compared(self) -> list[tuple[Entry, Judged]]:
        """The entries that could be judged."""
        return [(entry, entry.judged) for entry in self.entries if entry.judged]


def points(converted: Labels, probability: Floats, *, cutoff: float) -> dict[str, float]:
    """The figures without intervals."""
    found = point_measures(converted, probability, cutoff)
    return {
        **{name: found[name] for name in (*COMPARED, "precision", "recall")},
        "f1_at_half": point_measures(converted, probability, 0.5)["f1"],
        "f1_at_best": best_f1(converted, probability)[0],
    }


def best_f1(converted: Labels, probability: Floats) -> tuple[float, float]:
    """The highest F1 that any cutoff reaches, and that cutoff."""
    values, won, lost = tally(probability, converted)
    f1 = Confusion.of(won, lost).f_score(1)
    best = int(np.argmax(f1))
    return float(f1[best]), float(values[best])


def differences(
    converted: Labels, champion: tuple[Floats, float], other: tuple[Floats, float], seed: int
) -> dict[str, Estimate]:
    """By how much the ``other`` exceeds the ``champion``, each probabilities (n,) and its own cutoff."""

    def difference(y: Labels, theirs: Floats, its: Floats) -> dict[str, float]:
        was, now = point_measures(y, theirs, champion[1]), point_measures(y, its, other[1])
        return {name: now[name] - was[name] for name in COMPARED}

    return bootstrap(difference, converted, champion[0], other[0], seed=seed)
