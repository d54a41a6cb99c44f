"""How the evaluation fit does on the holdout: as a whole, by parts, and weighted to what the open leads are like.

One holdout drawn at random is one draw of luck, with the leads that train as with those that judge; the bootstrap
tells the second only. So where it is not the latest leads, the recipe is fitted again on other draws.
"""

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.errors import NotEnoughLeads
from leadscore.models.budget import Budget
from leadscore.models.curve import Curve
from leadscore.models.fit import fit_recipe
from leadscore.models.metrics import (
    Bin,
    Gain,
    GradeRate,
    Measures,
    conversion_by_grade,
    gains,
    measure,
    point_measures,
    reliability,
)
from leadscore.models.slices import Slice, by_history, by_month, enough, slices, weighted_to
from leadscore.models.split import HoldoutKind, Rows, split
from leadscore.models.train import Trained
from leadscore.settings import Settings
from leadscore.training.bundling import training_context, training_set
from leadscore.training.prepare import Known

HISTORY, MONTH = "account and owner", "came in"  # no names that a column of the source is likely to have
FEW = 20  # values of a category that may be sliced by
CATEGORIES = 3  # that are sliced by, beside country and customer type
MOST_SLICED = 50_000  # held-out leads that are sliced: the intervals of more would take minutes
POINTS = 300  # of the curve of the holdout: what a drawing shows
REDRAWN = 2  # more draws of a random holdout


class Pipeline(BaseModel):
    """The holdout, weighted: of ``n`` open leads as many have an account and an owner that the fit knows, or not.

    ``covered`` is the share of the open leads whose like the holdout has; without ``measures`` where these are too few.
    """

    model_config = ConfigDict(frozen=True)

    n: int
    covered: float
    measures: Measures | None


class Evaluation(BaseModel):
    """The figures of the evaluation fit, precision, recall and F1 at its cutoff.

    ``train_base_rate`` is that of the leads it was trained on; ``curve`` is the whole holdout, thinned, which cards of
    before leadscore kept it do not have. ``redrawn`` are the figures, without intervals, of
    refits of the recipe, each on another random draw of the holdout.
    """

    model_config = ConfigDict(frozen=True)

    holdout: HoldoutKind
    train_base_rate: float
    measures: Measures
    gains: tuple[Gain, ...]
    reliability: tuple[Bin, ...]
    grades: tuple[GradeRate, ...]
    slices: tuple[Slice, ...]
    pipeline: Pipeline | None
    redrawn: tuple[dict[str, float], ...]
    curve: Curve | None = None


def evaluate(
    known: Known, trained: Trained, still_open: pl.DataFrame, settings: Settings, budget: Budget
) -> Evaluation:
    """Judge the evaluation fit; ``still_open`` are lives of open leads."""
    converted, probability, seed = trained.holdout.converted, trained.holdout.probability, settings.training.seed
    reference, cutoff = trained.evaluation.reference, trained.evaluation.cutoff.value
    drawn = np.sort(np.random.default_rng(seed).permutation(len(converted))[:MOST_SLICED])
    named = names(known, trained, known.split.holdout[drawn])
    return Evaluation(
        holdout=trained.split.kind,
        train_base_rate=trained.train_base_rate,
        measures=trained.holdout.measures,
        gains=gains(converted, probability, seed=seed),
        reliability=reliability(converted, probability),
        grades=conversion_by_grade(converted, reference.grade(reference.score(probability))),
        slices=slices(named, converted[drawn], probability[drawn], cutoff, seed=seed),
        pipeline=pipeline(known, trained, still_open, seed),
        redrawn=tuple(redrawn(known, trained, settings, budget)),
        curve=Curve.of(probability, converted, POINTS),
    )


def names(known: Known, trained: Trained, rows: Rows) -> dict[str, list[str | None]]:
    """The slice (n,) of each of the leads ``rows``, by what it is sliced."""
    leads, lives = known.leads.leads[rows], known.leads.lives[rows]
    history = by_history(lives, known.leads.lives[known.split.train])
    found: dict[str, list[str | None]] = {HISTORY: [*history]} if history else {}
    found |= {name: leads[name].to_list() for name in sliced_by(known, trained, leads)}
    return found if lives["created_at"].is_null().all() else found | {MONTH: by_month(lives["created_at"])}


def sliced_by(known: Known, trained: Trained, leads: pl.DataFrame) -> list[str]:
    """Country and customer types, and the most important ones of the categories with few values among ``leads``.

    Never identifiers: whose leads these are is nothing for a report.
    """
    readings = known.inputs.readings
    always = [name for name, what in readings.names.items() if name == readings.country or what == "customer_type"]
    others = [
        name
        for name in trained.holdout.importance
        if readings.names.get(name, "identifier") != "identifier" and name not in always
    ]
    return always + [name for name in others if leads[name].n_unique() <= FEW][:CATEGORIES]


def pipeline(known: Known, trained: Trained, still_open: pl.DataFrame, seed: int) -> Pipeline | None:
    """The holdout as the fit that is judged knows it, weighted to open leads as the fit that will score knows them.

    None without open leads, or without accounts and owners.
    """
    lives = known.leads.lives
    held = by_history(lives[known.split.holdout], lives[known.split.train])
    waiting = by_history(still_open, known.past(lives, still_open))
    if not held or not waiting:
        return None
    weight, covered = weighted_to(held, waiting)
    leads = trained.holdout.converted, trained.holdout.probability, trained.evaluation.cutoff.value
    judged = enough(trained.holdout.converted[weight > 0])
    measures = measure(*leads, seed=seed, weight=weight) if judged else None
    return Pipeline(n=len(waiting), covered=covered, measures=measures)


def redrawn(known: Known, trained: Trained, settings: Settings, budget: Budget) -> list[dict[str, float]]:
    """Figures on other random holdouts, as far as the budget goes: a refit takes less time than all up to now did.

    They are a little too good, since leads of these holdouts took part in the choice of the recipe.
    """
    found: list[dict[str, float]] = []
    if trained.split.kind == "latest":
        return found
    for draw in range(1, REDRAWN + 1):
        if budget.left < budget.spent:
            break
        try:
            found.append(judged_again(known, trained, settings, settings.training.seed + draw))
        except NotEnoughLeads:  # this draw leaves a side or a fold without conversions
            continue
    return found


def judged_again(known: Known, trained: Trained, settings: Settings, seed: int) -> dict[str, float]:
    """The figures of the recipe, fitted and judged on another draw of the leads without their copies."""
    pool, ids = training_set(known)[known.shipped], known.leads.lives["lead_id"][known.shipped].to_numpy()
    parts = split(ids, None, pool.account, pool.converted, share=settings.training.holdout_share, seed=seed)
    inputs = [each for each in known.inputs.columns if each.source not in trained.left_out]
    fit, _ = fit_recipe(pool[parts.train], inputs, trained.recipe, training_context(known, settings))
    held = pool[parts.holdout]
    probability = fit.probability(held.leads, threads=settings.compute.n_threads)
    return point_measures(held.converted, probability, fit.cutoff.value)
