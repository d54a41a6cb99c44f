import json
from datetime import datetime, timedelta

from leadscore.report.standing import as_json, told
from leadscore.standing import Standing
from leadscore.store.told import ToldModel, ToldRun, ToldState

NIGHT = datetime(2026, 1, 8, 2)
NOW = NIGHT + timedelta(hours=7)
RUN = ToldRun(
    *("n1", "published", "due", NIGHT, NIGHT, NIGHT + timedelta(minutes=9), "m1", 10, 5, NIGHT - timedelta(hours=5)),
    *(5, 0, None, 5, 0, 0.1, 0.5, None),
)
MODEL = ToldModel("m1", "champion", NIGHT, NIGHT - timedelta(days=12), NIGHT, 900, 0.25, "Better.", "{}")
NEXT = {"score": NIGHT + timedelta(days=1), "retrain": datetime(2026, 1, 12, 3)}


def standing(*wrong: str, state: ToldState | None = None) -> Standing:
    return Standing(NOW, state or ToldState((RUN,), MODEL, MODEL, 2, False), NEXT, frozenset({"score"}), wrong)


def test_a_person_reads_how_old_all_is_and_what_comes_next() -> None:
    summary = told(standing(), "Europe/Berlin")
    assert summary.title == "All is well"
    assert dict(summary.facts) == {
        "last run": "of 2026-01-08 02:00 UTC: published, 5 leads scored (run n1)",
        "scores": "of 2026-01-08 02:00 UTC, 7 hours old",
        "newest lead": "came in on 2026-01-07 21:00 UTC, 12 hours ago",
        "champion": "m1, trained on what was known 12 days ago",
        "last retrain": "of 2025-12-27 02:00 UTC: m1 is champion",
        "drift": "2 measures beyond the limits of [monitoring]",
        "next score": "Fri 2026-01-09 03:00 CET, as Prefect has planned",
        "next retrain": "Mon 2026-01-12 04:00 CET, by [schedule]; no Prefect server told of a plan",
    }


def test_what_is_wrong_comes_first() -> None:
    summary = told(standing("One.", "Two."), "UTC")
    assert summary.title == "2 things are wrong"
    assert summary.facts[:2] == (("wrong", "One."), ("wrong", "Two."))


def test_a_program_reads_the_same() -> None:
    found = json.loads(as_json(standing("One.")))
    assert (found["ok"], found["wrong"]) == (False, ["One."])
    assert found["scores_as_of"] == "2026-01-08T02:00:00Z"
    assert found["last_run"]["status"] == "published"
    assert found["champion"]["version"] == "m1"
    assert found["next"]["retrain"] == "2026-01-12T03:00:00Z"


def test_a_store_without_runs_is_told_too() -> None:
    state = ToldState((), None, None, 0, False)
    assert [label for label, _ in told(standing("Nothing.", state=state), "UTC").facts] == [
        "wrong",
        "next score",
        "next retrain",
    ]
    assert json.loads(as_json(standing(state=state)))["champion"] is None
