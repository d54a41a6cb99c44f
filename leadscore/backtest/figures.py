"""What a backtest found, period by period and over all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from leadscore.backtest.replay import Model, Scored
from leadscore.job import Every
from leadscore.models.curve import Array
from leadscore.models.metrics import RESAMPLES, Estimate, Measures, lead_loss, measure, point_measures
from leadscore.models.recipe import Recipe


class Judged(BaseModel):
    """How the champion of a period, that of the origin ``model``, did on the leads that came in.

    Of those that ``came``, ``waiting`` have no outcome yet, ``quarantined`` fail a rule, and ``n`` are judged, of which
    ``as_first_seen`` were taken as they were then and ``conversions`` converted. ``measures`` need both outcomes.
    """

    model_config = ConfigDict(frozen=True)

    model: datetime
    cutoff: float
    came: int
    waiting: int
    quarantined: int
    as_first_seen: int
    n: int
    conversions: int
    measures: Measures | None

    @classmethod
    def of(cls, scored: Scored, model: Model, seed: int) -> Self:
        n, won = len(scored.converted), int(scored.converted.sum())
        leads = scored.converted, scored.probability, scored.cutoff
        return cls(
            model=model.origin,
            cutoff=scored.cutoff,
            came=scored.came,
            waiting=scored.waiting,
            quarantined=scored.quarantined,
            as_first_seen=scored.as_first_seen,
            n=n,
            conversions=won,
            measures=measure(*leads, seed=seed) if 0 < won < n else None,
        )


class Period(BaseModel):
    """One origin, at ``start``, and what came until the next, at ``end``.

    ``known`` leads had an outcome then, ``base_rate`` of them a conversion: None where the retrain was refused.
    ``verdict`` is the gate's on the model of that day, or why there was none. ``judged`` is None where there was no
    champion yet.
    """

    model_config = ConfigDict(frozen=True)

    start: datetime
    end: datetime
    known: int | None
    base_rate: float | None
    promoted: bool
    verdict: str
    judged: Judged | None


class Total(BaseModel):
    """All judged periods together, each lead at the cutoff of its time.

    ROC AUC and average precision compare leads of one period only: they are means over the pairs of a won and a lost
    lead, and over the conversions.
    """

    model_config = ConfigDict(frozen=True)

    periods: int
    n: int
    conversions: int
    base_rate: Estimate
    precision: Estimate
    recall: Estimate
    f1: Estimate
    roc_auc: Estimate
    average_precision: Estimate
    log_loss: Estimate


class Backtest(BaseModel):
    """The ``periods``, and all of those together that are judged; made ``now`` with the settings of the ``champion``.

    ``notes`` say what the figures leave open.
    """

    model_config = ConfigDict(frozen=True)

    now: datetime
    every: Every
    champion: str
    recipe: Recipe
    periods: tuple[Period, ...]
    total: Total
    notes: tuple[str, ...]


def total(scored: Sequence[Scored], seed: int) -> Total:
    """The figures of all ``scored`` leads, at least one of which converted.

    With percentile intervals of a bootstrap in two stages: the periods are drawn, then the leads of each (Davison and
    Hinkley 1997, section 3.8), since leads of one time have their luck in common.
    """
    rng, k = np.random.default_rng(seed), len(scored)
    drawn = [pooled([_redrawn(scored[i], rng) for i in rng.integers(0, k, k)]) for _ in range(RESAMPLES)]
    low, high = np.percentile([list(each.values()) for each in drawn], [2.5, 97.5], axis=0)
    points = enumerate(pooled(scored).items())
    found = {name: Estimate(value=value, low=low[i], high=high[i]) for i, (name, value) in points}
    converted = np.concatenate([each.converted for each in scored])
    return Total(periods=k, n=len(converted), conversions=int(converted.sum()), **found)


def pooled(scored: Sequence[Scored]) -> dict[str, float]:
    """The figures of ``Total``, without intervals; 0 where there is nothing to divide by."""
    n, won, called, hits, loss, pairs, ordered, precise = np.sum([_sums(each) for each in scored], axis=0).tolist()
    return {
        "base_rate": won / n,
        "precision": hits / max(called, 1),
        "recall": hits / max(won, 1),
        "f1": 2 * hits / max(called + won, 1),
        "roc_auc": ordered / max(pairs, 1),
        "average_precision": precise / max(won, 1),
        "log_loss": loss / n,
    }


def _redrawn(each: Scored, rng: np.random.Generator) -> Scored:
    """As many leads, drawn with replacement."""
    rows = rng.integers(0, len(each.converted), len(each.converted))
    return replace(each, converted=each.converted[rows], probability=each.probability[rows])


def _sums(each: Scored) -> Array:
    """Leads, won, called, won of the called, log loss; pairs, pairs in order, and precision at the conversions (8,)."""
    converted, called = each.converted, each.probability >= each.cutoff
    n, won = len(converted), int(converted.sum())
    pairs, auc, precision = won * (n - won), 0.0, 1.0  # of one outcome there are no pairs, and if won, all are right
    if pairs:
        found = point_measures(converted, each.probability, each.cutoff)
        auc, precision = found["roc_auc"], found["average_precision"]
    loss = lead_loss(converted, each.probability).sum()
    return np.array([n, won, called.sum(), converted[called].sum(), loss, pairs, pairs * auc, won * precision])
