from collections.abc import Callable

import numpy as np
import torch

from leadscore.models.members.member import Labels
from leadscore.text_model.encoder import Encoder
from leadscore.text_model.training import Lessons, Plan, Run, Session, copied
from leadscore.text_model.tuning import Tuned, judging, tune

MakeSession = Callable[..., Session]


def test_a_level_that_all_log_odds_rise_by_is_not_judged() -> None:
    converted = np.array([0, 1, 1])
    log_odds = np.array([-1.0, 0.5, 2.0])
    judge = judging(converted, lambda found: float(np.mean(found - log_odds)))
    assert np.isclose(judge(log_odds), judge(log_odds + 3))


def tuned(encoder: Encoder, lessons: Lessons, outcomes: Labels, session: MakeSession, rate: float) -> Tuned:
    won = [tokens for tokens, converted in zip(lessons.tokens, lessons.converted, strict=True) if converted]
    return tune(encoder, won, (lessons.unseen, outcomes), 0.7, Plan(learning_rate=rate), session())


def test_what_makes_unseen_leads_worse_is_not_kept(
    encoder: Encoder, lessons: Lessons, outcomes: Labels, session: MakeSession
) -> None:
    Run.begin(
        encoder, lessons, Plan(learning_rate=2e-3, epochs=3), session(file=session().file.with_name("first"))
    ).learn()
    before, found = copied(encoder.model), encoder.log_odds(lessons.unseen)
    result = tuned(encoder, lessons, outcomes, session, rate=10.0)
    assert "not kept" in result.note
    assert result.level == 0.7
    assert np.allclose(result.judged, found - 0.7)
    assert all(torch.equal(tensor, before[name]) for name, tensor in copied(encoder.model).items())


def test_the_mean_log_odds_stay_where_they_were(
    encoder: Encoder, lessons: Lessons, outcomes: Labels, session: MakeSession
) -> None:
    before = encoder.log_odds(lessons.unseen)
    result = tuned(encoder, lessons, outcomes, session, rate=1e-2)
    assert np.isclose(result.judged.mean(), before.mean() - 0.7)
    assert np.allclose(result.judged, encoder.log_odds(lessons.unseen) - result.level)
