"""A lead that goes through everything there is, and is forgotten: on both databases, with numbers and texts for ids."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from leadscore.errors import AlreadyRunning, DatabaseUnreachable, SourceError, StoreError
from leadscore.forgetting import forget, told
from leadscore.job import open_job
from leadscore.reporting import keep_report
from leadscore.settings import Settings, load_settings
from leadscore.store import forget as tables
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.lock import one_at_a_time

NOW = datetime(2026, 1, 2)
OTHER = {"number": 7, "text": "L-007"}
PLANTED = {"number": 471100, "text": "L-471100"}
SETTINGS = """
[database]
url = "{url}"

[leads]
table = "leads"
account = "account_id"
updated_at = "updated_at"
"""
SCORE: dict[str, Any] = {
    "account_id": "acme",
    "owner_id": None,
    "probability": 0.5,
    "raw_probability": 0.5,
    "score": 90,
    "grade": "A",
    "will_convert": True,
    "reasons": json.dumps({"for": [], "against": []}),
    "model_version": "m1",
    "rules_version": "r1",
    "scored_at": NOW,
}
VERSIONS = {"model_version": "m1", "rules_version": "r1"}
HISTORY = {"run_id": "n1", "change_cause": "new"}
QUARANTINED = {**VERSIONS, "row_number": 1, "failures": "[]"}
ROWS: dict[str, list[dict[str, Any]]] = {  # what each table holds of a lead
    "lead_scores": [SCORE | HISTORY],
    "lead_score_history": [SCORE | HISTORY, SCORE | HISTORY | {"run_id": "n0", "change_cause": "lead"}],
    "lead_outcomes": [{"account_id": "acme", "label": 1, "seen_at": NOW}],
    "lead_snapshots": [{"run_id": "n1", "inputs": "{}"}],
    "quarantined_leads": [QUARANTINED | {"run_id": "n1"}],
    "score_overrides": [{"grade": "A", "by": "kim"}],
    "staged_scores": [SCORE | {"chunk": "c"}],
    "staged_quarantine": [QUARANTINED | {"chunk": "c"}],
    "staged_departures": [],  # like the outcomes filled and cleared within the transaction that publishes
    "staged_outcomes": [],
    "write_backs": [{}],
}
RUN = {"as_of": NOW, "started_at": NOW, "published_at": NOW, **VERSIONS}


@pytest.fixture(params=["number", "text"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(kind: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a store in which two leads have rows in every table, and files that name them; of one the source knows."""
    (tmp_path / "leadscore.toml").write_text(SETTINGS.format(url=database), encoding="utf-8")
    settings = load_settings(tmp_path / "leadscore.toml")
    engine = open_engine(database)
    id_type = sa.BigInteger() if kind == "number" else sa.Text()
    names = ("is_converted", sa.SmallInteger()), ("account_id", sa.Text()), ("updated_at", sa.DateTime())
    columns = (sa.Column(name, type_) for name, type_ in names)
    leads = sa.Table("leads", sa.MetaData(), sa.Column("lead_id", id_type, primary_key=True), *columns)
    with writing(engine) as connection:
        leads.create(connection)
        connection.execute(sa.insert(leads), [{"lead_id": each[kind], "updated_at": NOW} for each in (OTHER, PLANTED)])
    with open_job(settings, NOW) as job:
        job.migrate()
    for lead in (OTHER[kind], PLANTED[kind]):
        plant(engine, lead)
    with writing(engine) as connection:
        runs = sa.Table("score_runs", sa.MetaData(), autoload_with=connection)
        connection.execute(sa.insert(runs).values(run_id="n1", run_key="n1", status="published", **RUN))
    keep_report(engine, settings.report, NOW)
    engine.dispose()
    rejected = [
        f'{line},"quantity is no number","{lead},acme,?"' for line, lead in ((2, OTHER[kind]), (3, PLANTED[kind]))
    ]
    (tmp_path / "leads.csv.rejected.csv").write_text("\n".join(["line,reason,row", *rejected, ""]), encoding="utf-8")
    return settings


def plant(engine: sa.Engine, lead: Any) -> None:
    with writing(engine) as connection:
        for number, (name, rows) in enumerate(ROWS.items()):
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            own = {"row_number": number * 10 + len(str(lead))} if "row_number" in table.columns else {}
            for row in rows:
                connection.execute(sa.insert(table).values({**row, **own, "lead_id": lead}))


def in_source(settings: Settings, statement: str, lead: Any) -> None:
    engine = open_engine(settings.database.url)
    with writing(engine) as connection:
        connection.execute(sa.text(statement), {"lead": lead})
    engine.dispose()


def gone_from_source(settings: Settings, lead: Any) -> None:
    in_source(settings, "DELETE FROM leads WHERE lead_id = :lead", lead)


def rows(settings: Settings, lead: Any) -> dict[str, int]:
    engine = open_engine(settings.database.url)
    found = tables.rows_of(engine, lead)
    engine.dispose()
    return found


def test_a_lead_that_went_through_everything_leaves_nothing_and_another_stays(
    settings: Settings, kind: str, tmp_path: Path
) -> None:
    lead, other = PLANTED[kind], OTHER[kind]
    page, rejected = tmp_path / "reports" / "newest.html", tmp_path / "leads.csv.rejected.csv"
    assert str(lead) in page.read_text(encoding="utf-8")
    before = rows(settings, other)
    assert rows(settings, lead) == before == {name: len(each) for name, each in ROWS.items()}
    gone_from_source(settings, lead)
    done = forget(settings, tmp_path, str(lead), NOW)
    assert done.rows == {name: n for name, n in before.items() if n}
    assert [Path(each).name for each in done.files] == ["2026-01-02T0000.html", "newest.html", rejected.name]
    assert set(rows(settings, lead).values()) == {0}
    assert rows(settings, other) == before
    for file in (page, rejected):
        assert str(lead) not in file.read_text()
    assert f"{other}," in rejected.read_text()
    assert done.perhaps == []


