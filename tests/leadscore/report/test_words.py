from datetime import datetime

import polars as pl
import pytest

from leadscore.due import Pipeline
from leadscore.models.cutoff import Cutoff, FBeta
from leadscore.models.metrics import Estimate, Measures
from leadscore.models.prior_shift import Adjustment, Shift
from leadscore.report.words import Summary, cutoff, figures, night, published_before
from leadscore.store.base_rate import BaseRate
from leadscore.store.publish import Published
from leadscore.store.runs import Run

HALF = Estimate(value=0.5, low=0.4321, high=0.5678)
MEASURES = Measures(
    n=1000,
    conversions=80,
    **dict.fromkeys(
        ("base_rate", "precision", "recall", "f1", "roc_auc", "average_precision", "log_loss", "brier_score"), HALF
    ),
    calibration_error=HALF,
)


def test_a_summary_is_a_markdown_table() -> None:
    assert Summary("A night", (("scored", "12"),)).markdown() == "## A night\n\n| | |\n|---|---|\n| scored | 12 |\n"


def test_figures_come_with_their_leads_and_intervals() -> None:
    told = dict(figures(MEASURES, "the latest leads"))
    assert told["judged on"] == "the latest leads: 80 of 1,000 converted"
    assert told["F1"] == "0.500 (95% interval 0.432 to 0.568)"
    assert list(told) == ["judged on", "precision", "recall", "F1", "ROC AUC", "average precision", "log loss"]


def test_the_cutoff_says_how_it_was_chosen() -> None:
    chosen = Cutoff(
        value=0.3,
        interval=(0.25, 0.4),
        policy=FBeta(policy="f1"),
        metric="F1",
        reached=HALF,
        words="the one with the best F1",
    )
    assert cutoff(chosen, 16_000) == (
        "0.300 (95% interval 0.250 to 0.400): of all cutoffs the one with the best F1, by 16,000 predictions of "
        "training leads out of their folds: F1 0.500 (95% interval 0.432 to 0.568)"
    )


def test_a_run_that_found_its_work_done_says_so() -> None:
    moment = datetime(2026, 1, 1, 2)
    told = published_before(Run("r1", moment, "due", "m1", "u1", moment, 1, None, True))
    assert told.title == "Scores as of 2026-01-01 02:00 UTC"
    assert dict(told.facts)["nothing to do"] == "run r1 has been published before"


TRAINED, MOVED = Adjustment(0, 0.08, 0.2), Adjustment(3, 0.3, 0.1)
SHIFT = Shift(0.3, 0.25, 0.36, True, 0.02, "4,000 open leads")
DOUBTED = Shift(0.9, 0.1, 1.0, False, 0.3, "more than the base rate moved")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (BaseRate(TRAINED, TRAINED, 0.2, None), "8.0% as in training, cutoff 0.200"),
        (
            BaseRate(TRAINED, MOVED, 0.35, SHIFT),
            "30.0% by adjustment 3, cutoff 0.350: every score was adjusted, from 8.0%; "
            "30.0% (25.0% to 36.0%) by 4,000 open leads",
        ),
        (
            BaseRate(MOVED, MOVED, 0.35, DOUBTED),
            "30.0% by adjustment 3, cutoff 0.350; an estimate is not believed: more than the base rate moved",
        ),
    ],
)
def test_a_night_says_what_base_rate_its_probabilities_stand_for(found: BaseRate, told: str) -> None:
    moment, nobody = datetime(2026, 1, 1), pl.DataFrame()
    quiet = Pipeline(9, 5, *[nobody] * 7, None)
    run = Run("r1", moment, "due", "m1", "u1", moment, 1, None, False)
    assert dict(night(run, quiet, Published(0, 0, 0, 0, found), []).facts)["base rate"] == told
    assert "base rate" not in dict(night(run, quiet, Published(0, 0, 0, 0), []).facts)
