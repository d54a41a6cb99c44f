"""After the training: fine-tuning on the conversions alone, as in the write-up, kept where it does any good.

Whoever sees conversions only learns above all that every lead converts. That is no knowledge of leads, so what all
log-odds rise by on average is taken off, and the rest is judged by the same unseen leads as the training.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from leadscore.models.calibration import losses
from leadscore.models.members.member import Floats, Labels
from leadscore.text_model.encoder import Encoder, Tokens
from leadscore.text_model.training import Lessons, Plan, Run, Session

RATE = 0.1  # of the learning rate
EPOCHS = 1


@dataclass(frozen=True)
class Tuned:
    """The encoder's log-odds are too high by the ``level``; with it taken off those of the unseen leads are ``judged``
    (m,). The ``note`` says what came of it.
    """

    level: float
    judged: Floats
    note: str


def judging(converted: Labels, level: Callable[[Floats], float]) -> Callable[[Floats], float]:
    """The mean log loss of log-odds (m,) that are too high by ``level``, of leads ``converted`` (m,)."""
    return lambda log_odds: float(losses(log_odds - level(log_odds), converted).mean())


def tune(
    encoder: Encoder, won: Tokens, unseen: tuple[Tokens, Labels], level: float, plan: Plan, session: Session
) -> Tuned:
    """Teach the conversions ``won`` to an ``encoder`` that was trained by the ``plan``.

    It keeps the weights that it has unless the ``unseen`` leads, with their outcomes (m,), speak for the new ones.
    """
    tokens, converted = unseen
    before = encoder.log_odds(tokens)

    def raised(log_odds: Floats) -> float:
        return level + float(np.mean(log_odds - before))

    judge = judging(converted, raised)
    rate = RATE * plan.learning_rate
    careful = replace(plan, learning_rate=rate, epochs=EPOCHS, patience=EPOCHS, start=judge(before))
    run = Run.begin(encoder, Lessons(won, np.ones(len(won), np.int64), tokens, judge), careful, session)
    run.learn()
    after = encoder.log_odds(tokens) if run.best_epoch else before
    kept = "kept" if run.best_epoch else "not kept"
    told = ", then ".join(f"{loss:.4f}" for loss in (careful.start, *run.progress.judged))
    note = f"Fine-tuning on {len(won):,} conversions, {kept}: loss on unseen leads {told}."
    return Tuned(raised(after), after - raised(after), note)
