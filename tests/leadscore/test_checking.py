"""What `leadscore check` says of a deployment, and that it leaves no trace."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from harness.earlier import upgrade
from typer.testing import CliRunner

from leadscore.checking import Findings, check
from leadscore.cli import app
from leadscore.errors import BundleDamaged, ConfigError, DatabaseUnreachable, SourceError, StoreError
from leadscore.schema import Type
from leadscore.settings import load_settings
from leadscore.store import lock
from leadscore.store.engine import open_engine, writing
from leadscore.store.migrate import VERSION_TABLE, alembic_config, migrate

NIGHT = datetime(2026, 1, 1)
HEAD = ScriptDirectory.from_config(alembic_config()).get_current_head()
TYPES = dict.fromkeys(("id", "account", "owner"), Type.INTEGER)
COLUMN_TYPES = dict.fromkeys(("id", "account", "owner"), sa.BigInteger())
SETTINGS = """
[leads]
table = "mql"
id = "number"
owner = "seller"
"""


@pytest.fixture
def file(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that name a table of leads, on SQLite and PostgreSQL, where nothing has run yet."""
    path = tmp_path / "leadscore.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", database)
    columns = (sa.Column("number", sa.BigInteger), sa.Column("seller", sa.Text), sa.Column("is_converted", sa.Boolean))
    engine = open_engine(database)
    with writing(engine) as connection:
        sa.Table("mql", sa.MetaData(), *columns, sa.Column("grade", sa.Text)).create(connection)
    engine.dispose()
    return path


@pytest.fixture
def store(file: Path) -> Iterator[sa.Engine]:
    """The database of `file`."""
    engine = open_engine(load_settings(file).database.url)
    yield engine
    engine.dispose()


def look(file: Path) -> Findings:
    return check(load_settings(file), file, NIGHT)


def test_before_the_first_run_it_names_the_leads_and_what_the_run_will_make(file: Path, store: sa.Engine) -> None:
    found = look(file)
    facts = dict(found.facts)
    assert found.problem is None
    assert facts["settings"] == str(file)
    assert facts["leads"].startswith("table mql of ")
    assert facts["leads"].endswith("4 columns; id number (integer), owner seller (text)")
    assert facts["store"].endswith("empty, the next run makes the tables")
    assert "champion" not in facts
    assert sa.inspect(store).get_table_names() == ["mql"]


def test_a_store_without_a_champion_says_how_to_get_one(file: Path, store: sa.Engine) -> None:
    migrate(store, TYPES)
    found = look(file)
    assert found.problem is None
    assert dict(found.facts)["champion"].startswith("none yet: `leadscore retrain`")
    assert dict(found.facts)["last runs"] == "none yet"


def test_a_migration_that_is_due_is_told_and_not_done(file: Path, store: sa.Engine) -> None:
    with writing(store) as connection:
        upgrade(connection, COLUMN_TYPES, "0001")
    for _ in range(2):
        found = look(file)
        assert found.problem is None
        assert dict(found.facts)["store"].endswith(f"migration due: 0001 -> {HEAD}; the next run does it")


def test_a_store_of_a_newer_leadscore_is_a_problem(file: Path, store: sa.Engine) -> None:
    migrate(store, TYPES)
    with writing(store) as connection:
        connection.execute(sa.update(sa.table(VERSION_TABLE, sa.column("version_num"))).values(version_num="9999"))
    assert isinstance(look(file).problem, StoreError)