@pytest.mark.parametrize("kind", ["number"], indirect=True)
def test_every_table_with_a_lead_id_is_one_that_is_erased(settings: Settings) -> None:
    engine = open_engine(settings.database.url)
    inspector = sa.inspect(engine)
    ours = set(inspector.get_table_names()) - {"leads"}
    of_leads = {name for name in ours if "lead_id" in {each["name"] for each in inspector.get_columns(name)}}
    assert of_leads == set(tables.BY_LEAD)
    assert ours - of_leads - set(tables.OTHERS) == {"account_outcomes", "staged_accounts", "leadscore_alembic_version"}
    engine.dispose()


def test_it_is_refused_while_the_lead_is_in_the_source(settings: Settings, kind: str, tmp_path: Path) -> None:
    lead = PLANTED[kind]
    with pytest.raises(SourceError, match=f"Lead {lead} is still in the source: the next night would score it again"):
        forget(settings, tmp_path, str(lead), NOW)
    assert rows(settings, lead) == rows(settings, OTHER[kind])


@pytest.mark.parametrize("kind", ["number"], indirect=True)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_is_refused_while_a_run_works(settings: Settings, kind: str, tmp_path: Path) -> None:
    gone_from_source(settings, PLANTED[kind])
    engine = open_engine(settings.database.url)
    with one_at_a_time(engine), pytest.raises(AlreadyRunning):
        forget(settings, tmp_path, str(PLANTED[kind]), NOW)
    engine.dispose()


@pytest.mark.parametrize("kind", ["number"], indirect=True)
def test_a_second_time_nothing_is_found_and_all_is_searched(settings: Settings, kind: str, tmp_path: Path) -> None:
    gone_from_source(settings, PLANTED[kind])
    first = forget(settings, tmp_path, str(PLANTED[kind]), NOW)
    assert told(first, 0).title == f"Lead {PLANTED[kind]} is forgotten"
    again = forget(settings, tmp_path, str(PLANTED[kind]), NOW)
    assert (again.rows, again.files, again.n_files) == ({}, [], 3)
    assert told(again, 0).title == f"Nothing is kept of lead {PLANTED[kind]}"
    assert dict(told(again, 0).facts)["searched"] == "11 tables, 3 files, Prefect's artifacts: nothing is left"


@pytest.mark.parametrize("kind", ["number"], indirect=True)
def test_the_outcomes_of_its_account_are_counted_without_it(settings: Settings, kind: str, tmp_path: Path) -> None:
    engine = open_engine(settings.database.url)
    gone_from_source(settings, PLANTED[kind])
    forget(settings, tmp_path, str(PLANTED[kind]), NOW)
    with reading(engine) as connection:
        assert connection.execute(sa.text("SELECT * FROM account_outcomes")).fetchall() == [("acme", 1, 1)]
    engine.dispose()


@pytest.mark.parametrize("kind", ["text"], indirect=True)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_byte_of_it_is_left_in_the_file_of_a_sqlite_store(settings: Settings, kind: str, tmp_path: Path) -> None:
    lead = PLANTED[kind].encode()
    gone_from_source(settings, PLANTED[kind])
    held = [file.name for file in tmp_path.iterdir() if file.is_file() and lead in file.read_bytes()]
    assert "own.db" in held, "a deleted row is still in the file"
    forget(settings, tmp_path, PLANTED[kind], NOW)
    assert [file for file in tmp_path.rglob("*") if file.is_file() and lead in file.read_bytes()] == []


@pytest.mark.parametrize("kind", ["number"], indirect=True)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_reader_that_keeps_the_log_of_sqlite_is_told(settings: Settings, kind: str, tmp_path: Path) -> None:
    impatient = settings.database.model_copy(update={"lock_timeout_s": 0.1})
    settings = settings.model_copy(update={"database": impatient})
    gone_from_source(settings, PLANTED[kind])
    engine = open_engine(settings.database.url)
    with reading(engine) as reader:
        reader.execute(sa.text("SELECT COUNT(*) FROM lead_scores")).scalar()
        with pytest.raises(DatabaseUnreachable, match="Another program reads the store"):
            forget(settings, tmp_path, str(PLANTED[kind]), NOW)
    engine.dispose()
    assert forget(settings, tmp_path, str(PLANTED[kind]), NOW).rows == {}


@pytest.mark.parametrize("kind", ["text"], indirect=True)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_text_that_occurs_where_anything_may_is_told(settings: Settings, kind: str, tmp_path: Path) -> None:
    lead = PLANTED[kind]
    in_source(settings, "UPDATE score_overrides SET note = 'the same as ' || :lead", lead)
    (tmp_path / "backtest").mkdir()
    (tmp_path / "backtest" / "backtest.json").write_text(json.dumps({"of": lead}))
    gone_from_source(settings, lead)
    done = forget(settings, tmp_path, lead, NOW)
    assert done.perhaps == ["score_overrides.note (1 rows)", str(tmp_path / "backtest" / "backtest.json")]
    assert ("look yourself", f"{done.perhaps[0]} has the same text, which may be something else") in told(done, 0).facts


@pytest.mark.parametrize("kind", ["number"], indirect=True)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_is_no_id_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="whole number"):
        forget(settings, tmp_path, "acme", NOW)
