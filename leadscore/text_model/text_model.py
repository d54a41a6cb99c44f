"""From training leads to a text model that votes as any other member does: by log-odds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
import torch

from leadscore.features.inputs import Input
from leadscore.models.budget import Budget
from leadscore.models.members.member import Floats, Labels
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.models.split import Split, split
from leadscore.text_model.encoder import Encoder, Tokens, torch_threads
from leadscore.text_model.options import Options
from leadscore.text_model.sentences import Sentences
from leadscore.text_model.told import Told
from leadscore.text_model.training import Lessons, Plan, Run, Session
from leadscore.text_model.tuning import Tuned, judging, tune

JUDGING = 0.1  # share of the training leads, the latest ones, that tell when to stop
TRAINED_BY, TUNED_BY = 0.6, 0.7  # shares of the budget


@dataclass(frozen=True)
class TextModel:
    """An ``encoder`` of leads as ``sentences``, whose log-odds are too high by the ``level``."""

    sentences: Sentences
    encoder: Encoder
    level: float

    def log_odds(self, leads: pl.DataFrame, *, threads: int) -> Floats:
        """The log-odds (n,) at the base rate of the training leads.

        Which other leads are read with one, and the ``threads``, can change the last digits.
        """
        texts = self.sentences.texts(self.sentences.cells(leads))
        with torch_threads(threads):
            return self.encoder.log_odds(self.encoder.tokens(texts)) - self.level


@dataclass(frozen=True)
class Learned:
    """The ``model``; the rows of the training leads that it learned from (``parts.train``) and that it was judged by
    (``parts.holdout``), with its log-odds (m,) of the latter; and in ``notes`` what happened.
    """

    model: TextModel
    parts: Split
    judged: Floats
    notes: tuple[str, ...]


def learn(
    known: TrainingSet,
    inputs: Sequence[Input],
    options: Options,
    context: TrainingContext,
    budget: Budget,
    folder: Path,
) -> Learned:
    """Train on the leads ``known``, of which the latest only judge.

    Checkpoints are in ``folder``: killed and called again it goes on, and ends with the same weights. How far it comes
    in a ``budget`` that is too short depends on the machine.
    """
    seed, order = context.training.seed, known.order
    rows = np.arange(len(known.converted))
    parts = split(rows, order, known.account, known.converted, share=JUDGING, seed=seed)
    told = Told.of(known[parts.train], known[parts.holdout], inputs, options, context)
    with torch_threads(context.threads):
        torch.manual_seed(seed)
        encoder = options.encoder(told.texts)
        learner = Learner(encoder, told, options.plan, context, budget, folder / told.digest(options, seed))
        trained = learner.train()
        tuned = learner.tune()
    columns = f"{len(told.sentences.columns)} columns are told, {told.sentences.columns[0]} first."
    model = TextModel(told.sentences, encoder, tuned.level)
    return Learned(model, parts, tuned.judged, (columns, trained, tuned.note))


@dataclass(frozen=True)
class Learner:
    """An ``encoder`` that learns by a ``plan`` what it is ``told``, and keeps how far it came in the ``folder``."""

    encoder: Encoder
    told: Told
    plan: Plan
    context: TrainingContext
    budget: Budget
    folder: Path

    @cached_property
    def tokens(self) -> Tokens:
        return self.encoder.tokens(self.told.texts)

    @cached_property
    def unseen(self) -> tuple[Tokens, Labels]:
        return self.encoder.tokens(self.told.unseen), self.told.judge.converted

    def session(self, step: str, until: float) -> Session:
        """One with a checkpoint of its own, that ends when this share of the budget is spent."""
        seconds = self.budget.seconds and until * self.budget.seconds
        file = self.folder / f"{step}.safetensors"
        return Session(self.context.training.seed, file, replace(self.budget, seconds=seconds), self.context.progress)

    def train(self) -> str:
        """What came of it, in words."""
        level, (unseen, converted) = self.told.level, self.unseen
        lessons = Lessons(self.tokens, self.told.converted, unseen, judging(converted, lambda log_odds: level))
        run = Run.begin(self.encoder, lessons, self.plan, self.session("training", TRAINED_BY))
        run.learn()
        return run.told

    def tune(self) -> Tuned:
        """On the conversions themselves, without their copies."""
        won = [self.tokens[row] for row in np.flatnonzero(self.told.known.converted)]
        return tune(self.encoder, won, self.unseen, self.told.level, self.plan, self.session("tuning", TUNED_BY))
