"""The score flow on a real store, by a real Prefect server: what it publishes, and what it refuses."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.retrain import retrain
from flows.score import score
from leadscore.errors import AlreadyRunning, BatchRefused, BundleDamaged, NoChampion, SchemaChanged
from leadscore.promotion import promote_by_hand, roll_back_by_hand
from leadscore.settings import load_settings
from leadscore.store.engine import open_engine
from leadscore.store.lock import one_at_a_time

Sql = Callable[..., list[tuple[Any, ...]]]
Tables = Callable[[], dict[str, list[tuple[Any, ...]]]]

NIGHT = datetime(2026, 1, 1)
DAY = timedelta(days=1)
OPEN = "is_converted IS NULL"


def status(sql: Sql, as_of: datetime) -> str:
    [(found,)] = sql("SELECT status FROM score_runs WHERE as_of = ?", f"{as_of:%Y-%m-%d %H:%M:%S.%f}")
    return str(found)


def test_every_open_lead_is_scored_or_quarantined_and_every_outcome_known(first_night: Path, sql: Sql) -> None:
    open_ids = {row[0] for row in sql(f"SELECT lead_id FROM leads WHERE {OPEN}")}
    scored = {row[0] for row in sql("SELECT lead_id FROM lead_scores")}
    quarantined = {row[0] for row in sql("SELECT lead_id FROM quarantined_leads")}
    assert len(scored) > 1000
    assert quarantined
    assert not scored & quarantined
    assert scored | quarantined == open_ids
    assert sql("SELECT lead_id, label FROM lead_outcomes ORDER BY 1") == sql(
        f"SELECT lead_id, is_converted FROM leads WHERE NOT {OPEN} ORDER BY 1"
    )
    [run] = sql("SELECT status, n_pulled, n_scored, n_quarantined, n_removed FROM score_runs")
    assert run == ("published", len(open_ids), len(scored), len(quarantined), 0)


def test_a_published_row_is_whole_and_of_the_champion(first_night: Path, sql: Sql) -> None:
    [(champion, cutoff)] = sql("SELECT version, cutoff FROM models WHERE status = 'champion'")
    rows = sql(
        "SELECT probability, raw_probability, score, grade, will_convert, CAST(reasons AS TEXT), change_cause, "
        "previous_score, model_version, account_id, owner_id FROM lead_scores"
    )
    for probability, raw, points, grade, will_convert, reasons, cause, previous, model, _account, owner in rows:
        assert 0 < probability == raw < 1
        assert 1 <= points <= 99
        assert grade == ("A" if points >= 90 else "B" if points >= 70 else "C" if points >= 40 else "D")
        assert will_convert == (probability >= cutoff)
        assert (cause, previous, model) == ("new", None, champion)
        assert owner is not None
        told = json.loads(reasons)
        assert all(reason["effect"] > 0 for reason in told["for"])
        assert all(reason["effect"] < 0 for reason in told["against"])
        assert max(len(told["for"]), len(told["against"])) <= 3
    assert sql("SELECT COUNT(*) FROM lead_score_history") == [(len(rows),)]


def test_a_rerun_of_a_published_night_changes_nothing_and_says_so(first_night: Path, sql: Sql, tables: Tables) -> None:
    before = tables()
    sql(f"UPDATE leads SET bant_submit = 0, updated_at = '2026-01-01 00:00:00.000000' WHERE {OPEN}")
    assert "published before" in score(as_of=NIGHT).markdown()
    assert tables() == before


def test_a_night_without_news_publishes_nothing(first_night: Path, sql: Sql, tables: Tables) -> None:
    before = tables()
    score(as_of=NIGHT + DAY)
    assert tables() == before
    assert status(sql, NIGHT + DAY) == "empty"


def test_only_what_changed_is_scored_anew(first_night: Path, sql: Sql) -> None:
    [(lead, before)] = sql("SELECT lead_id, score FROM lead_scores ORDER BY ABS(score - 40), lead_id LIMIT 1")
    sql(
        "UPDATE leads SET bant_submit = 1, lead_desc_length = 3, updated_at = '2026-01-01 09:00' WHERE lead_id = ?",
        lead,
    )
    score(as_of=NIGHT + DAY)
    [(runs,)] = sql("SELECT n_pulled FROM score_runs WHERE as_of > ?", f"{NIGHT:%Y-%m-%d %H:%M:%S.%f}")
    assert runs == 1
    [(after, previous, cause)] = sql(
        "SELECT score, previous_score, change_cause FROM lead_scores WHERE lead_id = ?", lead
    )
    assert (previous, cause) == (before, "lead")
    assert after > before
    assert sql("SELECT moved FROM score_changes WHERE lead_id = ? AND change_cause = 'lead'", lead) == [
        (after - before,)
    ]


def test_closed_and_deleted_leads_leave_and_a_reopened_one_returns(first_night: Path, sql: Sql) -> None:
    closed, deleted = (row[0] for row in sql("SELECT lead_id FROM lead_scores ORDER BY lead_id LIMIT 2"))
    [(reopened,)] = sql("SELECT MIN(lead_id) FROM lead_outcomes")
    sql("UPDATE leads SET is_converted = 1, closed_at = '2026-01-01 08:00' WHERE lead_id = ?", closed)
    sql("DELETE FROM leads WHERE lead_id = ?", deleted)
    sql("UPDATE leads SET is_converted = NULL, closed_at = NULL WHERE lead_id = ?", reopened)
    score(as_of=NIGHT + DAY)
    scored = {row[0] for row in sql("SELECT lead_id FROM lead_scores")}
    assert reopened in scored
    assert not {closed, deleted} & scored
    assert sql("SELECT label FROM lead_outcomes WHERE lead_id = ?", closed) == [(1,)]
    assert sql("SELECT label FROM lead_outcomes WHERE lead_id = ?", reopened) == []
    assert {row[0] for row in sql("SELECT lead_id FROM lead_score_history")} >= {closed, deleted}


def test_a_bad_row_is_quarantined_with_its_reason_and_returns_when_mended(first_night: Path, sql: Sql) -> None:
    [(lead,)] = sql("SELECT MIN(lead_id) FROM lead_scores")
    sql("UPDATE leads SET bant_submit = -1, updated_at = '2026-01-01 09:00' WHERE lead_id = ?", lead)
    score(as_of=NIGHT + DAY)
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE lead_id = ?", lead) == [(0,)]
    [(told,)] = sql("SELECT CAST(failures AS TEXT) FROM quarantined_leads WHERE lead_id = ?", lead)
    assert [(f["rule"], f["column"], f["value"]) for f in json.loads(told)] == [("in_range", "bant_submit", "-1.0")]
    sql("UPDATE leads SET bant_submit = 0.5, updated_at = '2026-01-02 09:00' WHERE lead_id = ?", lead)
    score(as_of=NIGHT + 2 * DAY)
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE lead_id = ?", lead) == [(1,)]
    assert sql("SELECT COUNT(*) FROM quarantined_leads WHERE lead_id = ?", lead) == [(0,)]


@pytest.mark.parametrize("trained", ["sqlite"], indirect=True)  # PostgreSQL lets no text into a number column
def test_a_text_in_a_number_column_is_quarantined_and_not_told(trained: Path, sql: Sql) -> None:
    [(lead,)] = sql(f"SELECT MIN(lead_id) FROM leads WHERE {OPEN}")
    sql("UPDATE leads SET lead_desc_length = ? WHERE lead_id = ?", "call Jane 0171 2345678", lead)
    score(as_of=NIGHT)
    [(told,)] = sql("SELECT failures FROM quarantined_leads WHERE lead_id = ?", lead)
    assert [(f["rule"], f["column"]) for f in json.loads(told)] == [("is_number", "lead_desc_length")]
    assert "Jane" not in told
    assert "2345678" not in told


def without_key(sql: Sql) -> None:
    """The same leads in a table that lets ids be null and occur twice."""
    if load_settings().database.url.startswith("postgresql"):
        sql("ALTER TABLE leads DROP CONSTRAINT leads_pkey, ALTER COLUMN lead_id DROP NOT NULL")
        return
    sql("ALTER TABLE leads RENAME TO keyed")
    [(ddl,)] = sql("SELECT sql FROM sqlite_master WHERE name = 'keyed'")
    keyless = ddl.replace("PRIMARY KEY (lead_id)", "CHECK (1)").replace("lead_id BIGINT NOT NULL", "lead_id BIGINT")
    sql(keyless.replace("keyed", "leads"))
    sql("INSERT INTO leads SELECT * FROM keyed")


def test_rows_without_a_sound_id_are_quarantined_by_row_number(trained: Path, sql: Sql) -> None:
    without_key(sql)
    [(twice, other)] = sql(f"SELECT MAX(lead_id), MAX(lead_id) - 1 FROM leads WHERE {OPEN}")
    sql("UPDATE leads SET lead_id = ? WHERE lead_id = ?", twice, other)
    sql(f"UPDATE leads SET lead_id = NULL WHERE lead_id = (SELECT MIN(lead_id) FROM leads WHERE {OPEN})")
    score(as_of=NIGHT)
    rows = sql(
        "SELECT lead_id, CAST(failures AS TEXT), row_number FROM quarantined_leads "
        "WHERE CAST(failures AS TEXT) LIKE '%key_%'"
    )
    assert sorted((row[0] or 0, json.loads(row[1])[0]["rule"]) for row in rows) == [
        (0, "key_present"),
        (twice, "key_unique"),
        (twice, "key_unique"),
    ]
    assert len({row[2] for row in rows}) == 3
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE lead_id = ?", twice) == [(0,)]


def test_a_bad_batch_is_refused_and_nothing_published(first_night: Path, sql: Sql, tables: Tables) -> None:
    without_key(sql)
    before = tables()
    sql("UPDATE leads SET lead_id = NULL WHERE lead_id % 50 = 0")
    with pytest.raises(BatchRefused, match="no id"):
        score(as_of=NIGHT + DAY)
    after = tables()
    assert {name: after[name] for name in before if not name.startswith("staged")} == {
        name: before[name] for name in before if not name.startswith("staged")
    }
    assert status(sql, NIGHT + DAY) == "refused"
    [(error,)] = sql("SELECT error FROM score_runs WHERE status = 'refused'")
    assert "no id" in error


def test_a_lost_column_is_refused_with_the_difference(trained: Path, sql: Sql, tables: Tables) -> None:
    before = tables()
    sql("ALTER TABLE leads RENAME COLUMN bant_submit TO bant")
    with pytest.raises(SchemaChanged, match=r"bant_submit .* is missing"):
        score(as_of=NIGHT)
    assert tables() == before


def test_a_column_of_another_type_is_refused_with_the_difference(trained: Path, sql: Sql, tables: Tables) -> None:
    before = tables()
    sql("ALTER TABLE leads RENAME COLUMN bant_submit TO old")
    sql("ALTER TABLE leads ADD COLUMN bant_submit TEXT")
    sql("UPDATE leads SET bant_submit = old")
    with pytest.raises(SchemaChanged, match="bant_submit was float, is text"):
        score(as_of=NIGHT)
    assert tables() == before


def test_a_corrupted_bundle_is_refused(trained: Path, sql: Sql, tables: Tables) -> None:
    [(uri,)] = sql("SELECT artifact_uri FROM models WHERE status = 'champion'")
    original = Path(uri.removeprefix("file://"))
    damaged = trained / "damaged.zip"
    content = bytearray(original.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    sql("UPDATE models SET artifact_uri = ?", f"file://{damaged}")
    before = tables()
    with pytest.raises(BundleDamaged, match="sha256"):
        score(as_of=NIGHT)
    sql("UPDATE models SET artifact_uri = ?", f"file://{trained}/nowhere.zip")
    with pytest.raises(BundleDamaged, match="cannot be opened"):
        score(as_of=NIGHT)
    assert tables() == before


def test_without_a_champion_there_is_nothing_to_score_with(trained: Path, sql: Sql) -> None:
    sql("UPDATE models SET status = 'retired'")
    with pytest.raises(NoChampion):
        score(as_of=NIGHT)


def test_a_second_run_at_once_says_so_and_leaves(trained: Path) -> None:
    engine = open_engine(load_settings().database.url)
    with one_at_a_time(engine), pytest.raises(AlreadyRunning):
        score(as_of=NIGHT)
    engine.dispose()
    score(as_of=NIGHT)


def test_an_interrupted_run_of_another_night_is_closed(first_night: Path, sql: Sql) -> None:
    sql("UPDATE score_runs SET status = 'running', run_id = 'killed', run_key = 'killed'")
    score(as_of=NIGHT + DAY)
    assert sql("SELECT status, error FROM score_runs WHERE run_id = 'killed'") == [("failed", "interrupted")]


def test_an_unchanged_lead_keeps_its_last_change_when_it_is_scored_again(first_night: Path, sql: Sql) -> None:
    score(as_of=NIGHT + DAY, full=True)
    assert sql("SELECT DISTINCT change_cause, previous_score FROM lead_scores") == [("new", None)]
    assert sql("SELECT COUNT(*) FROM lead_score_history") == sql("SELECT COUNT(*) FROM lead_scores")


def test_stricter_rules_reach_leads_that_are_scored_already(
    first_night: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADSCORE_VALIDATION__RANGES", '{"lead_desc_length": [0, 400]}')
    score(as_of=NIGHT + DAY)
    [(long,)] = sql(f"SELECT COUNT(*) FROM leads WHERE {OPEN} AND lead_desc_length > 400")
    assert long > 0
    told = "CAST(failures AS TEXT) LIKE '%lead_desc_length%'"
    assert sql(f"SELECT COUNT(*) FROM quarantined_leads WHERE {told}") == [(long,)]
    assert sql("SELECT COUNT(*) FROM lead_scores JOIN leads USING (lead_id) WHERE lead_desc_length > 400") == [(0,)]


@pytest.mark.acceptance
def test_a_new_champion_scores_every_lead_anew_and_says_that_the_model_moved_them(first_night: Path, sql: Sql) -> None:
    [(old,)] = sql("SELECT version FROM models WHERE status = 'champion'")
    sql(f"UPDATE leads SET is_converted = 0, closed_at = '2026-01-01 09:00' WHERE {OPEN} AND lead_id % 2 = 0")
    retrain(as_of=NIGHT + DAY, promote="always")
    [(new,)] = sql("SELECT version FROM models WHERE status = 'champion'")
    assert new != old
    score(as_of=NIGHT + DAY)
    assert sql("SELECT DISTINCT model_version, change_cause FROM lead_scores WHERE change_cause <> 'new'") == [
        (new, "model")
    ]
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE model_version <> ?", new) == [(0,)]


@pytest.mark.acceptance
def test_after_promotion_and_rollback_the_next_night_scores_every_lead_anew(
    first_night: Path, sql: Sql, tables: Tables
) -> None:
    [(old,)] = sql("SELECT version FROM models WHERE status = 'champion'")
    first = sql("SELECT lead_id, score, model_version FROM lead_scores ORDER BY lead_id")
    sql(f"UPDATE leads SET is_converted = 0, closed_at = '2026-01-01 09:00' WHERE {OPEN} AND lead_id % 2 = 0")
    retrain(as_of=NIGHT + DAY, promote="never")
    [(new,)] = sql("SELECT version FROM models WHERE status = 'candidate'")
    url = load_settings().database.url
    published = tables()
    promote_by_hand(url, new, "kim", NIGHT)
    assert tables() == published
    score(as_of=NIGHT + DAY)
    assert sql("SELECT DISTINCT model_version, change_cause FROM lead_scores WHERE change_cause <> 'new'") == [
        (new, "model")
    ]
    assert roll_back_by_hand(url, "kim", NIGHT) == (new, old)
    score(as_of=NIGHT + 2 * DAY)
    assert sql("SELECT DISTINCT model_version FROM lead_scores") == [(old,)]
    assert sql("SELECT COUNT(*) FROM lead_scores WHERE change_cause = 'model'") != [(0,)]
    back = set(sql("SELECT lead_id, score, model_version FROM lead_scores ORDER BY lead_id"))
    assert back <= set(first)


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.acceptance)])  # 2 import all libraries
def test_chunks_and_processes_do_not_show_in_the_result(
    trained: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    columns = "lead_id, probability, score, grade, will_convert, reasons"
    score(as_of=NIGHT)
    whole = sql(f"SELECT {columns} FROM lead_scores ORDER BY lead_id")
    monkeypatch.setenv("LEADSCORE_SCORING__CHUNK_ROWS", "500")
    monkeypatch.setenv("LEADSCORE_COMPUTE__THREADS", str(threads))
    score(as_of=NIGHT + DAY, full=True)
    assert sql(f"SELECT {columns} FROM lead_scores ORDER BY lead_id") == whole
