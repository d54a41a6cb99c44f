from typing import Any

import pytest

from leadscore.leaks.findings import Finding
from leadscore.models.slices import Slice
from leadscore.report.limits import limits
from leadscore.training.card import Card


def evaluated(card: Card, **changes: Any) -> Card:
    return card.model_copy(update={"evaluation": card.evaluation.model_copy(update=changes)})


def told(card: Card) -> str:
    [sentence] = limits(card)
    return sentence


def test_without_a_cause_nothing_is_said(card: Card) -> None:
    assert list(limits(card)) == []


@pytest.mark.parametrize("holdout", ["accounts", "random"])
def test_leads_without_times_say_nothing_of_leads_to_come(card: Card, holdout: str) -> None:
    assert "leads to come" in told(evaluated(card, holdout=holdout))


@pytest.mark.parametrize(
    ("lacking", "cost"), [("account_id", "earlier leads of the same one"), ("owner_id", "one queue")]
)
def test_what_no_lead_tells_is_told_with_what_it_costs(card: Card, lacking: str, cost: str) -> None:
    assert cost in told(card.model_copy(update={"lacking": (lacking,)}))


def test_a_base_rate_that_moved_is_told(card: Card) -> None:
    assert told(evaluated(card, train_base_rate=0.064)).startswith(
        "The base rate moved: 6.4% of the leads before the holdout converted, 50.0% in it."
    )


def test_a_draw_whose_base_rate_differs_is_no_move(card: Card) -> None:
    _, sentence = limits(evaluated(card, holdout="accounts", train_base_rate=0.064))
    assert (
        sentence == "The draw is uneven: 50.0% of the holdout converted, 6.4% of the leads that its fit learned from."
    )


def test_few_conversions_make_rough_figures(card: Card) -> None:
    few = card.evaluation.measures.model_copy(update={"conversions": 99})
    assert told(evaluated(card, measures=few)) == "Only 99 held-out leads converted: all figures are rough."


def test_a_leak_that_is_used_is_told(card: Card) -> None:
    leak = Finding(column="stage", check="too good alone", figure="AUC 0.99.", leak=True)
    assert told(card.model_copy(update={"findings": (*card.findings, leak)})) == (
        "stage seems to know the outcome (too good alone) and is used all the same: AUC 0.99."
    )


def test_columns_that_tell_the_time_are_told_if_they_are_used(card: Card) -> None:
    compared = card.model_copy(update={"compared": {"columns": {"without rate": 0.4, "all": 0.3}}})
    assert "a model without rate was shown to be worse" in told(compared)
    left_out = card.recipe.model_copy(update={"left_out": ("rate",)})
    assert list(limits(compared.model_copy(update={"recipe": left_out}))) == []


def test_parts_that_are_ranked_worse_and_parts_that_are_too_small_are_told(card: Card) -> None:
    one, *rest = card.evaluation.slices
    assert one.measures
    worse = one.measures.roc_auc.model_copy(update={"value": 0.44, "low": 0.4, "high": 0.49})
    weak = one.model_copy(update={"measures": one.measures.model_copy(update={"roc_auc": worse})})
    assert told(evaluated(card, slices=(weak, *rest))).endswith("country chile, 0.44 (0.40 to 0.49).")
    small = Slice(column="country", name="spain", n=9, conversions=2, measures=None)
    assert told(evaluated(card, slices=(one, small, small, *rest))).endswith("judge them: 2 of 3 by country.")


def test_open_leads_unlike_the_holdout_are_told(card: Card) -> None:
    assert card.evaluation.pipeline
    other = card.evaluation.pipeline.model_copy(update={"covered": 0.6})
    assert told(evaluated(card, pipeline=other)) == "Only 60% of the open leads have their like in the holdout."


def test_leads_that_stand_as_they_are_now_and_a_window_that_was_guessed_are_told(card: Card) -> None:
    assert told(card.model_copy(update={"snapshots": 1000})).startswith("4,000 leads were learned from as their rows")
    assert "counts as lost after 90 days" in told(card.model_copy(update={"maturity_days": 90.0}))
