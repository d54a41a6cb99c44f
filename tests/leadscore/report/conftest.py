from datetime import datetime

import pytest

from leadscore.leaks.findings import Finding
from leadscore.models.cutoff import Cutoff, FBeta
from leadscore.models.metrics import Bin, Estimate, Gain, GradeRate, Measures
from leadscore.models.recipe import Part, Recipe
from leadscore.models.slices import Slice
from leadscore.training.card import AtCutoff, Card, CopiesFound, Counted, FitFacts
from leadscore.training.evaluation import MONTH, Evaluation, Pipeline

FIGURES = (
    *("base_rate", "precision", "recall", "f1", "roc_auc"),
    *("average_precision", "log_loss", "brier_score", "calibration_error"),
)


def estimate(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.05, high=value + 0.05)


def measures(n: int, conversions: int, value: float) -> Measures:
    return Measures(n=n, conversions=conversions, **dict.fromkeys(FIGURES, estimate(value)))


def fit(cutoff: float) -> FitFacts:
    chosen = Cutoff(
        value=cutoff,
        interval=(0.2, 0.4),
        policy=FBeta(policy="f1"),
        metric="F1",
        reached=estimate(0.6),
        words="the one with the best F1",
    )
    lines = [AtCutoff(cutoff=at, called=1 - at, precision=at, recall=0.5, f1=0.55) for at in (0.7, cutoff)]
    return FitFacts(calibration="platt", cutoff=chosen, curve=tuple(lines), n_out_of_fold=4000)


@pytest.fixture
def card() -> Card:
    """Of a model that nothing is wrong with: no sentence on its limits has a cause."""
    evaluation = Evaluation(
        holdout="latest",
        train_base_rate=0.5,
        measures=measures(1000, 500, 0.5),
        gains=(Gain(share=0.01, gain=estimate(0.1), lift=estimate(10)),),
        reliability=(Bin(n=600, predicted=0.25, observed=0.2), Bin(n=400, predicted=0.8, observed=0.95)),
        grades=(GradeRate(grade="A", n=100, conversions=90, rate=estimate(0.9)),),
        slices=(
            Slice(column="country", name="chile", n=700, conversions=300, measures=measures(700, 300, 0.51)),
            Slice(column=MONTH, name="2026-02", n=300, conversions=200, measures=measures(300, 200, 0.5)),
            Slice(column=MONTH, name="2026-01", n=250, conversions=100, measures=measures(250, 100, 0.52)),
        ),
        pipeline=Pipeline(n=2000, covered=0.97, measures=measures(900, 450, 0.4)),
        redrawn=(),
    )
    parts = (Part(family="lightgbm", params={"max_depth": 4, "lambda_l2": 0.12345}, rounds=1200, weight=0.9),)
    return Card(
        known=Counted(leads=5000, conversions=2500),
        trained_on=Counted(leads=4990, conversions=2495),
        first=datetime(2025, 1, 1),
        last=datetime(2026, 2, 28),
        maturity_days=None,
        set_aside=(("in_range", "size", 3),),
        copies=CopiesFound(exact=10, of_both_outcomes=1, counted=False),
        snapshots=5000,
        read_as={"country": "country", "code": "plain"},
        ignored=("note", "won_on"),
        findings=(Finding(column="won_on", check="filled only for converted", figure="9 of 10.", leak=True),),
        left_out=(Finding(column="won_on", check="filled only for converted", figure="9 of 10.", leak=True),),
        left_out_by_selection=(),
        correlated=(),
        variance_inflation={},
        importance={"size": 0.12, "country": 0.01},
        recipe=Recipe(left_out=(), treatment="none", parts=parts, bags=3),
        compared={"vote": {"lightgbm": 0.31, "stacking": 0.3}},
        trials=40,
        shipped=fit(0.3),
        judged=fit(0.25),
        evaluation=evaluation,
    )
