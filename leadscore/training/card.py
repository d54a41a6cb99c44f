"""The model card: what a model was trained on, what was compared and taken, and how it did (Mitchell et al. 2019)."""

from datetime import datetime
from typing import Self

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.leaks.findings import Finding
from leadscore.models.bundle import load
from leadscore.models.calibration import Kind
from leadscore.models.curve import Curve
from leadscore.models.cutoff import Cutoff
from leadscore.models.fit import Fit
from leadscore.models.gate import Met
from leadscore.models.recipe import Recipe
from leadscore.models.train import Trained
from leadscore.store.published import opened
from leadscore.store.registry import model
from leadscore.training.bundling import window
from leadscore.training.copies import Copies
from leadscore.training.evaluation import Evaluation
from leadscore.training.prepare import Known

LIFE = ("created_at", "closed_at", "account_id", "owner_id")  # what no lead may tell
CALLED = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)  # shares of the leads: lines of the cutoff curve


class Counted(BaseModel):
    """How many leads, and how many of them converted."""

    model_config = ConfigDict(frozen=True)

    leads: int
    conversions: int


class CopiesFound(BaseModel):
    """Leads that repeat another one, and sets of equal leads with both outcomes; if ``counted`` none is left out."""

    model_config = ConfigDict(frozen=True)

    exact: int
    of_both_outcomes: int
    counted: bool

    @classmethod
    def of(cls, copies: Copies) -> Self:
        return cls(exact=copies.n_copies, of_both_outcomes=copies.n_conflicts, counted=copies.coarse)


class AtCutoff(BaseModel):
    """What a cutoff does: ``called`` is the share of the leads from it on."""

    model_config = ConfigDict(frozen=True)

    cutoff: float
    called: float
    precision: float
    recall: float
    f1: float


class FitFacts(BaseModel):
    """What two fits of one recipe do not share. The ``curve`` is of leads out of their folds, as the cutoff is."""

    model_config = ConfigDict(frozen=True)

    calibration: Kind
    cutoff: Cutoff
    curve: tuple[AtCutoff, ...]
    n_out_of_fold: int

    @classmethod
    def of(cls, fit: Fit) -> Self:
        curve = at_cutoffs(fit.curve, fit.cutoff.value)
        return cls(calibration=fit.calibration.kind, cutoff=fit.cutoff, curve=curve, n_out_of_fold=fit.curve.n)


class Card(BaseModel):
    """All facts of a training, as JSON in the bundle and in ``models.metrics``. It holds no cell that names anybody.

    ``known`` leads have an outcome to learn from, the fits are ``trained_on`` those that are no copies. ``first`` and
    ``last`` came in then; ``set_aside`` are leads by rule and column, ``snapshots`` those learned from as they were
    first scored. ``left_out`` are the findings for which a column is not used, ``ignored`` all columns that are not.
    ``compared`` are mean refined log losses by step and candidate. ``met`` is how it did beside the champion of then,
    which only ``models.metrics`` tells: the bundle is there before the two meet. ``lacking`` is told of no lead. Where
    training was spread over a cluster, all counts are of a sample, and ``sampled_from`` so many known leads, which both
    fits learned from.
    """

    model_config = ConfigDict(frozen=True)

    known: Counted
    trained_on: Counted
    first: datetime | None
    last: datetime | None
    maturity_days: float | None
    set_aside: tuple[tuple[str, str, int], ...]
    copies: CopiesFound | None
    snapshots: int
    read_as: dict[str, str]
    ignored: tuple[str, ...]
    findings: tuple[Finding, ...]
    left_out: tuple[Finding, ...]
    left_out_by_selection: tuple[str, ...]
    correlated: tuple[tuple[str, str, float], ...]
    variance_inflation: dict[str, float]
    importance: dict[str, float]
    recipe: Recipe
    compared: dict[str, dict[str, float]]
    trials: int
    shipped: FitFacts
    judged: FitFacts
    evaluation: Evaluation
    met: Met | None = None
    lacking: tuple[str, ...] = ()
    sampled_from: int | None = None

    @property
    def n_known(self) -> int:
        """How many leads with a known outcome there are."""
        return self.sampled_from or self.known.leads

    @classmethod
    def of(cls, known: Known, trained: Trained, evaluation: Evaluation) -> Self:
        lives = known.leads.lives
        first, last = window(lives)
        modelled = {column.name for column in known.schema.modelled}
        return cls(
            known=_counted(known, np.arange(len(known.leads.converted))),
            trained_on=_counted(known, known.shipped),
            first=first,
            last=last,
            maturity_days=known.inputs.maturity_days,
            set_aside=known.set_aside,
            copies=CopiesFound.of(known.copies) if known.copies else None,
            snapshots=known.n_snapshots,
            read_as=known.inputs.readings.names,
            ignored=tuple(column.name for column in known.schema.columns if column.name not in modelled),
            findings=known.findings,
            left_out=tuple(known.left_out),
            left_out_by_selection=trained.left_out,
            correlated=trained.overlap.pairs,
            variance_inflation=trained.overlap.vif,
            importance=trained.holdout.importance,
            recipe=trained.recipe,
            compared=trained.chosen.losses,
            trials=trained.chosen.n_trials,
            shipped=FitFacts.of(trained.shipped),
            judged=FitFacts.of(trained.evaluation),
            evaluation=evaluation,
            lacking=lacking(lives),
            sampled_from=known.partitions.height if known.partitions else None,
        )


def stored_card(url: str, version: str) -> Card:
    """The card in the bundle of a model of the store at ``url``.

    Raises StoreError if there is no such model, BundleDamaged if its bundle cannot be loaded.
    """
    with opened(url) as store:
        found = model(store, version)
    return Card.model_validate(load(found.uri, found.sha256).card)


def lacking(lives: pl.DataFrame) -> tuple[str, ...]:
    """What none of the ``lives`` tells: the table has no such column, or nothing is in it."""
    return tuple(name for name in LIFE if lives[name].null_count() == lives.height)


def at_cutoffs(curve: Curve, chosen: float) -> tuple[AtCutoff, ...]:
    """The ``chosen`` cutoff, and those that call at most each share in `CALLED`, highest first."""
    at, values = curve.confusion(), np.array(curve.values)
    share = at.called / at.total
    within = [np.flatnonzero(share <= most) for most in CALLED]
    rows = {int(each[0]) for each in within if len(each)} | {int(np.searchsorted(values, chosen))}
    f1 = at.f_score(1)
    return tuple(
        AtCutoff(cutoff=values[i], called=share[i], precision=at.precision[i], recall=at.recall[i], f1=f1[i])
        for i in sorted(rows, reverse=True)
    )


def _counted(known: Known, rows: np.typing.NDArray[np.int64]) -> Counted:
    return Counted(leads=len(rows), conversions=int(known.leads.converted[rows].sum()))