def test_columns_to_write_back_to_are_looked_for(file: Path, store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(store, TYPES)
    with writing(store) as connection:
        connection.execute(sa.insert(sa.table("write_backs", sa.column("lead_id"))), [{"lead_id": 1}, {"lead_id": 2}])
    monkeypatch.setenv("LEADSCORE_PUBLISH__INTO", '{"grade": "grade"}')
    found = look(file)
    assert found.problem is None
    assert dict(found.facts)["written back"] == "grade into grade; 2 rows are still to be written"
    monkeypatch.setenv("LEADSCORE_PUBLISH__INTO", '{"grade": "grad"}')
    found = look(file)
    assert isinstance(found.problem, SourceError)
    assert "no column grad" in found.problem.message


def test_the_first_problem_counts_and_the_rest_is_looked_at_all_the_same(
    file: Path, store: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(store, TYPES)
    monkeypatch.setenv("LEADSCORE_LEADS__OWNER", "nobody")
    found = look(file)
    assert isinstance(found.problem, SourceError)
    assert dict(found.facts)["leads"] == found.problem.message
    assert dict(found.facts)["store"].endswith(f"revision {HEAD}")


def test_columns_that_are_not_there_are_told_all_at_once_with_the_lines_that_name_them(
    file: Path, store: sa.Engine
) -> None:
    file.write_text(SETTINGS.replace("number", "numbr").replace("seller", "buyer"), encoding="utf-8")
    told = dict(look(file).facts)["leads"]
    assert told == "Table mql has no column numbr ([leads] id, line 4), buyer ([leads] owner, line 5)."


def test_a_store_that_does_not_answer_is_a_problem(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_DATABASE__SOURCE_URL", load_settings(file).database.url)
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", "postgresql://kim:secret@127.0.0.1:1/scores")
    found = look(file)
    assert isinstance(found.problem, DatabaseUnreachable)
    assert dict(found.facts)["leads"].startswith("table mql of ")
    assert "secret" not in str(found.facts)


def test_a_store_without_a_folder_is_a_problem(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_DATABASE__SOURCE_URL", load_settings(file).database.url)
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", f"sqlite:///{tmp_path}/nowhere/scores.db")
    problem = look(file).problem
    assert isinstance(problem, StoreError)
    assert "no folder" in problem.message


def test_a_postgresql_that_is_too_old_is_a_problem(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "OLDEST_POSTGRES", 1000)
    store = open_engine(postgres)
    with pytest.raises(ConfigError, match=r"in PostgreSQL \d+"):
        lock.require_store(store)
    store.dispose()


def test_a_store_of_its_own_that_is_not_there_yet_is_not_made(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADSCORE_DATABASE__SOURCE_URL", load_settings(file).database.url)
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", f"sqlite:///{tmp_path}/scores.db")
    before = sorted(tmp_path.iterdir())
    found = look(file)
    assert found.problem is None
    assert dict(found.facts)["store"].endswith("not there yet, the next run makes it")
    assert sorted(tmp_path.iterdir()) == before


def content(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_before_the_first_night_all_open_leads_are_due(trained: Path) -> None:
    assert ": " in dict(look(trained / "leadscore.toml").facts)["next run"]  # due: all of them are new


def test_a_sound_deployment_is_told_on_the_terminal_and_nothing_is_touched(first_night: Path) -> None:
    before = content(first_night)
    shown = CliRunner().invoke(app, ["check"])
    assert shown.exit_code == 0, shown.output
    assert content(first_night) == before
    for words in (
        f"revision {HEAD}",
        "its file is whole and",
        "2026-01-01 00:00 UTC published",
        "next run 0 of ",
        "Nothing stands in the",
    ):
        assert words in " ".join(shown.output.split())  # however the lines are folded


def test_a_refused_run_is_told_with_its_reason(trained: Path) -> None:
    engine = open_engine(load_settings().database.url)
    migrate(engine, TYPES)
    named = dict.fromkeys(("run_id", "run_key", "model_version", "rules_version"), "r1")
    told = {"status": "refused", "error": "Too few leads. Hint: look there.", "as_of": NIGHT, "started_at": NIGHT}
    with writing(engine) as connection:
        connection.execute(sa.insert(sa.Table("score_runs", sa.MetaData(), autoload_with=connection)), named | told)
    engine.dispose()
    found = look(trained / "leadscore.toml")
    assert found.problem is None
    assert dict(found.facts)["last runs"] == "2026-01-01 00:00 UTC refused (run r1): Too few leads."


def test_a_champion_whose_file_is_damaged_is_a_problem_with_exit_code_1(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(load_settings().database.url)
    models = sa.table("models", sa.column("artifact_sha256"))
    with writing(engine) as connection:
        connection.execute(sa.update(models).values(artifact_sha256="0" * 64))
    engine.dispose()
    assert isinstance(look(trained / "leadscore.toml").problem, BundleDamaged)
    shown = CliRunner().invoke(app, ["check"])
    assert shown.exit_code == 1
    assert "sha256 differs" in shown.stderr
    assert "hint: restore the file" in shown.stderr


def test_columns_that_the_champion_misses_are_a_problem(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_LEADS__EXCLUDE", '["bant_submit"]')
    problem = look(trained / "leadscore.toml").problem
    assert problem is not None
    assert "bant_submit" in problem.message
