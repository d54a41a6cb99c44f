"""Boosters and forests that are tuned, vote, and call from a cutoff: what the write-ups have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal

import numpy as np
import polars as pl

from leadscore.features.encoders import Encoder, Encoding
from leadscore.features.inputs import Inputs
from leadscore.models.cutoff import FBeta, Policy
from leadscore.models.fit import fit_parts, one_blas_thread
from leadscore.models.folds import Fold, Pair
from leadscore.models.members.bag import Bag
from leadscore.models.members.member import Floats, Labels, Matrix, Sample
from leadscore.models.members.registry import FAMILIES
from leadscore.models.out_of_fold import at_random, converted_of, in_time, numbers
from leadscore.models.recipe import Part, Recipe, TrainingContext, TrainingSet
from leadscore.models.space import ROUNDS, Space
from leadscore.models.tuning import Search, Study, Tried
from leadscore.recipes.method import Fitted, Method, OwnProtocol, Work
from leadscore.recipes.own_protocol import judged_as_published
from leadscore.recipes.voting import (
    Candidate,
    Choice,
    Weigh,
    alone,
    best_f1_cutoff,
    cutoff_of,
    soft_vote,
    stacked,
)

Vote = Literal["soft vote", "stacking"]

FOLDS = 3  # that parameters and cutoff are chosen by
FULL_BUDGET_S = 1800.0  # seconds from which a search has as many trees as the write-up's
LEAST_SHARE = 0.2  # of the trees, however small the budget
OF_FORESTS = {"random_forest": 0.05, "extra_trees": 0.05}  # the same: that few of so many hardly change a mean
RESERVED = 3.0  # trials of every family, that the fits after the search take
PLAIN_LIGHTGBM = Space(  # for recipes whose write-up trains no booster
    first={"rounds": 300, "learning_rate": 0.05, "max_depth": 6},
    fixed={"num_leaves": 31},
    even={"rounds": (100, 600), "max_depth": (2, 8)},
    logged={"learning_rate": (0.02, 0.1)},
)


@dataclass(frozen=True)
class TreeScorer:
    """Fitted ``bags`` behind an encoder, whose log-odds are weighed to a probability."""

    encoder: Encoder
    bags: Sequence[Bag]
    weigh: Weigh
    cutoff: float
    threads: int

    def probability(self, leads: pl.DataFrame) -> Floats:
        return self.weigh(together(self.bags, self.encoder.transform(leads), self.threads))


@dataclass(frozen=True, kw_only=True)
class TreeVote(Method):
    """Members of ``spaces``, fitted on ``features`` after a ``treatment`` of `leadscore.models.imbalance`.

    Candidates are the ``votes`` and, where ``singly``, each member by itself; the one with the highest F1 out of fold
    at its own cutoff is taken. ``weights`` by family are those of the soft vote, where they are not equal. The cutoff
    is by a policy, or a number that the write-up set.

    Where the write-up judged itself, ``own_words`` say how: on a random ``own_share`` of the leads, by ``own_features``
    if these differ. ``remarks`` are what else there is to say of the training leads.
    """

    features: Callable[[Inputs], Encoding]
    spaces: Mapping[str, Space]
    cutoff: Policy | float
    treatment: str = "none"
    votes: tuple[Vote, ...] = ("soft vote",)
    weights: Mapping[str, float] = field(default_factory=dict)
    singly: bool = False
    own_share: float = 0.2
    own_words: str = ""
    own_features: Callable[[Inputs], Encoding] | None = None
    remarks: Callable[[TrainingSet, Inputs], tuple[str, ...]] | None = None

    @one_blas_thread()
    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        encoding, context = self.features(inputs), of_few_folds(work.context)
        pairs = in_time(known, context) or at_random(known, context)
        folds = [learn_fold(encoding, known, pair, context.training.seed) for pair in pairs]
        tried, told = self._search(folds, work, context)
        choice = Choice.of(self._candidates(tried, folds), converted_of(folds), self.cutoff)
        context.progress("fitting all training leads, members " + ", ".join(each.part.family for each in tried))
        scorers = self._scorers(encoding, known, tried, choice, converted_of(folds), context)
        chosen = (choice.told,) if len(choice.f1) > 1 else ()
        remarks = self.remarks(known, inputs) if self.remarks else ()
        return Fitted(scorers.pop(choice.best), scorers, (*told, *chosen, *remarks))

    @one_blas_thread()
    def own_protocol(self, known: TrainingSet, inputs: Inputs, work: Work) -> OwnProtocol | None:
        if not self.own_words:
            return None
        spaces, context = self._at_hand(work), work.context
        recipe = Recipe(left_out=(), treatment="none", parts=tuple(map(part_of, spaces, spaces.values())), bags=1)

        def vote(sample: Sample, unseen: Matrix) -> Floats:
            bags = fit_parts(sample, (), recipe, context)
            return soft_vote(list(spaces), self.weights)(together(bags, unseen, context.threads))

        converted, probability = judged_as_published(
            (self.own_features or self.features)(inputs),
            known,
            vote,
            treatment=self.treatment,
            share=self.own_share,
            seed=context.training.seed,
        )
        cutoff = cutoff_of(self.cutoff, probability, converted)
        return OwnProtocol(converted, probability, cutoff, self.own_words)

    def _search(self, folds: Sequence[Fold], work: Work, context: TrainingContext) -> tuple[list[Tried], list[str]]:
        """The best trial of each family, all in turn as far as the budget goes, and what there is to say of it."""
        spaces = self._at_hand(work)
        recipe = Recipe(left_out=(), treatment=self.treatment, parts=(), bags=1)
        search = Search(folds, recipe, {}, work.folder / "search.journal", context, spaces)
        studies = [Study(search, family) for family in spaces]
        for turn in count():
            spent = sum(each.seconds for each in studies)
            if turn and (turn * len(studies) >= context.training.trials or work.budget.left < RESERVED * spent):
                break
            for study in studies:
                study.go_to(turn)
                context.progress(f"trial {turn + 1}: {study.told}")
        trees = ", ".join(f"{space.even[ROUNDS][1]} of {name}" for name, space in spaces.items())
        made = f"{turn * len(studies)} trials on {len(folds)} folds; by the budget at most so many trees: {trees}."
        missing = [f"{name} is not installed, and left out." for name in self.spaces if name not in spaces]
        return [each.best() for each in studies], [*missing, made]

    def _at_hand(self, work: Work) -> dict[str, Space]:
        """The spaces of the families that are installed, with as many trees as the budget allows."""
        part = (work.budget.seconds or FULL_BUDGET_S) / FULL_BUDGET_S
        return {
            name: space.scaled(float(np.clip(part, OF_FORESTS.get(name, LEAST_SHARE), 1.0)))
            for name, space in self.spaces.items()
            if FAMILIES[name].available()
        }

    def _candidates(self, tried: Sequence[Tried], folds: Sequence[Fold]) -> dict[str, Candidate]:
        log_odds = np.stack([each.log_odds for each in tried], axis=1)
        families = [each.part.family for each in tried]
        found: dict[str, Candidate] = {}
        if "soft vote" in self.votes:
            weigh = soft_vote(families, self.weights)
            found["soft vote"] = Candidate(weigh(log_odds), weigh)
        if "stacking" in self.votes:
            found["stacking"] = stacked(log_odds, converted_of(folds), numbers(folds))
        if self.singly:
            found |= {name: alone(log_odds, place) for place, name in enumerate(families)}
        return found

    def _scorers(
        self,
        encoding: Encoding,
        known: TrainingSet,
        tried: Sequence[Tried],
        choice: Choice,
        unseen: Labels,
        context: TrainingContext,
    ) -> dict[str, TreeScorer]:
        """All candidates fitted on the training leads, and the best with another cutoff and without its treatment."""
        encoder, matrix = encoding.learn(known.leads, known.converted.astype(np.float64), context.training.seed)
        sample, parts, best = Sample(matrix, known.converted), tuple(each.part for each in tried), choice.best

        def bags(treatment: str) -> list[Bag]:
            return fit_parts(sample, (), Recipe(left_out=(), treatment=treatment, parts=parts, bags=1), context)

        def scorer(name: str, fitted: Sequence[Bag]) -> TreeScorer:
            weigh, cutoff = choice.candidates[name].weigh, choice.cutoffs[name]
            return TreeScorer(encoder, fitted, weigh, cutoff, context.threads)

        treated = bags(self.treatment)
        found = {name: scorer(name, treated) for name in choice.candidates}
        if not isinstance(self.cutoff, FBeta):
            cutoff = best_f1_cutoff(unseen, choice.candidates[best].out_of_fold)
            found["cutoff by F1"] = replace(found[best], cutoff=cutoff)
        if self.treatment != "none":
            found["without resampling"] = scorer(best, bags("none"))
        return found


def of_few_folds(context: TrainingContext) -> TrainingContext:
    """The same context with as many folds as are needed here."""
    folds = min(context.training.folds, FOLDS)
    return replace(context, training=context.training.model_copy(update={"folds": folds}))


def learn_fold(encoding: Encoding, known: TrainingSet, pair: Pair, seed: int) -> Fold:
    """A fold whose encoder knows its training leads alone."""
    inner, outer = pair
    encoder, matrix = encoding.learn(known.leads[inner], known.converted[inner].astype(np.float64), seed)
    unseen = encoder.transform(known.leads[outer])
    return Fold(Sample(matrix, known.converted[inner]), inner, unseen, known.converted[outer], (), encoder.names)


def part_of(family: str, space: Space) -> Part:
    """A member with the parameters that its space begins with."""
    params = {name: value for name, value in space.first.items() if name != ROUNDS}
    return Part(family=family, params=space.fixed | params, rounds=int(space.first[ROUNDS]), weight=1.0)


def together(bags: Sequence[Bag], matrix: Matrix, threads: int) -> Floats:
    """The log-odds (n, m) of all members."""
    return np.stack([bag.log_odds(matrix, threads=threads) for bag in bags], axis=1)
