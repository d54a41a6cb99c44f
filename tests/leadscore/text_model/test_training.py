import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from leadscore.models.budget import Budget
from leadscore.models.members.member import Floats
from leadscore.text_model.encoder import Encoder
from leadscore.text_model.training import Lessons, Plan, Run, Session, copied, sam, sam_step

MakeSession = Callable[..., Session]
PLAN = Plan(learning_rate=2e-3, epochs=4)


def sharp(at: Floats) -> Floats:
    """The gradient of sum(x**4 - x**2)."""
    return 4 * at**3 - 2 * at


def test_a_step_is_that_of_the_formula() -> None:
    """Foret et al. 2021, equation 2, and AdamW by Loshchilov and Hutter 2019, algorithm 2."""
    model = torch.nn.Linear(3, 1, bias=False).double()
    model.weight.data = torch.tensor([[0.72, -0.3, 0.69]], dtype=torch.float64)
    optimizer = sam(model, Plan(learning_rate=0.01, rho=0.05, weight_decay=0.1))
    at, m, v = np.array([0.72, -0.3, 0.69]), np.zeros(3), np.zeros(3)
    for number in range(1, 4):
        sam_step(optimizer, lambda: (model.weight**4 - model.weight**2).sum())
        uphill = at + 0.05 * sharp(at) / np.linalg.norm(sharp(at))
        m, v = 0.9 * m + 0.1 * sharp(uphill), 0.999 * v + 0.001 * sharp(uphill) ** 2
        step = (m / (1 - 0.9**number)) / (np.sqrt(v / (1 - 0.999**number)) + 1e-8)
        at = at * (1 - 0.01 * 0.1) - 0.01 * step
        assert np.allclose(model.weight.detach().numpy()[0], at, atol=1e-9)


def test_each_batch_takes_two_passes_and_the_second_is_uphill() -> None:
    model = torch.nn.Linear(3, 1, bias=False)
    seen: list[torch.Tensor] = []

    def loss() -> torch.Tensor:
        seen.append(model.weight.detach().clone())
        return (model.weight**2).sum()

    sam_step(sam(model, replace(PLAN, rho=0.05)), loss)
    assert len(seen) == 2
    assert np.isclose(float((seen[1] - seen[0]).norm()), 0.05, atol=1e-5)


def test_the_loss_falls_and_the_weights_of_the_best_epoch_are_taken(
    encoder: Encoder, lessons: Lessons, session: MakeSession
) -> None:
    before = lessons.judge(encoder.log_odds(lessons.unseen))
    run = Run.begin(encoder, lessons, PLAN, session())
    run.learn()
    assert run.progress.trained[-1] < run.progress.trained[0]
    assert min(run.progress.judged) < before - 0.1
    assert lessons.judge(encoder.log_odds(lessons.unseen)) == min(run.progress.judged)


def test_it_stops_after_so_many_epochs_without_a_lower_loss(
    encoder: Encoder, lessons: Lessons, session: MakeSession
) -> None:
    losses = iter([0.5, 0.4, 0.45, 0.41, 0.1])
    few = Lessons(lessons.tokens[:32], lessons.converted[:32], lessons.unseen[:2], lambda log_odds: next(losses))
    run = Run.begin(encoder, few, replace(PLAN, epochs=5, patience=2), session())
    run.learn()
    assert run.progress.judged == (0.5, 0.4, 0.45, 0.41)
    assert "4 epochs, then no lower loss for 2" in run.told
    assert "epoch 2 was kept." in run.told


class Killed(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("batch", ["epoch 1 of 2, batch 3 of 4", "epoch 2 of 2, batch 1 of 4"])
def test_killed_and_started_again_it_ends_with_the_same_weights(
    encoder: Encoder, lessons: Lessons, session: MakeSession, batch: str
) -> None:
    plan = replace(PLAN, epochs=2, save_every_s=0)
    lessons = replace(lessons, tokens=lessons.tokens[:128], converted=lessons.converted[:128])
    twin = copy.deepcopy(encoder)
    uninterrupted = Run.begin(twin, lessons, plan, session(file=session().file.with_name("other.safetensors")))
    uninterrupted.learn()

    def killing(words: str) -> None:
        if batch in words:
            raise Killed

    fresh = copy.deepcopy(encoder)
    with pytest.raises(Killed):
        Run.begin(encoder, lessons, plan, session(words=killing)).learn()
    resumed = Run.begin(fresh, lessons, plan, session())
    assert resumed.progress.batches or resumed.progress.judged
    resumed.learn()
    assert resumed.progress == uninterrupted.progress
    assert all(torch.equal(tensor, copied(twin.model)[name]) for name, tensor in copied(fresh.model).items())


def test_without_time_it_ends_in_the_midst_of_an_epoch_and_says_so(
    encoder: Encoder, lessons: Lessons, session: MakeSession
) -> None:
    run = Run.begin(encoder, lessons, PLAN, session(budget=Budget(0.0)))
    run.learn()
    assert len(run.progress.judged) == 1
    assert "the time was up" in run.told


def test_dropout_is_at_work(encoder: Encoder, lessons: Lessons, session: MakeSession) -> None:
    run = Run.begin(encoder, lessons, PLAN, session())
    rows = np.arange(32)
    encoder.model.train()
    assert run.loss_of(rows) != run.loss_of(rows)
