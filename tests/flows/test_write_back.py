"""Scores in the user's own leads table: in line with lead_scores, and never in the way of the user's own edits."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.score import score
from leadscore import scoring
from leadscore.errors import SourceError
from leadscore.schema import Type
from leadscore.settings import load_settings
from leadscore.store import outbox
from leadscore.store.engine import open_engine, reading
from leadscore.store.migrate import migrate
from leadscore.store.registry import Entry, register
from leadscore.store.source import Chunk

Sql = Callable[..., list[tuple[Any, ...]]]

NIGHT = datetime(2026, 1, 1)
DAY = timedelta(days=1)
OPEN = "is_converted IS NULL"
INTO = '{"score": "lead_score", "grade": "lead_grade", "probability": "chance", "scored_at": "scored"}'
BUMP = {
    "sqlite": [
        "CREATE TRIGGER bump AFTER UPDATE ON leads FOR EACH ROW WHEN NEW.updated_at = OLD.updated_at BEGIN "
        "UPDATE leads SET updated_at = strftime('%Y-%m-%d %H:%M:%f', 'now') WHERE lead_id = NEW.lead_id; END"
    ],
    "postgresql": [
        "CREATE FUNCTION bump() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$",
        "CREATE TRIGGER bump BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION bump()",
    ],
}


@pytest.fixture(autouse=True)
def columns(trained: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns for the scores in the user's table, named in the settings."""
    for column in ("lead_score INTEGER", "lead_grade TEXT", "chance NUMERIC(6, 3)", "scored TIMESTAMP"):
        sql(f"ALTER TABLE leads ADD COLUMN {column}")
    monkeypatch.setenv("LEADSCORE_PUBLISH__INTO", INTO)


def out_of_line(sql: Sql) -> list[tuple[Any, ...]]:
    """Leads whose row does not say what lead_scores does."""
    return sql(
        "SELECT leads.lead_id FROM leads LEFT JOIN lead_scores AS s ON s.lead_id = leads.lead_id "
        "WHERE COALESCE(lead_score, -1) <> COALESCE(s.score, -1) OR COALESCE(lead_grade, '') <> COALESCE(s.grade, '') "
        "OR ABS(COALESCE(chance, -1) - COALESCE(s.probability, -1)) > 0.0006 "
        "OR (scored IS NULL) <> (s.scored_at IS NULL) ORDER BY leads.lead_id"
    )


def written(sql: Sql, as_of: datetime) -> tuple[int, int | None]:
    """How many leads the night read whole, and how many rows of the user's table it wrote."""
    score(as_of=as_of)
    [row] = sql("SELECT n_pulled, n_written FROM score_runs WHERE as_of = ?", f"{as_of:%Y-%m-%d %H:%M:%S.%f}")
    return row[0], row[1]


def test_the_users_table_says_what_lead_scores_says_and_only_changes_are_written(trained: Path, sql: Sql) -> None:
    pulled, n = written(sql, NIGHT)
    [(n_scored,)] = sql("SELECT COUNT(*) FROM lead_scores")
    assert (n, out_of_line(sql)) == (n_scored, [])
    assert pulled > n_scored
    assert written(sql, NIGHT + DAY) == (0, None)
    ids = [row[0] for row in sql("SELECT lead_id FROM lead_scores ORDER BY probability LIMIT 3")]
    changed, closed, deleted = ids
    sql("UPDATE leads SET bant_submit = 1, lead_desc_length = 3, updated_at = '2026-01-02' WHERE lead_id = ?", changed)
    sql("UPDATE leads SET is_converted = 0, closed_at = '2026-01-02 08:00' WHERE lead_id = ?", closed)
    sql("DELETE FROM leads WHERE lead_id = ?", deleted)
    assert written(sql, NIGHT + 2 * DAY) == (1, 2)
    assert out_of_line(sql) == []


@pytest.mark.acceptance
def test_a_trigger_that_stamps_every_update_does_not_make_leads_due_for_ever(trained: Path, sql: Sql) -> None:
    for statement in BUMP[load_settings().database.url.partition(":")[0].partition("+")[0]]:
        sql(statement)
    _, n = written(sql, NIGHT)
    assert n is not None
    assert n > 1000
    assert written(sql, NIGHT + DAY) == (0, None)


