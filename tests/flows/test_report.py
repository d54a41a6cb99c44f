"""The report that each night leaves, and what the Prefect UI shows."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from flows.score import score

Sql = Callable[..., list[tuple[Any, ...]]]
NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)


def newest_artifact(key: str) -> Any:
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        [found] = client.read_artifacts(artifact_filter=wanted, sort=ArtifactSort.CREATED_DESC, limit=1)
    return found.data


def test_a_night_leaves_its_report_and_tells_it_in_prefect(trained: Path, sql: Sql) -> None:
    score(as_of=NIGHT)
    newest = trained / "reports" / "newest.html"
    assert newest.read_bytes() == (trained / "reports" / "2026-01-01T0000.html").read_bytes()
    told = newest_artifact("score-night")
    for words in ("## Scores as of 2026-01-01 00:00 UTC", "### Tonight's queue", "### Who moved, and why"):
        assert words in told
    assert newest_artifact("score-progress") == 100
    [(by_rule, n_open, newest_lead)] = sql("SELECT quarantined_by_rule, n_open, newest_lead FROM score_runs")
    counts = by_rule if isinstance(by_rule, dict) else json.loads(by_rule)
    assert sum(counts.values()) == sql("SELECT COUNT(*) FROM quarantined_leads")[0][0]
    assert n_open == sql("SELECT COUNT(*) FROM leads WHERE is_converted IS NULL")[0][0]
    assert newest_lead


def test_a_report_that_cannot_be_made_does_not_fail_the_night(
    trained: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (trained / "taken").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("LEADSCORE_REPORT__DIR", "taken")
    with caplog.at_level(logging.WARNING, "leadscore"):
        score(as_of=NIGHT)
    assert sql("SELECT status FROM score_runs") == [("published",)]
    assert "The night is published, but its report could not be made: FileExistsError" in caplog.text
    assert newest_artifact("score-night").startswith("## Scores as of")


def test_a_night_that_is_published_already_makes_up_for_its_report(first_night: Path) -> None:
    for file in (first_night / "reports").iterdir():
        file.unlink()
    score(as_of=NIGHT)
    assert (first_night / "reports" / "newest.html").is_file()


def test_a_backfill_leaves_no_report(first_night: Path) -> None:
    score(as_of=NIGHT - 30 * DAY)
    assert sorted(file.name for file in (first_night / "reports").iterdir()) == ["2026-01-01T0000.html", "newest.html"]
