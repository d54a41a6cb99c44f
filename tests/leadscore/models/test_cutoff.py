from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import fbeta_score

from leadscore.errors import ConfigError
from leadscore.models.curve import Curve
from leadscore.models.cutoff import MIN_CALLED, POLICY, Cutoff, choose_cutoff
from leadscore.sections import CutoffSettings

outcomes = st.lists(
    st.tuples(st.sampled_from([0.01, 0.1, 0.2, 0.35, 0.5, 0.75, 0.99]), st.integers(0, 1)), min_size=2, max_size=40
).filter(lambda leads: any(won for _, won in leads))

POLICIES: list[dict[str, Any]] = [
    {"policy": "f1"},
    {"policy": "fbeta", "beta": 2},
    {"policy": "youden"},
    {"policy": "precision_at_least", "precision": 0.5},
    {"policy": "recall_at_least", "recall": 0.8},
    {"policy": "capacity", "calls_per_week": 20},
    {"policy": "profit", "win_value": 500, "call_cost": 100},
]


def make_leads(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities and outcomes drawn from them."""
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 4, n).round(3)
    return probability, (rng.random(n) < probability).astype(np.int64)


def chosen(probability: np.ndarray, converted: np.ndarray, **keys: Any) -> Cutoff:
    return choose_cutoff(Curve.of(probability, converted), CutoffSettings(**keys), leads_per_week=100, seed=1)


def f1_at(cutoff: float, probability: np.ndarray, converted: np.ndarray) -> float:
    will = probability >= cutoff
    return float(2 * (will & (converted == 1)).sum() / (will.sum() + converted.sum()))


@settings(deadline=None)
@given(outcomes)
def test_no_other_cutoff_has_a_higher_f1(leads: list[tuple[float, int]]) -> None:
    probability, converted = np.array([p for p, _ in leads]), np.array([won for _, won in leads])
    found = chosen(probability, converted)
    brute = {value: f1_at(value, probability, converted) for value in [*probability.tolist(), 0.0, 1.0]}
    assert found.reached.value == pytest.approx(max(brute.values()))
    assert brute[found.value] == pytest.approx(found.reached.value)


def test_the_cutoff_of_a_known_case() -> None:
    found = chosen(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 0, 1]))
    assert (found.value, found.metric, found.reached.value) == (0.2, "F1", 0.8)
    assert found.words == "the one with the best F1"


def test_of_equally_good_cutoffs_the_highest_is_chosen() -> None:
    probability, converted = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 0, 0])
    assert chosen(probability, converted, policy="recall_at_least", recall=0.5).value == 0.2
    assert chosen(probability, np.array([1, 0, 0, 1]), policy="youden").value == 0.4  # 0.5 at 0.4, 0 at 0.1
    assert chosen(probability, np.array([1, 1, 0, 1])).value == 0.1
    assert chosen(np.array([0.1, 0.2, 0.2, 0.4]), np.array([1, 0, 0, 1])).value == 0.4  # F1 is 2/3 at 0.1 as well


def test_beta_weighs_recall() -> None:
    probability, converted = make_leads()
    found = {beta: chosen(probability, converted, policy="fbeta", beta=beta) for beta in (0.5, 1, 2)}
    assert found[0.5].value > found[1].value > found[2].value
    assert found[1].value == chosen(probability, converted).value
    for beta, each in found.items():
        best = max(fbeta_score(converted, probability >= value, beta=beta) for value in np.arange(0.05, 0.6, 0.01))
        assert each.reached.value == pytest.approx(fbeta_score(converted, probability >= each.value, beta=beta))
        assert each.reached.value >= best
    assert found[0.5].words == "the one with the best F0.5"


def test_youdens_cutoff_is_the_base_rate_of_calibrated_leads_whatever_that_is() -> None:
    probability, converted = make_leads(100_000)
    found = chosen(probability, converted, policy="youden")
    assert found.value == pytest.approx(converted.mean(), abs=0.03)
    assert found.policy.choose(Curve.of(probability, converted), base_rate=0.6) == found.value


def test_precision_at_least_has_the_highest_recall_of_all_that_are_precise_enough() -> None:
    probability, converted = make_leads()
    found = chosen(probability, converted, policy="precision_at_least", precision=0.5)
    called = probability >= found.value
    assert converted[called].mean() >= 0.5
    assert found.reached.value == pytest.approx(converted[called].sum() / converted.sum())
    lower = [value for value in np.unique(probability) if value < found.value]
    assert all(converted[probability >= value].mean() < 0.5 for value in lower)
    assert found.words == "the one with the highest recall at a precision of at least 0.5"


def test_a_precision_out_of_reach_gives_the_most_precise_cutoff_of_enough_leads_and_says_so() -> None:
    probability, converted = make_leads()
    found = chosen(probability, converted, policy="precision_at_least", precision=0.999)
    called = probability >= found.value
    assert called.sum() >= MIN_CALLED
    enough = [value for value in np.unique(probability) if (probability >= value).sum() >= MIN_CALLED]
    assert converted[called].mean() == max(converted[probability >= value].mean() for value in enough)
    assert found.words == "the most precise that calls 50 leads, since none reaches a precision of 0.999"


def test_one_lucky_lead_is_no_precision() -> None:
    converted = np.array([0, 1] * 100 + [1])
    assert chosen(np.linspace(0.1, 0.9, 201), converted, policy="precision_at_least", precision=0.9).value < 0.75


def test_recall_at_least_has_the_highest_precision_of_all_that_reach_it() -> None:
    probability, converted = make_leads()
    found = chosen(probability, converted, policy="recall_at_least", recall=0.8)
    called = probability >= found.value
    assert converted[called].sum() >= 0.8 * converted.sum()
    enough = [v for v in np.unique(probability) if converted[probability >= v].sum() >= 0.8 * converted.sum()]
    assert found.reached.value == max(converted[probability >= value].mean() for value in enough)
    assert chosen(probability, converted, policy="recall_at_least", recall=1).reached.value > 0


def test_capacity_calls_as_many_as_can_be_called() -> None:
    probability = np.linspace(0.001, 1, 1000)
    found = chosen(probability, make_leads(1000)[1], policy="capacity", calls_per_week=20)
    assert (probability >= found.value).sum() == 200  # of 1,000 leads in ten weeks
    assert (found.metric, found.reached.value) == ("calls a week", 20)
    assert found.words == "the lowest that calls at most 20 of 100 leads a week"
    everyone = chosen(probability, make_leads(1000)[1], policy="capacity", calls_per_week=500)
    assert everyone.value == probability[0]


def test_more_leads_of_one_probability_than_can_be_called_are_called_and_it_is_said() -> None:
    found = chosen(np.array([0.1] * 500 + [0.2] * 500), make_leads(1000)[1], policy="capacity", calls_per_week=20)
    assert (found.value, found.reached.value) == (0.2, 50)
    assert found.words == "the highest, since the leads of the highest probability make more than 20 a week"


def test_capacity_without_times_is_refused() -> None:
    with pytest.raises(ConfigError, match="how many leads come in a week"):
        choose_cutoff(Curve.of(*make_leads()), CutoffSettings(policy="capacity", calls_per_week=20), seed=1)


def test_profit_calls_the_leads_that_pay_for_their_call() -> None:
    probability, converted = make_leads(100_000)
    found = chosen(probability, converted, policy="profit", win_value=500, call_cost=100)
    assert found.value == pytest.approx(0.2, abs=0.03)
    called = probability >= found.value
    assert found.reached.value == pytest.approx((500 * converted[called].sum() - 100 * called.sum()) / 100_000)
    assert found.words == "the one with the highest profit at 500 a conversion and 100 a call"


def test_where_no_call_pays_the_cutoff_says_so() -> None:
    found = chosen(*make_leads(), policy="profit", win_value=1, call_cost=100)
    assert found.reached.value < 0
    assert found.words == "the one that loses least, since at none do the conversions pay for the calls"


@pytest.mark.parametrize("keys", POLICIES, ids=lambda keys: keys["policy"])
def test_intervals_hold_the_figure_repeat_with_the_seed_and_go_through_json(keys: dict[str, Any]) -> None:
    found = chosen(*make_leads(), **keys)
    assert found.interval[0] <= found.value <= found.interval[1]
    assert found.reached.low < found.reached.value < found.reached.high
    assert found == chosen(*make_leads(), **keys)
    assert Cutoff.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("keys", POLICIES, ids=lambda keys: keys["policy"])
def test_leads_of_one_probability_have_that_as_their_cutoff(keys: dict[str, Any]) -> None:
    assert chosen(np.full(60, 0.3), np.array([1] * 18 + [0] * 42), **keys).value == 0.3


@pytest.mark.parametrize("keys", POLICIES, ids=lambda keys: keys["policy"])
def test_the_policy_chooses_anew_for_another_base_rate(keys: dict[str, Any]) -> None:
    probability, converted = make_leads(20_000)
    curve, found = Curve.of(probability, converted), chosen(probability, converted, **keys)
    assert found.policy.choose(curve) == found.value
    same = found.policy.choose(curve, base_rate=curve.base_rate)
    assert same == pytest.approx(found.value, abs=0.01)
    raised = found.policy.choose(curve, base_rate=0.4)
    if keys["policy"] in ("f1", "fbeta", "precision_at_least", "profit"):
        assert raised < found.value
    if keys["policy"] == "capacity":
        assert raised > found.value


def test_the_adjusted_f1_cutoff_is_as_good_on_shifted_leads_as_the_best() -> None:
    probability, converted = make_leads(40_000)
    rng = np.random.default_rng(1)
    won, lost = np.flatnonzero(converted == 1), np.flatnonzero(converted == 0)
    shifted = np.concatenate([rng.choice(won, 5000), rng.choice(lost, 7500)])
    adjusted = chosen(probability, converted).policy.choose(Curve.of(probability, converted), base_rate=0.4)
    best = chosen(probability[shifted], converted[shifted])
    assert f1_at(adjusted, probability[shifted], converted[shifted]) == pytest.approx(best.reached.value, abs=0.005)


def test_every_policy_of_the_settings_is_there() -> None:
    named = CutoffSettings.model_fields["policy"].annotation
    assert {each["policy"] for each in POLICIES} == set(getattr(named, "__args__", ()))
    for keys in POLICIES:
        known = {"leads_per_week": 100} if keys["policy"] == "capacity" else {}
        assert POLICY.validate_python(keys | known).policy == keys["policy"]
