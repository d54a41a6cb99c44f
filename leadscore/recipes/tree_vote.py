"""Boosters and forests that are tuned, vote, and call from a cutoff: what three of the write-ups have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal

import numpy as np
import polars as pl
from scipy.special import expit

from leadscore.features.encoders import Encoder, Encoding
from leadscore.features.inputs import Inputs
from leadscore.models.calibration import Calibration
from leadscore.models.curve import Curve
from leadscore.models.cutoff import FBeta, Policy
from leadscore.models.ensemble import cross_voted, stacking
from leadscore.models.folds import Fold, Pair
from leadscore.models.members.bag import Bag
from leadscore.models.members.member import Floats, Labels, Matrix, Sample
from leadscore.models.members.registry import FAMILIES
from leadscore.models.recipe import (
    Part,
    Recipe,
    TrainingContext,
    TrainingSet,
    at_random,
    converted_of,
    fit_parts,
    in_time,
    numbers,
    one_blas_thread,
)
from leadscore.models.space import ROUNDS, Space
from leadscore.models.tuning import Search, Study, Tried
from leadscore.recipes.method import Fitted, Method, OwnProtocol, Scorer, Work
from leadscore.recipes.own_protocol import judged_as_published

Vote = Literal["soft vote", "stacking"]
Remarks = Callable[[TrainingSet, Inputs], tuple[str, ...]]

FOLDS = 3  # that parameters and cutoff are chosen by
FULL_BUDGET_S = 1800.0  # seconds from which a fit has as many trees as the write-up's
LEAST_SHARE = 0.2  # of the trees, however small the budget
OF_FORESTS = {"random_forest": 0.05, "extra_trees": 0.05}  # the same: that few of so many hardly change a mean
RESERVED = 3.0  # trials of every family, that the fits after the search take


def nothing(known: TrainingSet, inputs: Inputs) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class TreeScorer:
    """``weigh`` turns the log-odds of the ``bags`` (n, m) into a probability (n,)."""

    encoder: Encoder
    bags: Sequence[Bag]
    weigh: Callable[[Floats], Floats]
    cutoff: float
    threads: int

    def probability(self, leads: pl.DataFrame) -> Floats:
        matrix = self.encoder.transform(leads)
        return self.weigh(np.stack([bag.log_odds(matrix, threads=self.threads) for bag in self.bags], axis=1))


@dataclass(frozen=True)
class Candidate:
    """One way to make a probability of the members: out of fold (m,), and for any log-odds (``weigh``)."""

    out_of_fold: Floats
    weigh: Callable[[Floats], Floats]


@dataclass(frozen=True, kw_only=True)
class TreeVote(Method):
    """Members of ``spaces``, fitted on ``features`` after a ``treatment`` of `leadscore.models.imbalance`.

    Candidates are the ``votes`` and, if ``alone``, each member by itself; the one with the highest F1 out of fold at
    its own cutoff is taken. ``weights`` by family are those of the soft vote, where they are not equal. The cutoff is
    by a policy, or a number that the write-up set.

    Where the write-up judged itself, ``own_words`` say how: on a random ``own_share`` of the leads, by ``own_features``
    if these differ. ``remarks`` are what else there is to say of the training leads.
    """

    features: Callable[[Inputs], Encoding]
    spaces: Mapping[str, Space]
    cutoff: Policy | float
    treatment: str = "none"
    votes: tuple[Vote, ...] = ("soft vote",)
    weights: Mapping[str, float] = field(default_factory=dict)
    alone: bool = False
    own_share: float = 0.2
    own_words: str = ""
    own_features: Callable[[Inputs], Encoding] | None = None
    remarks: Remarks = nothing

    @one_blas_thread()
    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        encoding, context = self.features(inputs), of_few_folds(work.context)
        folds = learn_folds(encoding, known, in_time(known, context) or at_random(known, context), context)
        tried, told = self._search(folds, work, context)
        candidates, converted = self._candidates(tried, folds), converted_of(folds)
        cutoffs = {name: self._cutoff(each, converted) for name, each in candidates.items()}
        f1 = {name: f1_at(converted, each.out_of_fold, cutoffs[name]) for name, each in candidates.items()}
        best = max(f1, key=lambda name: f1[name])
        context.progress("fitting all training leads, members " + ", ".join(each.part.family for each in tried))
        encoder, matrix = encoding.learn(known.leads, known.converted.astype(np.float64), context.training.seed)

        def scorer(name: str, bags: Sequence[Bag], cutoff: float) -> Scorer:
            return TreeScorer(encoder, bags, candidates[name].weigh, cutoff, context.threads)

        bags = self._bags(matrix, known.converted, tried, self.treatment, context)
        beside = {name: scorer(name, bags, cutoffs[name]) for name in candidates if name != best}
        if not isinstance(self.cutoff, FBeta):
            by_f1 = f1_cutoff(converted, candidates[best].out_of_fold)
            beside["cutoff by F1"] = scorer(best, bags, by_f1)
        if self.treatment != "none":
            plain = self._bags(matrix, known.converted, tried, "none", context)
            beside["without resampling"] = scorer(best, plain, cutoffs[best])
        chosen = (f"Chosen by F1 out of fold: {best}, of {listed(f1)}.",) if len(f1) > 1 else ()
        return Fitted(scorer(best, bags, cutoffs[best]), beside, (*told, *chosen, *self.remarks(known, inputs)))

    @one_blas_thread()
    def own_protocol(self, known: TrainingSet, inputs: Inputs, work: Work) -> OwnProtocol | None:
        if not self.own_words:
            return None
        spaces, _ = self._at_hand(work)
        parts = [part_of(family, space) for family, space in spaces.items()]

        def vote(sample: Sample, unseen: Matrix) -> Floats:
            bags = fit_parts(sample, (), self._recipe(parts, "none"), work.context)
            weigh = self._soft_vote(list(spaces))
            return weigh(np.stack([bag.log_odds(unseen, threads=work.context.threads) for bag in bags], axis=1))

        encoding, seed = (self.own_features or self.features)(inputs), work.context.training.seed
        converted, probability = judged_as_published(
            encoding, known, vote, treatment=self.treatment, share=self.own_share, seed=seed
        )
        return OwnProtocol(converted, probability, self._cutoff_of(probability, converted), self.own_words)

    def _search(self, folds: Sequence[Fold], work: Work, context: TrainingContext) -> tuple[list[Tried], list[str]]:
        """The best trial of each family, in turn as far as the budget goes, and what there is to say of it."""
        spaces, missing = self._at_hand(work)
        search = Search(folds, self._recipe([], self.treatment), {}, work.folder / "search.journal", context, spaces)
        studies = [Study(search, family) for family in spaces]
        made = 0
        for turn in count():
            spent = sum(each.seconds for each in studies)
            if turn and (turn * len(studies) >= context.training.trials or work.budget.left < RESERVED * spent):
                break
            for study in studies:
                study.go_to(turn)
                made += 1
                context.progress(f"trial {made}: {study.told}")
        trees = ", ".join(f"{space.even[ROUNDS][1]} of {name}" for name, space in spaces.items())
        made_on = f"{made} trials on {len(folds)} folds; by the budget at most so many trees: {trees}."
        return [each.best() for each in studies], [*missing, made_on]

    def _at_hand(self, work: Work) -> tuple[dict[str, Space], list[str]]:
        """The spaces of the families that are installed, with as many trees as the budget allows."""
        part = (work.budget.seconds or FULL_BUDGET_S) / FULL_BUDGET_S
        shares = {name: float(np.clip(part, OF_FORESTS.get(name, LEAST_SHARE), 1.0)) for name in available()}
        there = {name: space.scaled(shares[name]) for name, space in self.spaces.items() if name in shares}
        missing = [name for name in self.spaces if name not in there]
        return there, [f"{name} is not installed, and left out: pip install leadscore[{name}]." for name in missing]

    def _candidates(self, tried: Sequence[Tried], folds: Sequence[Fold]) -> dict[str, Candidate]:
        together = np.stack([each.log_odds for each in tried], axis=1)
        families = [each.part.family for each in tried]
        found: dict[str, Candidate] = {}
        if "soft vote" in self.votes:
            weigh = self._soft_vote(families)
            found["soft vote"] = Candidate(weigh(together), weigh)
        if "stacking" in self.votes:
            found["stacking"] = stacked(together, converted_of(folds), numbers(folds))
        if self.alone:
            found |= {name: alone(together, place) for place, name in enumerate(families)}
        return found

    def _soft_vote(self, families: Sequence[str]) -> Callable[[Floats], Floats]:
        """The weighted mean of the members' probabilities, as the write-ups have it."""
        weights = np.array([self.weights.get(family, 1.0) for family in families])
        return lambda log_odds: np.asarray(expit(log_odds) @ weights / weights.sum())

    def _cutoff(self, candidate: Candidate, converted: Labels) -> float:
        return self._cutoff_of(candidate.out_of_fold, converted)

    def _cutoff_of(self, probability: Floats, converted: Labels) -> float:
        return self.cutoff if isinstance(self.cutoff, float) else self.cutoff.choose(Curve.of(probability, converted))

    def _bags(
        self, matrix: Matrix, converted: Labels, tried: Sequence[Tried], treatment: str, context: TrainingContext
    ) -> list[Bag]:
        recipe = self._recipe([each.part for each in tried], treatment)
        return fit_parts(Sample(matrix, converted), (), recipe, context)

    def _recipe(self, parts: Sequence[Part], treatment: str) -> Recipe:
        return Recipe(left_out=(), treatment=treatment, parts=tuple(parts), bags=1)


