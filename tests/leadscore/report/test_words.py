from datetime import datetime

from leadscore.models.cutoff import Cutoff
from leadscore.models.metrics import Estimate, Measures
from leadscore.report.words import Summary, cutoff, figures, published_before
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
    assert cutoff(Cutoff(value=0.3, f1=0.6), 16_000) == (
        "0.300: of all cutoffs the one with the best F1 (0.600) on out-of-fold predictions of 16,000 training leads"
    )


def test_a_run_that_found_its_work_done_says_so() -> None:
    night = datetime(2026, 1, 1, 2)
    told = published_before(Run("r1", night, "due", "m1", "u1", night, 1, None, True))
    assert told.title == "Scores as of 2026-01-01 02:00 UTC"
    assert dict(told.facts)["nothing to do"] == "run r1 has been published before"
