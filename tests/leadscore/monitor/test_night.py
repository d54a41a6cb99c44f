from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from leadscore.features.profile import Profile
from leadscore.models.curve import Curve
from leadscore.models.prior_shift import Shift, adjusted, odds
from leadscore.models.reference import Reference
from leadscore.monitor.features import Scored
from leadscore.monitor.measure import Measure
from leadscore.monitor.night import EXPECTED, NOT_ASKED, REALISED, Night, Watch, measures
from leadscore.monitor.performance import Present, Realised
from leadscore.sections import Monitoring

DRAW = np.random.default_rng(3)
RAW = expit(DRAW.normal(-3, 1.4, 20_000))
CONVERTED = (DRAW.random(20_000) < RAW).astype(np.int64)
CUTOFF = 0.2
WATCH = Watch(Profile(), Curve.of(RAW, CONVERTED), Reference.of(RAW), float(CONVERTED.mean()), Monitoring())
SAME = Shift(WATCH.base_rate, 0.05, 0.1, True, 0.01, "3,000 open leads")


def present(raw: np.ndarray, probability: np.ndarray | None = None, cutoff: float = CUTOFF) -> Present:
    probability = raw if probability is None else probability
    score = WATCH.reference.score(raw)
    groups = sorted(set(zip(score.tolist(), (raw >= cutoff).tolist(), strict=True)))
    rows = [(score == points) & ((raw >= cutoff) == called) for points, called in groups]
    return Present(
        score=np.array([points for points, _ in groups], np.int64),
        called=np.array([called for _, called in groups], bool),
        n=np.array([each.sum() for each in rows], np.int64),
        won=np.array([probability[each].sum() for each in rows], float),
    )


QUIET = Night(
    scored=Scored(0, {}),
    present=present(RAW[:3000]),
    shift=SAME,
    raw_cutoff=CUTOFF,
    realised=Realised(leads=3000, won=240, predicted=235.0, called=300, called_won=110),
)


def told(night: Night, watch: Watch = WATCH) -> dict[str, Measure]:
    return {each.name: each for each in measures(watch, night)}


def breached(night: Night) -> set[str]:
    return {name for name, each in told(night).items() if each.breached}


def test_a_night_like_the_training_is_within_all_limits() -> None:
    found = told(QUIET)
    assert breached(QUIET) == set()
    assert all(found[name].value is not None for name in (*EXPECTED, *REALISED, "score_psi", "prior_shift"))
    assert found["expected_f1"].limit is not None
    assert found["expected_precision"].limit is None, "it trades off against recall: F1 is judged"


def test_scores_that_moved_are_seen_by_their_distribution() -> None:
    assert {"score_psi", "score_js_distance"} <= breached(replace(QUIET, present=present(RAW[RAW > 0.05][:3000])))


@pytest.mark.parametrize("factor", [1 / 4, 4])
def test_a_base_rate_that_moved_is_seen_in_either_direction(factor: float) -> None:
    moved = odds(WATCH.base_rate) * factor
    rate = moved / (1 + moved)
    found = told(replace(QUIET, shift=Shift(rate, 0.8 * rate, 1.2 * rate, True, 0.01, "3,000 open leads")))[
        "prior_shift"
    ]
    assert found.value == pytest.approx(factor)
    assert found.breached


def test_a_base_rate_that_chance_may_explain_is_no_breach() -> None:
    wide = Shift(WATCH.base_rate * 3, WATCH.base_rate * 0.9, 0.9, True, 0.2, "300 open leads")
    assert not told(replace(QUIET, shift=wide))["prior_shift"].breached


def test_a_base_rate_that_is_not_known_has_a_reason() -> None:
    assert told(replace(QUIET, shift=None))["prior_shift"].reason == NOT_ASKED
    doubtful = replace(SAME, believed=False, reason="too uncertain")
    assert told(replace(QUIET, shift=doubtful))["prior_shift"] == Measure.untold("prior_shift", "too uncertain")
    unproven = told(replace(QUIET, shift=replace(SAME, unproven=0.01)))["prior_shift"]
    assert unproven.value == pytest.approx(1)
    assert unproven.reason == "the open leads alone say 1.0%, which no outcome shows yet"


def test_another_base_rate_alone_is_no_loss_of_performance() -> None:
    """Under a pure prior shift that the probabilities follow, F1 moves as it would have in training."""
    kept = RAW[(CONVERTED == 0) | (DRAW.random(len(RAW)) < 0.3)]
    ratio = 0.3
    follows = present(kept, adjusted(kept, ratio))
    assert {"expected_f1", "expected_auc"}.isdisjoint(breached(replace(QUIET, present=follows)))


def test_leads_that_cannot_be_told_apart_any_more_are_seen_without_an_outcome() -> None:
    doubtful = RAW[(RAW > 0.15) & (RAW < 0.25)]
    found = breached(replace(QUIET, present=present(doubtful)))
    assert {"expected_f1", "expected_auc"} <= found


@pytest.mark.parametrize("won", [60, 520])
def test_probabilities_that_do_not_come_true_are_seen(won: int) -> None:
    realised = Realised(leads=3000, won=won, predicted=235.0, called=300, called_won=won // 2)
    assert "calibration_ratio" in breached(replace(QUIET, realised=realised))


def test_a_model_that_calls_the_wrong_leads_is_seen() -> None:
    realised = Realised(leads=3000, won=240, predicted=235.0, called=300, called_won=24)
    assert breached(replace(QUIET, realised=realised)) == {"realised_f1"}


def test_what_was_promised_and_did_not_come_is_not_too_little_to_judge() -> None:
    nobody = Realised(leads=3000, won=0, predicted=235.0, called=300, called_won=0)
    assert told(replace(QUIET, realised=nobody))["calibration_ratio"].breached


def test_too_few_have_a_reason() -> None:
    few = told(replace(QUIET, present=present(RAW[:3]), realised=Realised(40, 3, 2.0, 5, 1)))
    for name in (*EXPECTED, "score_psi", "score_js_distance"):
        assert few[name] == Measure.untold(name, "3 open leads are too few (500 needed)")
    for name in REALISED:
        assert str(few[name].reason).startswith("3 conversions, 2 expected, among 40 leads")
    none = told(replace(QUIET, present=present(RAW[:0])))
    assert none["expected_f1"].value is None


def test_limits_are_the_settings() -> None:
    strict = replace(WATCH, limits=Monitoring(max_prior_shift=1.001, max_f1_loss=0, max_psi=0.001))
    moved = replace(SAME, base_rate=SAME.base_rate * 1.05, low=SAME.base_rate * 1.01)
    assert told(replace(QUIET, shift=moved), strict)["prior_shift"].breached
    assert told(QUIET, strict)["expected_f1"].limit > told(QUIET)["expected_f1"].limit  # type: ignore[operator]
