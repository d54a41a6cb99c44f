"""What the charts of a model say in words, of leads whose figures are known."""

import numpy as np
import pytest

from leadscore.models.curve import Curve
from leadscore.models.cutoff import Profit
from leadscore.report import curves
from leadscore.training.card import Card
from leadscore.training.evaluation import MONTH

N = 1000


@pytest.fixture
def curve() -> Curve:
    """Of 1,000 leads as many convert as their probabilities say."""
    probability = (np.arange(N) + 0.5) / N
    converted = (np.random.default_rng(7).random(N) < probability).astype(np.int64)
    return Curve.of(probability, converted, 100)


def test_a_thinned_curve_keeps_every_lead(curve: Curve) -> None:
    assert len(curve.values) == 100
    assert curve.n == N


def test_the_cutoff_is_marked(card: Card, curve: Curve) -> None:
    for chart in (curves.precision_recall, curves.roc, curves.by_cutoff, curves.cost):
        assert ">cutoff 0.250</text>" in chart(card, curve).svg


def test_figures_at_the_cutoff_are_told_in_words(card: Card, curve: Curve) -> None:
    assert curves.precision_recall(card, curve).words.startswith("At the cutoff 50.0% of the called leads convert")
    assert "ROC AUC 0.500" in curves.roc(card, curve).words
    assert curves.cost(card, curve).words.startswith("At the cutoff 2.0 calls make a conversion; where everybody is")


def test_cost_is_money_where_the_settings_name_it(card: Card, curve: Curve) -> None:
    policy = Profit(policy="profit", win_value=10, call_cost=1)
    cutoff = card.judged.cutoff.model_copy(update={"policy": policy})
    priced = card.model_copy(update={"judged": card.judged.model_copy(update={"cutoff": cutoff})})
    chart = curves.cost(priced, curve)
    assert chart.title == "Profit by cutoff"
    assert chart.words.startswith("Profit of 100 leads at 10 a conversion and 1 a call: at most ")


def test_no_called_conversion_is_no_division_by_zero(card: Card, curve: Curve) -> None:
    none = card.evaluation.measures.precision.model_copy(update={"value": 0.0})
    measures = card.evaluation.measures.model_copy(update={"precision": none})
    evaluation = card.evaluation.model_copy(update={"measures": measures})
    assert "no called lead converts" in curves.cost(card.model_copy(update={"evaluation": evaluation}), curve).words


def test_gains_and_lift_agree(curve: Curve) -> None:
    assert "the first 10% of the leads hold 19%" in curves.gains(curve).words
    assert "1.9 times as many" in curves.lift(curve).words


def test_parts_are_drawn_where_any_can_be_judged(card: Card) -> None:
    by_month = curves.parts(card.evaluation, MONTH)
    assert by_month
    assert by_month.title == "ROC AUC by month"
    assert by_month.words == "All leads 0.50; 2026-01 (250): 0.52; 2026-02 (300): 0.50."
    bare = [each.model_copy(update={"measures": None}) for each in card.evaluation.slices]
    assert curves.parts(card.evaluation.model_copy(update={"slices": tuple(bare)}), MONTH) is None
