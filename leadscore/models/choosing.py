"""From the training leads to a recipe: each choice is made on leads that the candidates were not trained on."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leadscore.features.inputs import Input
from leadscore.models.budget import Budget
from leadscore.models.clocks import clocks
from leadscore.models.comparing import refined_losses
from leadscore.models.ensemble import VOTES, cross_voted
from leadscore.models.fit import one_blas_thread
from leadscore.models.folds import Fold
from leadscore.models.imbalance import TREATMENTS
from leadscore.models.members.member import Floats, Params
from leadscore.models.out_of_fold import (
    OutOfFold,
    at_random,
    converted_of,
    in_time,
    learn_folds,
    numbers,
    out_of_fold,
    part_out_of_fold,
)
from leadscore.models.parsimony import simplest
from leadscore.models.recipe import Part, Recipe, TrainingContext, TrainingSet
from leadscore.models.tuning import Search, Tried
from leadscore.schema import Kind

MOST_LEADS = 50_000  # that a search is made on: more hardly change which parameters are best
PROBES = ("logistic", "lightgbm")  # families that are quick to fit, by whose defaults columns are compared
REST = 10  # passes over the families that the steps after the search take
BAGGED = 4.0  # passes over the parts, for each member of them, that the steps from the bags on take
KEPT = 7 * 86_400.0  # seconds that the journal of a search is kept after its last line
HELD_BACK, OF_MANY = 0.4, 0.6  # of the budget at most, for the fits after a search; after one on a sample of very many


@dataclass(frozen=True)
class Choice:
    """Candidates by name, the simplest first, with their refined losses by fold (k,)."""

    losses: Mapping[str, Floats]

    @property
    def name(self) -> str:
        """The simplest that is as good as the best."""
        return list(self.losses)[simplest(list(self.losses.values()))]

    @property
    def means(self) -> dict[str, float]:
        return {name: float(each.mean()) for name, each in self.losses.items()}

    @property
    def told(self) -> str:
        """What was taken, and what it was compared with, in words."""
        return f"{self.name}, of " + ", ".join(f"{name} {mean:.4f}" for name, mean in self.means.items())


@dataclass(frozen=True)
class Chosen:
    """The ``recipe``, and how it came about.

    ``found`` is its vote out of fold, None where the search was made on a sample. ``losses`` are the mean refined log
    losses of what was compared, by step and candidate.
    """

    recipe: Recipe
    found: OutOfFold | None
    losses: dict[str, dict[str, float]]
    n_trials: int


@one_blas_thread()
def choose(
    known: TrainingSet,
    inputs: Sequence[Input],
    context: TrainingContext,
    *,
    first: Recipe | None,
    journals: Path | None,
    budget: Budget,
) -> Chosen:
    """Columns, texts, treatment, parameters, vote and bags, one after the other.

    ``first`` is last week's recipe, whose parameters are tried first; ``journals`` is the folder of the journals of
    searches, None where a killed search is to start anew.
    """
    training, n = context.training, len(known.converted)
    rows = np.sort(np.random.default_rng(training.seed).permutation(n)[:MOST_LEADS])
    sample = known[rows]
    pairs = in_time(sample, context) or at_random(sample, context)
    folds = learn_folds(sample, inputs, pairs, context)
    timely, columns = choose_columns(folds, sample, context)
    folds = [fold.without(timely) for fold in folds]
    wordy, texts = choose_texts(folds, [each.source for each in inputs if each.kind is Kind.TEXT], context)
    folds = [fold.without(wordy) for fold in folds]
    left_out = (*timely, *wordy)
    treatment = choose_treatment(folds, context)
    recipe = Recipe(left_out=left_out, treatment=treatment.name, parts=(), bags=1)
    last = {part.family: part.params for part in first.parts} if first else {}
    journal = journal_of(journals, digest(folds, recipe, last, training.seed)) if journals else None
    growth = n / len(rows)  # of what a pass takes, from the sample to all leads
    most = (OF_MANY if growth > 1 else HELD_BACK) * (budget.seconds or np.inf)
    search = Search(folds, recipe, last, journal, context)
    tried, n_trials = search.run(lambda seconds: budget.left > min(REST * growth * seconds, most))
    parts, vote = choose_vote(folds, tried, context)
    recipe = recipe.model_copy(update={"parts": parts})
    found, recipe, bags = choose_bags(folds, recipe, context, budget, growth)
    steps = {"columns": columns, "texts": texts, "treatment": treatment, "vote": vote, "bags": bags}
    losses = {step: choice.means for step, choice in steps.items() if len(choice.losses) > 1}
    if n > len(rows):
        return Chosen(recipe.without_rounds(), None, losses, n_trials)
    return Chosen(recipe, found, losses, n_trials)


def choose_columns(
    folds: Sequence[Fold], known: TrainingSet, context: TrainingContext
) -> tuple[tuple[str, ...], Choice]:
    """The columns to leave out: of those that tell the time all or none, by the vote of the families in `PROBES`.

    All stay where that is as good: what a column tells of the time it may also tell of the leads.
    """
    last = folds[-1]
    telling = () if known.order is None else clocks(last.sample.matrix, last.sources, known.order[last.known])
    if not telling or set(telling) == set(last.sources):
        return (), Choice({"all": np.zeros(1)})
    without = f"without {', '.join(telling)}"
    candidates = {"all": folds, without: [fold.without(telling) for fold in folds]}
    choice = Choice({name: probed(each, context) for name, each in candidates.items()})
    context.progress(f"columns that tell the time: {choice.told}")
    return telling if choice.name == without else (), choice


def choose_texts(
    folds: Sequence[Fold], texts: Sequence[str], context: TrainingContext
) -> tuple[tuple[str, ...], Choice]:
    """The columns of free text to leave out: all, unless the vote of the `PROBES` is better with them beyond chance.

    What a model learns from sentences is learned from few leads a word, and hard to explain.
    """
    there = tuple(text for text in texts if text in folds[-1].sources)
    if not there or set(there) == set(folds[-1].sources):
        return (), Choice({"all": np.zeros(1)})
    without = f"without {', '.join(there)}"
    candidates = {without: [fold.without(there) for fold in folds], "with all texts": folds}
    choice = Choice({name: probed(each, context) for name, each in candidates.items()})
    context.progress(f"columns of text: {choice.told}")
    return there if choice.name == without else (), choice


def probed(folds: Sequence[Fold], context: TrainingContext) -> Floats:
    """The refined losses of the vote of the `PROBES`, with their defaults and equal weights."""
    parts = [Part(family=family, params={}, rounds=None, weight=1.0) for family in PROBES]
    found, _ = out_of_fold(folds, Recipe(left_out=(), treatment="none", parts=tuple(parts), bags=1), context.quiet)
    return refined_losses(found.log_odds, found.converted, found.fold)


def choose_treatment(folds: Sequence[Fold], context: TrainingContext) -> Choice:
    """What is done about imbalance, by LightGBM with its defaults; only what the settings name where they name it."""
    probe = Part(family="lightgbm", params={}, rounds=None, weight=1.0)
    wanted = TREATMENTS if context.training.imbalance == "compare" else (context.training.imbalance,)
    if len(wanted) == 1:
        return Choice({name: np.zeros(1) for name in wanted})

    def tried(treatment: str) -> Floats:
        recipe = Recipe(left_out=(), treatment=treatment, parts=(probe,), bags=1)
        log_odds, _ = part_out_of_fold(folds, probe, recipe, context.quiet)
        return refined_losses(log_odds, converted_of(folds), numbers(folds))

    choice = Choice({treatment: tried(treatment) for treatment in wanted})
    context.progress(f"imbalance: {choice.told}")
    return choice


def choose_vote(
    folds: Sequence[Fold], tried: Sequence[Tried], context: TrainingContext
) -> tuple[tuple[Part, ...], Choice]:
    """The parts that have a weight in the vote, with it.

    It is one family alone, the soft vote of all, or stacking; these are compared with weights from the other folds.
    """
    converted, fold = converted_of(folds), numbers(folds)
    together = np.stack([each.log_odds for each in tried], axis=1)
    candidates = {each.part.family: each.log_odds for each in tried}
    if len(tried) > 1:
        candidates |= {name: cross_voted(together, converted, fold, learn) for name, learn in VOTES.items()}
    choice = Choice({name: refined_losses(vote, converted, fold) for name, vote in candidates.items()})
    context.progress(f"vote: {choice.told}")
    if choice.name not in VOTES:
        return tuple(each.part for each in tried if each.part.family == choice.name), choice
    weights = VOTES[choice.name](together, converted, fold).tolist()
    pairs = zip(tried, weights, strict=True)
    return tuple(each.part.model_copy(update={"weight": weight}) for each, weight in pairs if weight), choice


def choose_bags(
    folds: Sequence[Fold], recipe: Recipe, context: TrainingContext, budget: Budget, growth: float = 1.0
) -> tuple[OutOfFold, Recipe, Choice]:
    """One member of each part, or as many as the settings say, if these are better and the budget allows them.

    ``growth`` is how many times as long a pass over all leads takes.
    """
    started = time.monotonic()
    one, _ = out_of_fold(folds, recipe, context.quiet)
    seconds = time.monotonic() - started
    bagged = recipe.model_copy(update={"bags": context.training.bags})
    losses = {"1": refined_losses(one.log_odds, one.converted, one.fold)}
    if context.training.bags == 1 or budget.left < BAGGED * growth * context.training.bags * seconds:
        return one, recipe, Choice(losses)
    several, _ = out_of_fold(folds, bagged, context.quiet)
    choice = Choice(losses | {str(bagged.bags): refined_losses(several.log_odds, several.converted, several.fold)})
    context.progress(f"members of each part: {choice.told}")
    return (one, recipe, choice) if choice.name == "1" else (several, bagged, choice)


def journal_of(folder: Path, name: str) -> Path:
    """The journal of the search of this ``name``. Those that nobody wrote to for long are deleted.

    A killed search is gone on with soon or not at all: its name is of all that it depends on, the leads among it.
    """
    journal, long_ago = folder / f"{name}.journal", time.time() - KEPT
    for left in folder.glob("*.journal*"):  # with locks, which outlive a search that was killed
        if left != journal and left.stat().st_mtime < long_ago:
            left.unlink(missing_ok=True)
    return journal


def digest(folds: Sequence[Fold], recipe: Recipe, last: Mapping[str, Params], seed: int) -> str:
    """A name for all that a search depends on."""
    found = hashlib.blake2b(digest_size=8)
    for fold in folds:
        for part in (*fold.sample[:2], fold.unseen, fold.converted):
            found.update(np.ascontiguousarray(part).data)
    found.update(json.dumps([recipe.model_dump(), dict(last), seed]).encode())
    return found.hexdigest()