def of_few_folds(context: TrainingContext) -> TrainingContext:
    """The same context with as many folds as are needed here."""
    folds = min(context.training.folds, FOLDS)
    return replace(context, training=context.training.model_copy(update={"folds": folds}))


def learn_folds(encoding: Encoding, known: TrainingSet, pairs: Sequence[Pair], context: TrainingContext) -> list[Fold]:
    """The folds of the training leads, whose encoders know their own training leads alone."""
    return [learn_fold(encoding, known, pair, context.training.seed) for pair in pairs]


def learn_fold(encoding: Encoding, known: TrainingSet, pair: Pair, seed: int) -> Fold:
    inner, outer = pair
    encoder, matrix = encoding.learn(known.leads[inner], known.converted[inner].astype(np.float64), seed)
    unseen = encoder.transform(known.leads[outer])
    return Fold(Sample(matrix, known.converted[inner]), inner, unseen, known.converted[outer], (), encoder.names)


def stacked(log_odds: Floats, converted: Labels, fold: Labels) -> Candidate:
    """A logistic regression on the members, whose own out-of-fold vote is by weights from the other folds."""
    line = Calibration.fit(log_odds @ (weights := stacking(log_odds, converted, fold)), converted)
    return Candidate(
        line.apply(cross_voted(log_odds, converted, fold, stacking)), lambda some: line.apply(some @ weights)
    )


def alone(log_odds: Floats, place: int) -> Candidate:
    return Candidate(np.asarray(expit(log_odds[:, place])), lambda some: np.asarray(expit(some[:, place])))


def part_of(family: str, space: Space) -> Part:
    """A member with the parameters that its space begins with."""
    params = {name: value for name, value in space.first.items() if name != ROUNDS}
    return Part(family=family, params=space.fixed | params, rounds=int(space.first[ROUNDS]), weight=1.0)


def available() -> list[str]:
    return [name for name, family in FAMILIES.items() if family.available()]


def f1_cutoff(converted: Labels, probability: Floats) -> float:
    """The cutoff with the highest F1."""
    return FBeta(policy="f1").choose(Curve.of(probability, converted))


def f1_at(converted: Labels, probability: Floats, cutoff: float) -> float:
    called = probability >= cutoff
    return float(2 * converted[called].sum() / max(called.sum() + converted.sum(), 1))


def listed(figures: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
