"""What the nightly report says of a night."""

from dataclasses import replace

import pytest
from pages.nights import BEFORE, DAY, NIGHT, NOW, RUN, frame, lead, move, night, nothing

from leadscore.report.blocks import Facts, Note, Page, Section, Table
from leadscore.report.night import night_page, sentence
from leadscore.store import told as store
from leadscore.store.told import ToldNight


def page(told: ToldNight) -> Page:
    return night_page(told, NOW)


def section(told: ToldNight, name: str) -> Section:
    return next(each for each in page(told).sections if each.name == name)


def table(told: ToldNight, name: str, place: int = 0) -> Table:
    return [each for each in section(told, name).blocks if isinstance(each, Table)][place]


def texts(of: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in of.rows]


def test_the_night_is_told_in_a_sentence() -> None:
    assert sentence(night()) == (
        "13,000 open leads of 60,000 in the source: 420 leads scored, 4 put in quarantine, and 35 leads left. "
        "40 are worth a call today; about 20 of them should convert."
    )


def test_a_night_without_news_says_so() -> None:
    quiet = night(0, night=replace(RUN, status="empty"))
    assert "nothing had changed since the night before, so the scores stand" in sentence(quiet)
    assert sentence(quiet).endswith("No lead is worth a call today.")


def test_a_night_before_leadscore_counted_the_source_is_told_without_it() -> None:
    old = night(1, night=replace(RUN, n_in_source=None, n_open=None, newest_lead=None))
    assert sentence(old).startswith("420 leads scored")
    assert "One is worth a call today" in sentence(old)


@pytest.mark.parametrize(
    ("status", "words"), [("refused", "was refused"), ("failed", "failed"), ("running", "is still running")]
)
def test_a_later_run_that_did_not_get_to_its_end_is_told_first(status: str, words: str) -> None:
    later = replace(RUN, run_id="r3", status=status, as_of=NIGHT + DAY, error="2 batch rules failed.")
    warning = page(night(runs=(later, RUN, BEFORE))).blocks[0]
    assert isinstance(warning, Note)
    assert warning.tone == "warning"
    assert warning.text == (
        f"The run of 2026-01-03 02:00 UTC {words}. The scores below are those of 2026-01-02 02:00 UTC. "
        "2 batch rules failed."
    )
    assert not isinstance(page(night()).blocks[0], Note)


def test_the_queue_shows_the_most_likely_first_and_says_what_is_left_out() -> None:
    short = night(3, n_queue=500)
    assert [row[0] for row in texts(table(short, "queue"))] == ["1000", "1001", "1002"]
    assert "The page shows 3 of 500, the first of each owner." in table(short, "queue").note
    assert table(night(3), "queue").note == ""
    unordered = night(queue=frame(store.QUEUE, [lead(2), lead(0, grade="B"), lead(1)]))
    assert [row[0] for row in texts(table(unordered, "queue"))] == ["1001", "1002", "1000"]


def test_who_moved_is_told_with_the_cause() -> None:
    moved = night(
        changes=frame(store.CHANGES, [("model", 9, 5, 4), ("base_rate", 3, 0, 0)]),
        moved=frame(store.MOVES, [move(1, -30, "model")]),
    )
    assert texts(table(moved, "moved")) == [["another model", "9", "5", "4"], ["the base rate moved", "3", "0", "0"]]
    note = section(moved, "moved").blocks[1]
    assert isinstance(note, Note)
    assert note.text.startswith("Another model scored them: the lead need not have changed.")
    assert texts(table(moved, "moved", 1)) == [
        ["1", "101", "-30", "50", "20", "B", "another model", "bant submit: 1", ""]
    ]


def test_what_is_empty_says_why() -> None:
    words = {each.name: str(each.blocks) + each.lead for each in page(nothing()).sections}
    assert "no open lead reaches the cutoff" in words["queue"]
    assert "Nothing has been published yet" in words["moved"]
    assert "no lead that was scored while it was open has got its outcome since" in words["proof"]
    assert "there is none yet" in words["quality"]
    assert "did not measure drift" in words["drift"]
    assert "No run has been entered yet." in words["freshness"]
    assert "No score changed tonight" in str(section(night(changes=nothing().changes), "moved").blocks)


def test_the_figures_on_top_have_their_units() -> None:
    [facts] = [each for each in page(night()).blocks if isinstance(each, Facts)]
    assert [(fact.label, fact.value) for fact in facts.facts] == [
        ("To call today", "40"),
        ("Open and scored", "12,900"),
        ("Conversions to expect", "991"),
        ("In quarantine", "4"),
        ("Base rate assumed", "8.2%"),
    ]
