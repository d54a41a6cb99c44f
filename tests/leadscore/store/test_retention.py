"""What pruning lets go and what it never does, on both databases."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from leadscore.sections import Retention
from leadscore.store import retention
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.retention import Pruned, Pruning

NOW = datetime(2026, 12, 1)
ALL = Retention(history_days=100, closed_days=0, monitoring_days=100)
SCORE: dict[str, Any] = {
    "probability": 0.5,
    "raw_probability": 0.5,
    "score": 50,
    "grade": "B",
    "will_convert": True,
    "reasons": json.dumps({"for": [], "against": []}),
    "model_version": "m1",
    "rules_version": "r1",
}


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def insert(store: sa.Engine, table: str, *rows: dict[str, Any]) -> None:
    with writing(store) as connection:
        connection.execute(sa.insert(sa.Table(table, sa.MetaData(), autoload_with=connection)), list(rows))


def count(store: sa.Engine, table: str) -> int:
    with reading(store) as connection:
        found: int = connection.execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
    return found


def nights(store: sa.Engine, *days_ago: int) -> None:
    """A published run for each, with a measure."""
    for days in days_ago:
        at, run = ago(days), f"n{days}"
        entry = {"run_id": run, "run_key": run, "status": "published", "as_of": at, "started_at": at}
        insert(store, "score_runs", entry | {"published_at": at, "model_version": "m1", "rules_version": "r1"})
        insert(store, "monitoring", {"run_id": run, "name": "psi", "feature": "x", "breached": False})


def changes(store: sa.Engine, lead: int, *told: tuple[int, str], backfill: bool = False) -> None:
    """A published change of a lead's score so many days ago, by a cause, for each of ``told``."""
    at = [{"run_id": f"n{days}", "scored_at": ago(days), "change_cause": cause} for days, cause in told]
    insert(store, "lead_score_history", *(SCORE | {"lead_id": lead, "backfill": backfill} | each for each in at))


def history(store: sa.Engine) -> set[tuple[int, str]]:
    with reading(store) as connection:
        return {tuple(row) for row in connection.execute(sa.text("SELECT lead_id, run_id FROM lead_score_history"))}


@pytest.fixture
def grown(store: sa.Engine) -> sa.Engine:
    """Three leads over six nights, of which four are older than 100 days; the third was there at a backfill only."""
    nights(store, 300, 250, 200, 150, 50, 10)
    changes(store, 1, (300, "new"), (250, "model"), (200, "lead"), (150, "base_rate"), (50, "model"))
    changes(store, 2, (300, "new"), (250, "new"), (200, "new"), (150, "model"))
    changes(store, 3, (250, "new"), backfill=True)
    return store


def test_of_old_changes_the_first_the_latest_by_which_a_lead_came_in_and_the_last_stay(grown: sa.Engine) -> None:
    assert Pruning(grown, ALL, NOW).run() == Pruned(changes=5, measures=4)
    assert history(grown) == {
        *((1, "n300"), (1, "n50")),
        *((2, "n300"), (2, "n200"), (2, "n150")),
    }


def test_a_second_time_nothing_goes_and_no_night_is_looked_through_again(
    grown: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pruning(grown, ALL, NOW).run()
    asked: list[str] = []
    execute = retention.execute
    monkeypatch.setattr(retention, "execute", lambda on, name, **by: (asked.append(name), execute(on, name, **by))[1])
    assert Pruning(grown, ALL, NOW).run() == Pruned()
    assert asked == ["history_ranges", "prune_monitoring"]


def test_a_dry_run_says_how_much_would_go_and_changes_nothing(grown: sa.Engine) -> None:
    before = history(grown)
    told = Pruning(grown, ALL, NOW, dry_run=True).run()
    assert history(grown) == before
    assert count(grown, "monitoring") == 6
    assert told == Pruning(grown, ALL, NOW).run()


def test_pruning_that_was_killed_between_two_ranges_goes_on(grown: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 1)
    killed = Pruning(grown, ALL, NOW)._history()
    assert [next(killed) for _ in range(3)] == [Pruned(changes=1), Pruned(), Pruned(changes=1)]
    killed.close()
    assert Pruning(grown, ALL, NOW).run() == Pruned(changes=3, measures=4)


def test_nothing_goes_where_the_settings_keep_it_for_ever(grown: sa.Engine) -> None:
    for_ever = Retention(history_days=0, closed_days=0, monitoring_days=0)
    assert Pruning(grown, for_ever, NOW).run() == Pruned()


def test_a_run_that_published_nothing_is_left_alone(grown: sa.Engine) -> None:
    at = ago(300)
    run = {"run_id": "r", "run_key": "r", "status": "refused", "as_of": at, "started_at": at}
    insert(grown, "score_runs", run | {"model_version": "m1", "rules_version": "r1"})
    insert(grown, "staged_chunks", {"chunk": "c", "n_leads": 1})
    insert(grown, "staged_scores", SCORE | {"chunk": "c", "lead_id": 9, "scored_at": at})
    Pruning(grown, ALL, NOW).run()
    assert (count(grown, "staged_scores"), count(grown, "staged_chunks")) == (1, 1)
    with reading(grown) as connection:
        assert connection.execute(sa.text("SELECT pruned_at FROM score_runs WHERE run_id = 'r'")).scalar() is None


def test_a_lead_that_is_closed_or_gone_for_long_leaves_but_for_its_outcome(store: sa.Engine) -> None:
    nights(store, 300, 150, 50)
    for lead in range(1, 7):
        insert(store, "lead_snapshots", {"lead_id": lead, "run_id": "n300", "inputs": "{}"})
        changes(store, lead, (300, "new"))
    insert(
        store, "lead_outcomes", *({"lead_id": lead, "label": 1, "seen_at": ago(at)} for lead, at in ((1, 120), (2, 90)))
    )
    insert(store, "lead_scores", SCORE | {"lead_id": 3, "run_id": "n300", "scored_at": ago(300), "change_cause": "new"})
    held = {"lead_id": 4, "run_id": "n300", "row_number": 1, "model_version": "m1", "rules_version": "r1"}
    insert(store, "quarantined_leads", held | {"failures": "[]"})
    changes(store, 5, (50, "model"))
    assert Pruning(store, Retention(history_days=0, closed_days=100), NOW).run() == Pruned(closed=2)
    assert {lead for lead, _ in history(store)} == {2, 3, 4, 5}, "1 is closed for long, 6 is gone"
    assert (count(store, "lead_snapshots"), count(store, "lead_outcomes")) == (4, 2)


def test_readers_and_a_writer_work_while_it_prunes(grown: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two of its transactions, and beside an open one of a reader."""
    monkeypatch.setattr(retention, "ROWS", 1)
    other = open_engine(grown.url.render_as_string(hide_password=False))
    with reading(other) as reader:
        before = reader.execute(sa.text("SELECT COUNT(*) FROM lead_score_history")).scalar_one()
        pruning = threading.Thread(target=Pruning(grown, ALL, NOW).run)
        pruning.start()
        insert(other, "score_overrides", {"lead_id": 1, "grade": "A", "by": "kim"})
        pruning.join(30)
        assert not pruning.is_alive()
        assert reader.execute(sa.text("SELECT COUNT(*) FROM lead_score_history")).scalar_one() == before
    other.dispose()
    assert len(history(grown)) == 5
    assert count(grown, "score_overrides") == 1