@pytest.mark.acceptance  # tests/leadscore/store/test_write_back.py shows it without a night
def test_an_edit_between_pull_and_write_is_neither_overwritten_nor_missed(
    trained: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(edited,)] = sql(f"SELECT MAX(lead_id) FROM leads WHERE {OPEN}")
    fetch = scoring.fetch

    def fetch_then_edit(*args: Any) -> Chunk:
        chunk = fetch(*args)
        sql("UPDATE leads SET bant_submit = 1, updated_at = '2026-01-01 00:30' WHERE lead_id = ?", edited)
        return chunk

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "fetch", fetch_then_edit)
        written(sql, NIGHT)
    assert sql("SELECT bant_submit, lead_score FROM leads WHERE lead_id = ?", edited) == [(1, None)]
    assert out_of_line(sql) == [(edited,)]
    assert written(sql, NIGHT + DAY) == (1, 1)
    assert out_of_line(sql) == []


@pytest.mark.acceptance
def test_the_columns_are_named_late_or_named_anew_and_every_row_follows(
    trained: Path, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEADSCORE_PUBLISH__INTO")
    score(as_of=NIGHT)
    sql("UPDATE leads SET lead_grade = 'old' WHERE is_converted IS NOT NULL")
    monkeypatch.setenv("LEADSCORE_PUBLISH__INTO", INTO)
    written(sql, NIGHT + DAY)
    assert out_of_line(sql) == []


def test_a_column_that_is_not_there_is_named(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_PUBLISH__INTO", '{"score": "lead_scores"}')
    with pytest.raises(SourceError, match=r"no column lead_scores to write to.*lead_score"):
        score(as_of=NIGHT)


@pytest.fixture
def elsewhere(
    trained: Path, sql: Sql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Scores in a store of their own with the same champion, beside the leads' database; a way to query it."""
    leads = load_settings().database.url
    store = open_engine(f"sqlite:///{tmp_path}/scores.db")
    id_types = {"id": Type.INTEGER, "account": Type.INTEGER, "owner": Type.INTEGER}
    migrate(store, id_types)
    [champion] = sql("SELECT version, artifact_uri, artifact_sha256 FROM models WHERE status = 'champion'")
    register(store, Entry(champion[0], "champion", NIGHT, NIGHT, 1000, None, NIGHT, "{}", 0.3, *champion[1:], "better"))
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", str(store.url))
    monkeypatch.setenv("LEADSCORE_DATABASE__SOURCE_URL", leads)
    monkeypatch.setenv("LEADSCORE_PUBLISH__URL", leads)

    def run(statement: str) -> list[tuple[Any, ...]]:
        with reading(store) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    yield run
    store.dispose()


@pytest.mark.acceptance
def test_leads_in_another_database_are_written_after_the_publication_and_a_failure_is_made_up_for(
    trained: Path, sql: Sql, elsewhere: Callable[[str], list[tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any) -> None:
        raise SourceError("The table is locked for the month's end.", "wait.")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "bring_in_line", refuse)
        with pytest.raises(SourceError, match="month's end"):
            score(as_of=NIGHT)
    [(status, n_scored, n_written)] = elsewhere("SELECT status, n_scored, n_written FROM score_runs")
    assert (status, n_written) == ("published", None)
    assert sql("SELECT COUNT(*) FROM leads WHERE lead_score IS NOT NULL") == [(0,)]
    assert "published before" in score(as_of=NIGHT).markdown()
    assert elsewhere("SELECT n_written FROM score_runs") == [(n_scored,)]
    assert elsewhere("SELECT COUNT(*) FROM write_backs") == [(0,)]
    assert dict(sql("SELECT lead_id, lead_score FROM leads WHERE lead_score IS NOT NULL")) == dict(
        elsewhere("SELECT lead_id, score FROM lead_scores")
    )
    score(as_of=NIGHT + DAY)
    assert elsewhere("SELECT status, n_written FROM score_runs WHERE n_pulled = 0") == [("empty", None)]
