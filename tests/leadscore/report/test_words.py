from dataclasses import replace
from datetime import datetime

import polars as pl
import pytest

from leadscore.models.cutoff import Cutoff, FBeta
from leadscore.models.metrics import Estimate, Measures
from leadscore.models.prior_shift import Adjustment, Shift
from leadscore.monitor.measure import Measure
from leadscore.pipeline import Pipeline
from leadscore.report.words import Summary, cutoff, figures, night, published_before
from leadscore.spool import Spool
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
RISEN = Shift(0.3, 0.25, 0.36, True, 0.02, "4,000 open leads")
SAME = Shift(0.075, 0.06, 0.092, True, 0.02, "900 open leads and 300 leads with an outcome since")
LOWER = Shift(0.08, 0.02, 0.08, True, 0.02, "4,000 open leads", unproven=0.033)
FEW = Shift(0.9, 0.1, 1.0, False, 0.3, "150 open leads are too few (200 needed)")
BASE_RATES = {
    "it moved": (
        BaseRate(TRAINED, MOVED, 0.35, RISEN),
        "Open leads look more likely to convert than in training; every probability was adjusted.",
        "Assumed: 30.0% (8.0% before) will convert, cutoff 0.350; "
        "estimated: 30.0% (25.0% to 36.0%), from 4,000 open leads.",
    ),
    "it moved again": (
        BaseRate(MOVED, Adjustment(4, 0.075, 0.2), 0.2, SAME),
        "Open leads look less likely to convert than at adjustment 3; every probability was adjusted.",
        "Assumed: 7.5% (30.0% before) will convert, cutoff 0.200; "
        "estimated: 7.5% (6.0% to 9.2%), from 900 open leads and 300 leads with an outcome since.",
    ),
    "it is as in training": (
        BaseRate(TRAINED, TRAINED, 0.2, replace(SAME, reason="4,000 open leads")),
        "Open leads look about as likely to convert as in training; no adjustment.",
        "Assumed: 8.0% will convert, cutoff 0.200; estimated: 7.5% (6.0% to 9.2%), from 4,000 open leads.",
    ),
    "it is as adjusted": (
        BaseRate(MOVED, MOVED, 0.35, RISEN),
        "Open leads look about as likely to convert as at adjustment 3; adjustment 3 stays.",
        "Assumed: 30.0% will convert, cutoff 0.350; estimated: 30.0% (25.0% to 36.0%), from 4,000 open leads.",
    ),
    "a fall without outcomes": (
        BaseRate(TRAINED, TRAINED, 0.2, LOWER),
        "Open leads look less likely to convert than in training, but no outcomes show it yet; no adjustment.",
        "Assumed: 8.0% will convert, cutoff 0.200; estimated: 3.3% (2.0% to 8.0%), from 4,000 open leads.",
    ),
    "not believed": (
        BaseRate(TRAINED, TRAINED, 0.2, FEW),
        "Whether open leads will convert more or less often than in training cannot be told; no adjustment.",
        "Assumed: 8.0% will convert, cutoff 0.200; "
        "estimated: 90.0% (10.0% to 100.0%), not believed: 150 open leads are too few (200 needed).",
    ),
    "not believed while adjusted": (
        BaseRate(MOVED, MOVED, 0.35, FEW),
        "Whether open leads will convert more or less often than in training cannot be told; adjustment 3 stays.",
        "Assumed: 30.0% will convert, cutoff 0.350; "
        "estimated: 90.0% (10.0% to 100.0%), not believed: 150 open leads are too few (200 needed).",
    ),
    "warn": (
        BaseRate(TRAINED, TRAINED, 0.2, RISEN, only_told=True),
        "Open leads look more likely to convert than in training; [cutoff] shift wants no adjustment.",
        "Assumed: 8.0% will convert, cutoff 0.200; estimated: 30.0% (25.0% to 36.0%), from 4,000 open leads.",
    ),
    "off": (
        BaseRate(TRAINED, TRAINED, 0.2, None),
        "Whether open leads will convert more or less often than in training was not estimated; no adjustment.",
        "Assumed: 8.0% will convert, cutoff 0.200.",
    ),
    "off while adjusted": (
        BaseRate(MOVED, TRAINED, 0.2, None),
        "The adjustment is taken back, as [cutoff] shift wants: every probability is as the model says.",
        "Assumed: 8.0% (30.0% before) will convert, cutoff 0.200.",
    ),
}


@pytest.mark.parametrize(("found", "followed", "assumed"), BASE_RATES.values(), ids=BASE_RATES.keys())
def test_a_night_says_what_base_rate_its_probabilities_stand_for(found: BaseRate, followed: str, assumed: str) -> None:
    moment, nobody = datetime(2026, 1, 1), pl.DataFrame()
    quiet = Pipeline(9, 5, Spool(), *[nobody] * 8, None)
    run = Run("r1", moment, "due", "m1", "u1", moment, 1, None, False)
    assert dict(night(run, quiet, Published(0, 0, 0, 0, found), []).facts)["base rate"] == f"{followed} {assumed}"
    assert "base rate" not in dict(night(run, quiet, Published(0, 0, 0, 0), []).facts)


def test_a_night_warns_of_what_is_beyond_its_limit_the_farthest_first() -> None:
    moment, nobody = datetime(2026, 1, 1), pl.DataFrame()
    quiet = Pipeline(9, 5, Spool(), *[nobody] * 8, None)
    run = Run("r1", moment, "due", "m1", "u1", moment, 1, None, False)
    fine, few = Measure.below("psi", 0.1, 0.25, "size"), Measure.untold("expected_f1", "3 open leads are too few")
    breaches = [Measure.below("psi", 0.3 * i, 0.25, f"column {i}") for i in range(1, 8)]

    def told(*measures: Measure) -> dict[str, str]:
        return dict(night(run, quiet, Published(0, 0, 0, 0, None, measures), []).facts)

    loud = told(fine, few, *breaches)
    assert next(iter(loud)) == "warning"
    assert loud["warning"].startswith(
        "beyond the limits of monitoring: psi of column 7 2.1 (limit 0.25); psi of column 6"
    )
    assert loud["warning"].endswith("; and 2 more")
    assert loud["monitoring"] == "7 of 8 measures are beyond their limits; 1 not judged: 3 open leads are too few"
    assert "warning" not in told(fine, few)
    assert "monitoring" not in told()
