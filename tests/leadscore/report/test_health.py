"""What the nightly report says on how far to trust it."""

from dataclasses import replace

from pages.nights import BEFORE, NOW, RUN, frame, night

from leadscore.report.blocks import Chart, Facts, Note, Section, Table
from leadscore.report.health import drift, freshness, in_quarantine, proof, quality
from leadscore.store import told as store


def texts(section: Section) -> list[list[str]]:
    [table] = [each for each in section.blocks if isinstance(each, Table)]
    return [[cell.text for cell in row] for row in table.rows]


def test_the_proof_is_by_grade_with_intervals_and_a_caveat() -> None:
    section = proof(night())
    assert section.lead.endswith("before its outcome: 350 converted (10.3%).")
    assert texts(section)[0] == ["A", "500", "250", "50.0%", "45.6% to 54.4%", "47.0%"]
    chart, _, caveat = section.blocks
    assert isinstance(chart, Chart)
    assert "grade A: 50.0% converted, 47.0% predicted" in chart.words
    assert isinstance(caveat, Note)
    assert "sales call an A before a D" in caveat.text


def test_quarantine_is_by_rule_against_last_night() -> None:
    section = quality(night())
    assert texts(section) == [["in range of bant submit", "4", "1", "+3"], ["allowed of owner", "0", "2", "-2"]]
    assert section.lead.startswith("4 failures of a rule keep leads in quarantine, 3 last night.")
    assert in_quarantine(RUN) == 4


def test_a_first_night_and_one_of_before_have_nothing_to_compare_with() -> None:
    assert texts(quality(night(runs=(RUN,)))) == [["in range of bant submit", "4", "-", "-"]]
    unknown = replace(RUN, quarantined_by_rule=None)
    [note] = quality(night(runs=(unknown, BEFORE), night=unknown)).blocks
    assert isinstance(note, Note)
    assert "did not keep that" in note.text


def test_refused_runs_are_no_nights_to_compare_with() -> None:
    refused = replace(BEFORE, run_id="x", status="refused", quarantined_by_rule=None)
    assert texts(quality(night(runs=(RUN, refused, BEFORE))))[0] == ["in range of bant submit", "4", "1", "+3"]


def test_what_passed_its_limit_is_told_first_and_in_words() -> None:
    section = drift(night())
    assert section.lead == "1 of 2 measures passed a limit."
    warning = section.blocks[0]
    assert isinstance(warning, Note)
    assert warning.text.startswith("Passed: population stability (PSI) of customer country.")
    assert texts(section)[0] == ["population stability (PSI)", "customer country", "0.31", "0.2", "passed its limit"]


def test_what_has_no_limit_or_no_value_is_not_within_it() -> None:
    told = [
        ("brier_score", "", 0.07, None, False, None),
        ("realised", "", None, 0.1, False, "no outcomes yet"),
        ("psi", "a", 0.0, 0.2, False, None),
    ]
    section = drift(night(measures=frame(store.MEASURES, told)))
    assert section.lead == "None of 3 measures passed its limit."
    assert texts(section) == [
        ["brier score", "", "0.07", "-", ""],
        ["realised", "", "-", "0.1", "not measured: no outcomes yet"],
        ["population stability (PSI)", "a", "0", "0.2", "within"],
    ]


def test_leads_model_and_scores_have_their_age() -> None:
    [facts, _] = freshness(night(), NOW).blocks
    assert isinstance(facts, Facts)
    assert [(fact.label, fact.value) for fact in facts.facts] == [
        ("Age of the scores", "6 hours"),
        ("Age of the newest lead", "3 hours"),
        ("Age of the model", "5 days"),
    ]


def test_runs_are_told_with_how_they_ended() -> None:
    failed = replace(BEFORE, status="failed", published_at=None, n_scored=None, error="The database did not answer.")
    assert texts(freshness(night(runs=(RUN, failed)), NOW))[1] == [
        *("2026-01-01 02:00 UTC", "failed", "-", "4", "35", "-", "m1", "The database did not answer."),
    ]
