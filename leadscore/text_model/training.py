"""Training by sharpness-aware minimisation, with early stopping, that a kill costs some minutes and nothing else.

SAM (Foret et al. 2021, algorithm 1) takes two steps for each batch: up along the gradient to the worst weights within
``rho``, and from the old weights down by the gradient there, which AdamW (Loshchilov and Hutter 2019) follows.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import torch
from pytorch_optimizer import SAM
from torch.nn.functional import binary_cross_entropy_with_logits

from leadscore.models.budget import Budget
from leadscore.models.members.member import Floats, Labels
from leadscore.models.recipe import Progress as Words
from leadscore.text_model.checkpoint import Checkpoint, Progress, Tensors, moments_of, put_moments
from leadscore.text_model.encoder import Encoder, Rows, Tokens

TOLD = 10  # times an epoch


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How an encoder learns.

    It stops after ``patience`` epochs without a lower loss on the leads that judge. The ``start`` is a loss that is to
    be beaten: that of the weights as they are, where these are good for something.
    """

    learning_rate: float
    epochs: int = 5
    patience: int = 2
    batch: int = 32
    rho: float = 0.05
    weight_decay: float = 0.01
    start: float = float("inf")
    save_every_s: float = 300.0


@dataclass(frozen=True)
class Lessons:
    """Texts to learn from, as ``tokens``, with their outcomes (n,); and how log-odds (m,) of ``unseen`` are judged."""

    tokens: Tokens
    converted: Labels
    unseen: Tokens
    judge: Callable[[Floats], float]


@dataclass(frozen=True)
class Session:
    """The ``seed`` of all that is random, the ``file`` of the checkpoint, the time that there is, and who is told."""

    seed: int
    file: Path
    budget: Budget
    words: Words


@dataclass
class Run:
    """A training that has come as far as ``progress``; ``best`` are the weights of its best epoch."""

    encoder: Encoder
    lessons: Lessons
    plan: Plan
    session: Session
    optimizer: SAM
    best: Tensors
    progress: Progress = field(default_factory=Progress)
    saved: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(cls, encoder: Encoder, lessons: Lessons, plan: Plan, session: Session) -> Self:
        """A new one, or the one that the checkpoint tells of."""
        run = cls(encoder, lessons, plan, session, sam(encoder.model, plan), copied(encoder.model))
        if session.file.exists():
            run.resume(Checkpoint.load(session.file))
        return run

    def resume(self, found: Checkpoint) -> None:
        """Go on from what was ``found``."""
        self.encoder.model.load_state_dict(found.weights)
        put_moments(self.optimizer, found.moments)
        self.best, self.progress = found.best, found.progress

    def save(self) -> None:
        weights, moments = self.encoder.model.state_dict(), moments_of(self.optimizer)
        Checkpoint(self.progress, weights, self.best, moments).save(self.session.file)
        self.saved = time.monotonic()

    @property
    def best_epoch(self) -> int:
        """Which epoch had the lowest loss, 0 if none was better than the start."""
        return int(np.argmin([self.plan.start, *self.progress.judged]))

    @property
    def ended(self) -> bool:
        epochs = len(self.progress.judged)
        return self.progress.spent or epochs >= self.plan.epochs or epochs - self.best_epoch >= self.plan.patience

    @property
    def told(self) -> str:
        """What came of it, in words."""
        done = len(self.progress.judged)
        why = "the time was up" if self.progress.spent else "so many were planned"
        if done - self.best_epoch >= self.plan.patience:
            why = f"no lower loss for {self.plan.patience}"
        losses = ", ".join(f"{loss:.4f}" for loss in self.progress.judged)
        return f"{done} epochs, then {why}: loss on unseen leads {losses}; epoch {self.best_epoch} was kept."

    def learn(self) -> None:
        """Train to the end, or as long as there is time, and take the weights of the best epoch."""
        while not self.ended:
            self.epoch()
            self.save()
        self.encoder.model.load_state_dict(self.best)

    def epoch(self) -> None:
        """The rest of the present epoch, and what the unseen leads say of it."""
        batches, budget = self.batches(), self.session.budget
        self.encoder.model.train()
        for number, rows in list(enumerate(batches))[self.progress.batches :]:
            if number and budget.left < 0:
                break
            self.step(number, rows)
            if number % (len(batches) // TOLD + 1) == 0:
                self.tell(f"batch {number + 1} of {len(batches)}, training loss {self.loss:.4f}")
            if time.monotonic() - self.saved > self.plan.save_every_s:
                self.save()
        judged = self.lessons.judge(self.encoder.log_odds(self.lessons.unseen))
        self.tell(f"{self.progress.batches} batches, loss {judged:.4f} on unseen leads")
        self.close(judged, budget.left < 0)

    def tell(self, words: str) -> None:
        self.session.words(f"text model: epoch {self.number} of {self.plan.epochs}, {words}")

    def step(self, number: int, rows: Rows) -> None:
        """Both steps of SAM for one batch. What dropout leaves out is drawn by the batch's number."""
        drawn = np.random.SeedSequence([self.session.seed, self.number, number]).generate_state(1)
        torch.manual_seed(int(drawn[0]))
        loss = sam_step(self.optimizer, lambda: self.loss_of(rows))
        done = {"batches": number + 1, "total": self.progress.total + loss}
        self.progress = self.progress.model_copy(update=done)

    def loss_of(self, rows: Rows) -> torch.Tensor:
        """The log loss of the leads at ``rows`` (r,) as the model is now."""
        read = self.encoder.read(self.lessons.tokens, rows)
        converted = torch.as_tensor(self.lessons.converted[rows], dtype=read.dtype, device=read.device)
        return binary_cross_entropy_with_logits(read, converted)

    def close(self, judged: float, spent: bool) -> None:
        """End the epoch, which the unseen leads ``judged``."""
        now = self.progress
        self.progress = Progress(trained=(*now.trained, self.loss), judged=(*now.judged, judged), spent=spent)
        if self.best_epoch == len(self.progress.judged):
            self.best = copied(self.encoder.model)

    def batches(self) -> list[Rows]:
        """The rows of each batch of the present epoch."""
        n, size = len(self.lessons.converted), self.plan.batch
        order = np.random.default_rng([self.session.seed, self.number]).permutation(n)
        return [order[start : start + size] for start in range(0, n, size)]

    @property
    def number(self) -> int:
        """Of the present epoch, from 1 on."""
        return len(self.progress.judged) + 1

    @property
    def loss(self) -> float:
        """The mean loss of the present epoch's steps."""
        return self.progress.total / max(self.progress.batches, 1)


def sam(model: torch.nn.Module, plan: Plan) -> SAM:
    """SAM around AdamW."""
    rates = {"lr": plan.learning_rate, "weight_decay": plan.weight_decay}
    return SAM(model.parameters(), torch.optim.AdamW, rho=plan.rho, **rates)


def sam_step(optimizer: SAM, loss: Callable[[], torch.Tensor]) -> float:
    """Both steps; the ``loss`` is asked for twice, and the one before them is told."""

    def gradient() -> torch.Tensor:
        value = loss()
        value.backward()
        return value

    optimizer.zero_grad()
    before = gradient()
    optimizer.step(gradient)
    told: float = before.item()
    return told


def copied(model: torch.nn.Module) -> Tensors:
    """The weights as they are now."""
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
