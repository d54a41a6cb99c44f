from typing import Any

from leadscore.report.markdown import WIDTH
from leadscore.report.model_card import page
from leadscore.training.card import Card


def section(card: Card, title: str) -> str:
    return page(card, "abc").split(f"## {title}\n\n")[1].split("\n\n## ")[0]


def flat(text: str) -> str:
    return " ".join(text.split("\n"))


def evaluated(card: Card, **changes: Any) -> Card:
    return card.model_copy(update={"evaluation": card.evaluation.model_copy(update=changes)})


def test_a_card_has_all_that_the_field_asks_of_one(card: Card) -> None:
    assert [line for line in page(card, "abc").splitlines() if line.startswith("#")] == [
        "# Model abc",
        *("## Use", "## Leads", "## Columns", "## Model", "## Cutoff", "## Quality", "## Who is reached"),
        *("## Probabilities", "## Parts of the holdout", "## Limits"),
    ]


def test_prose_fits_a_terminal(card: Card) -> None:
    lines = [line for line in page(card, "abc").splitlines() if not line.startswith("|")]
    assert max(map(len, lines)) <= WIDTH


def test_what_was_learned_from_and_what_was_not_is_told(card: Card) -> None:
    leads, columns = flat(section(card, "Leads")), section(card, "Columns")
    assert "from 2025-01-01 to 2026-02-28, 2,500 of 5,000 converted (50.0%)" in leads
    assert "| in_range of size " in leads
    assert "10 leads are copies of later ones, which do not count" in leads
    assert "- won_on (filled only for converted): 9 of 10." in columns
    assert "dates or prose: note." in columns
    assert "Read: country as country." in columns
    assert "shipped fit learned from, 2,495 of 4,990" in leads
    assert "learned" not in section(card.model_copy(update={"trained_on": card.known}), "Leads")


def test_of_a_sample_it_is_told_what_it_was_drawn_from(card: Card) -> None:
    told = flat(section(card.model_copy(update={"sampled_from": 9_000_000}), "Leads"))
    assert "They are a sample of whole accounts. Both fits learned from all 9,000,000 known leads, on a cluster" in told


def test_members_are_told_with_their_weights_and_parameters(card: Card) -> None:
    told = section(card, "Model")
    assert "| lightgbm |   0.90 | 1,200 | max_depth 4, lambda_l2 0.123 |" in told
    assert "| vote | stacking  |   0.3000 |" in told
    assert "40 trials" in told
    assert "these members, 3 fits of each with other seeds. It is calibrated by Platt scaling. Imbalance" in flat(told)


def test_what_a_model_has_one_of_is_told_once(card: Card) -> None:
    judged = card.judged.model_copy(update={"calibration": "beta"})
    single = card.model_copy(update={"recipe": card.recipe.model_copy(update={"bags": 1}), "judged": judged})
    told = flat(section(single, "Model"))
    assert "of these members. It is calibrated by Platt scaling, in the evaluation fit by beta calibration." in told


def test_the_chosen_cutoff_stands_out(card: Card) -> None:
    [line] = [line for line in section(card, "Cutoff").splitlines() if "chosen" in line]
    assert line == "|  0.300 |  70.0% |     30.0% |  50.0% | 0.550 | chosen |"


def test_the_holdout_weighted_to_the_open_leads_is_beside_the_plain_one(card: Card) -> None:
    told = section(card, "Quality")
    assert "| figure                     |                holdout |          as open leads |" in told
    assert "| F1                         | 0.500 (0.450 to 0.550) | 0.400 (0.350 to 0.450) |" in told
    assert "97% of these" in told
    assert "as open leads" not in section(evaluated(card, pipeline=None), "Quality")


def test_other_draws_of_the_holdout_are_shown_where_there_are_any(card: Card) -> None:
    assert "draw" not in section(card, "Quality")
    draws = ({"f1": 0.41, "roc_auc": 0.7}, {"f1": 0.43, "roc_auc": 0.71})
    told = section(evaluated(card, holdout="random", redrawn=draws), "Quality")
    assert "| figure  | draw 2 | draw 3 |" in told
    assert "| F1      |  0.410 |  0.430 |" in told


def test_months_are_in_order_and_parts_without_figures_are_left_out(card: Card) -> None:
    told = section(card, "Parts of the holdout")
    assert told.index("2026-01") < told.index("2026-02")
    bare = card.evaluation.slices[0].model_copy(update={"measures": None})
    assert "chile" not in section(evaluated(card, slices=(bare,)), "Parts of the holdout")
