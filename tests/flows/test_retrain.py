"""The retrain flow on a real store: what it registers, and the bad input that it refuses with nothing written."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows.retrain import retrain
from leadscore.errors import ConfigError, LabelError, LeadScoreError, NotEnoughLeads, SourceError
from leadscore.models.bundle import load

Sql = Callable[..., list[tuple[Any, ...]]]

NOW = datetime(2026, 1, 1)

# Training knows no database; retraining on PostgreSQL is what `trained_template` and the crash cases do.
pytestmark = pytest.mark.parametrize("trained", ["sqlite"], indirect=True)


def test_the_first_model_that_beats_the_base_rate_is_the_champion(trained: Path, sql: Sql) -> None:
    [(status, uri, sha256, metrics, reason)] = sql(
        "SELECT status, artifact_uri, artifact_sha256, metrics, reason FROM models"
    )
    assert status == "champion"
    assert "Better than the base rate" in reason
    card = json.loads(metrics)
    known = sql("SELECT COUNT(*), SUM(is_converted) FROM leads WHERE is_converted IS NOT NULL")
    assert [(card["known"]["leads"], card["known"]["conversions"])] == known
    assert card["evaluation"]["measures"]["n"] == pytest.approx(0.2 * card["known"]["leads"], abs=1)
    assert load(uri, sha256).card == card
    used = card["trained_on"]
    assert used["leads"] == card["known"]["leads"] - card["copies"]["exact"]
    assert load(uri, sha256).base_rate == pytest.approx(used["conversions"] / used["leads"])


@pytest.mark.acceptance
def test_the_same_leads_give_the_same_model(trained: Path, sql: Sql) -> None:
    before = sql("SELECT version, artifact_sha256 FROM models")
    retrain(as_of=NOW)
    assert sql("SELECT version, artifact_sha256 FROM models") == before


@pytest.mark.acceptance
def test_a_model_that_may_not_be_promoted_stays_a_candidate(trained: Path, sql: Sql) -> None:
    [(champion,)] = sql("SELECT version FROM models")
    sql("DELETE FROM leads WHERE lead_id % 10 = 0")
    retrain(as_of=NOW, promote="never")
    assert sql("SELECT version FROM models WHERE status = 'champion'") == [(champion,)]
    [(reason,)] = sql("SELECT reason FROM models WHERE status = 'candidate'")
    assert reason.startswith("Kept back by hand. ")
    assert f"than champion {champion}" in reason
    assert "conversions that neither has seen" in reason


@pytest.mark.acceptance
def test_a_better_model_replaces_the_champion(trained: Path, sql: Sql) -> None:
    sql("ALTER TABLE leads ADD COLUMN truth INTEGER")
    sql("UPDATE leads SET truth = is_converted")
    sql("UPDATE leads SET is_converted = (lead_id * lead_id * 7919 + 13) % 1009 < 84 WHERE is_converted IS NOT NULL")
    sql("UPDATE models SET status = 'retired'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADSCORE_LEADS__EXCLUDE", '["truth"]')
        retrain(as_of=NOW, promote="always")
        [(noise,)] = sql("SELECT version FROM models WHERE status = 'champion'")
        sql("UPDATE leads SET is_converted = truth")
        sql("DELETE FROM leads WHERE lead_id % 10 = 0")
        patch.setenv("LEADSCORE_GATE__MAX_GRADE_CHANGES", "1")
        retrain(as_of=NOW)
    [(reason,)] = sql("SELECT reason FROM models WHERE status = 'champion'")
    assert reason.startswith(f"Better than champion {noise}: average precision +0.")


@pytest.mark.acceptance
def test_a_champion_that_lacks_a_column_is_no_rival(trained: Path, sql: Sql) -> None:
    sql("ALTER TABLE leads RENAME COLUMN bant_submit TO bant")
    retrain(as_of=NOW)
    [(reason,)] = sql("SELECT reason FROM models WHERE status = 'champion'")
    assert "cannot score any more, so the base rate is the only rival" in reason
    assert "bant_submit (float) is missing" in reason
    assert "Better than the base rate" in reason


@pytest.mark.acceptance
def test_a_model_of_noise_is_rejected(trained: Path, sql: Sql) -> None:
    sql("UPDATE leads SET is_converted = (lead_id * lead_id * 7919 + 13) % 1009 < 84 WHERE is_converted IS NOT NULL")
    sql("UPDATE models SET status = 'retired'")
    retrain(as_of=NOW)
    [(reason,)] = sql("SELECT reason FROM models WHERE status = 'rejected'")
    assert "Not shown to be better than the base rate" in reason
    assert sql("SELECT COUNT(*) FROM models WHERE status = 'champion'") == [(0,)]


KNOWN = "is_converted IS NOT NULL"
BAD_INPUT = {
    "no such table": ("ALTER TABLE leads RENAME TO old_leads", SourceError, "no table leads"),
    "no such column": ("ALTER TABLE leads RENAME COLUMN is_converted TO won", SourceError, "no column is_converted"),
    "empty table": ("DELETE FROM leads", SourceError, "holds no leads"),
    "one class only": (f"UPDATE leads SET is_converted = 0 WHERE {KNOWN}", NotEnoughLeads, "None of the 4,657 leads"),
    "no outcome known": (
        "UPDATE leads SET is_converted = NULL",
        NotEnoughLeads,
        "No outcome is known, by is_converted",
    ),
    "too few leads": (
        f"DELETE FROM leads WHERE {KNOWN} AND lead_id > 900",
        NotEnoughLeads,
        "training needs 1,000 and 120",
    ),
    "too few conversions": (
        f"UPDATE leads SET is_converted = lead_id % 100 = 0 WHERE {KNOWN}",
        NotEnoughLeads,
        "training needs 1,000 and 120",
    ),
    "a strange label": ("UPDATE leads SET is_converted = 2 WHERE lead_id = 5", LabelError, "neither 0/1"),
    "a time that is none": ("UPDATE leads SET created_at = lead_id", SourceError, "created_at that is no time"),
    "a label in words": ("UPDATE leads SET is_converted = 'maybe' WHERE lead_id = 5", LabelError, "neither 0/1"),
}


@pytest.mark.parametrize(("damage", "error", "told"), BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_bad_input_is_refused_in_one_line_and_nothing_is_written(
    trained: Path, sql: Sql, damage: str, error: type[LeadScoreError], told: str
) -> None:
    sql(damage)
    before = fingerprint(trained)
    with pytest.raises(error) as refused:
        retrain(as_of=NOW)
    assert told in refused.value.message
    assert "\n" not in str(refused.value)
    assert refused.value.hint
    assert fingerprint(trained) == before


def test_a_database_that_is_not_there_is_refused_and_not_made(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", "sqlite:///elsewhere.db")
    with pytest.raises(SourceError, match=r"no database file elsewhere\.db"):
        retrain(as_of=NOW)
    assert not (trained / "elsewhere.db").exists()
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", "oracle9://nowhere")
    with pytest.raises(ConfigError, match="No driver for oracle9"):
        retrain(as_of=NOW)


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file but the empty ones that locks leave, by its hash."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size and file.suffix != ".db-shm"]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
