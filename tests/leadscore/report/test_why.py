from datetime import datetime, timedelta
from typing import Any

import pytest

from leadscore.features.shown import ShownRates
from leadscore.report.why import sentence, why
from leadscore.store.lead import Change, Failure, Lead, Outcome, Override, Present, Reason

NIGHT, DAY = datetime(2026, 1, 1, 2), timedelta(days=1)
SOON = Reason("expected_timeline", "less than 3 months", 0.83)
LATE = Reason("expected_timeline", "more than a year", -0.5)
SMALL = Reason("size", "up to 3", -0.02)
RATES = ShownRates(
    every=(1000, 130),
    values={"expected_timeline": {"less than 3 months": (200, 66)}, "size": {"up to 3": (500, 65)}},
)
SCORE: dict[str, Any] = {
    "score": 97,
    "grade": "A",
    "probability": 0.62,
    "model_version": "m2",
    "scored_at": NIGHT,
    "reasons": (SOON, SMALL),
    "base_rate": 0.08,
}
FIRST = Change(**SCORE | {"score": 72, "grade": "B", "reasons": (LATE,), "scored_at": NIGHT - DAY}, cause="new")
PRESENT = Present(**SCORE, account_id=202, owner_id=174, continent="europe", will_convert=True, cutoff=0.21)


def lead(**known: Any) -> Lead:
    nothing = {"present": None, "history": (), "outcome": None, "failures": (), "override": None}
    return Lead(lead_id=4711, **nothing | known)


def parts(known: Lead, rates: ShownRates | None = RATES) -> dict[str, dict[str, str]]:
    return {part.title: dict(part.facts) for part in why(known, rates, NIGHT)}


def test_an_open_lead_shows_its_score_beside_the_base_rate() -> None:
    said = parts(lead(present=PRESENT, history=(FIRST, Change(**SCORE, cause="lead"))))
    facts = said["Lead 4711: grade A, 62% likely to convert"]
    assert facts["chance"] == "62.0%, 7.8 times the 8.0% of all open leads"
    assert facts["verdict"] == "expected to convert: the cutoff is 21.0%"
    assert facts["trend"] == "72 → 97"
    assert (facts["account"], facts["owner"], facts["continent"]) == ("202", "174", "europe")
    assert list(said["Its published scores"]) == ["2026-01-01", "2025-12-31"]


def test_reasons_are_sentences_with_the_rates_of_training() -> None:
    said = parts(lead(present=PRESENT))
    assert said["Speaks for it"] == {
        "expected timeline": "less than 3 months: raises the odds 2.3-fold. Leads with 'less than 3 months' convert "
        "4.0 times as often as others (32.4% against 8.0%)."
    }
    assert said["Speaks against it"] == {
        "size": "up to 3: lowers the odds a little. Leads with 'up to 3' convert about as often as others "
        "(13.0% against 13.0%)."
    }


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (0.4, "raises the odds by 49%. Leads with 'less than 3 months' convert 4.0 times"),
        (
            -0.4,
            "lowers the odds by 33%. Taken alone it looks otherwise: leads with 'less than 3 months' convert 4.0 times",
        ),
    ],
)
def test_what_a_value_means_alone_is_told_from_what_it_does_here(effect: float, words: str) -> None:
    assert words in sentence(Reason("expected_timeline", "less than 3 months", effect), RATES)


def test_without_the_rates_of_the_model_reasons_tell_the_odds_alone() -> None:
    assert parts(lead(present=PRESENT), None)["Speaks for it"] == {
        "expected timeline": "less than 3 months: raises the odds 2.3-fold."
    }


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("lead", "the lead, or the history of its account, changed on 2026-01-01"),
        ("model", "model m2 took the place of m1 on 2026-01-01; the lead may be the same"),
        (
            "base_rate",
            "the share of all leads that convert moved from 5.0% to 8.0% on 2026-01-01; the lead is the same",
        ),
        ("new", "it was scored as new on 2026-01-01"),
    ],
)
def test_what_moved_a_score_is_told(cause: str, words: str) -> None:
    before = Change(**vars(FIRST) | {"model_version": "m1", "base_rate": 0.05})
    moved = parts(lead(present=PRESENT, history=(before, Change(**SCORE, cause=cause))))["What moved it last"]
    assert moved["score"] == "72 → 97, grade B → A"
    assert moved["cause"] == words
    told = {
        "expected timeline": "was more than a year, is less than 3 months",
        "size": "is among the reasons now: up to 3",
    }
    assert {name: moved.get(name) for name in told} == (told if cause == "lead" else dict.fromkeys(told))


def test_a_quarantined_lead_says_which_rules_it_fails() -> None:
    failures = (Failure("in_range", "bant_submit", "25.0"), Failure("key_unique", "lead_id", None))
    facts = parts(lead(failures=failures, history=(FIRST,)))["Lead 4711: in quarantine"]
    assert facts["fails in_range"] == "bant_submit is 25.0"
    assert facts["fails key_unique"] == "lead_id"
    assert "until the row is mended" in facts["so"]


@pytest.mark.parametrize(("label", "word", "became"), [(1, "converted", "converted"), (0, "lost", "did not convert")])
def test_a_closed_lead_shows_its_outcome_and_its_first_score(label: int, word: str, became: str) -> None:
    facts = parts(lead(outcome=Outcome(label, NIGHT, NIGHT), history=(FIRST,)))[f"Lead 4711: {word}"]
    assert facts["outcome"] == f"{became}, on 2026-01-01"
    assert facts["first score"] == "72, grade B, 62%, on 2025-12-31"


def test_a_lead_that_closed_before_any_run_says_so() -> None:
    facts = parts(lead(outcome=Outcome(1, None, NIGHT)))["Lead 4711: converted"]
    assert facts["outcome"] == "converted, seen on 2026-01-01"
    assert facts["first score"].startswith("none")


@pytest.mark.parametrize(
    ("expires", "words"), [(None, ""), (NIGHT + DAY, " until 2026-01-02"), (NIGHT, " until 2026-01-01 (expired)")]
)
def test_a_persons_grade_is_shown_with_its_end(expires: datetime | None, words: str) -> None:
    said = parts(lead(present=PRESENT, override=Override("D", "is a student", "kim", expires)))
    grade = "A" if "expired" in words else "D"
    facts = said[f"Lead 4711: grade {grade}, 62% likely to convert"]
    assert facts["by hand"] == f"kim graded it D{words}: is a student"
    assert facts["score"] == "97 of 99, grade A"
