"""Where reports go, how many are kept, and who is refused one."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from leadscore.errors import ConfigError
from leadscore.reporting import keep_report, write
from leadscore.schema import Type
from leadscore.sections import Report
from leadscore.store.engine import open_engine, writing
from leadscore.store.migrate import migrate

NIGHT, DAY = datetime(2026, 1, 1, 2), timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> sa.Engine:
    engine = open_engine(f"sqlite:///{tmp_path}/own.db")
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.TEXT})
    return engine


def publish(store: sa.Engine, as_of: datetime) -> None:
    name = {"run_id": str(as_of), "run_key": str(as_of), "status": "published", "as_of": as_of, "started_at": as_of}
    row = {**name, "model_version": "m1", "rules_version": "r1", "n_scored": 7}
    with writing(store) as connection:
        connection.execute(sa.insert(sa.Table("score_runs", sa.MetaData(), autoload_with=connection)), row)


def test_a_night_leaves_its_report_and_the_newest(store: sa.Engine, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    publish(store, NIGHT)
    page = keep_report(store, Report(dir=str(folder)), NIGHT + DAY)
    assert page.title == "Lead scores of Thursday, 01 January 2026"
    assert sorted(file.name for file in folder.iterdir()) == ["2026-01-01T0200.html", "newest.html"]
    assert "7 leads scored" in (folder / "newest.html").read_text(encoding="utf-8")


def test_only_so_many_reports_are_kept_and_no_other_file_is_touched(store: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "2026 plan.html").write_text("mine", encoding="utf-8")
    for nights in range(4):
        publish(store, NIGHT + nights * DAY)
        keep_report(store, Report(dir=str(tmp_path), keep=2), NIGHT)
    left = sorted(file.name for file in tmp_path.glob("*.html"))
    assert left == ["2026 plan.html", "2026-01-03T0200.html", "2026-01-04T0200.html", "newest.html"]


def test_without_a_folder_or_a_night_nothing_is_left(store: sa.Engine, tmp_path: Path) -> None:
    assert keep_report(store, Report(dir=str(tmp_path / "reports")), NIGHT).title == "Lead scores"
    publish(store, NIGHT)
    assert keep_report(store, Report(dir=""), NIGHT).title.endswith("2026")
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".db" and "own.db" not in file.name] == []


def test_a_folder_may_be_any_that_fsspec_reaches(store: sa.Engine) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    publish(store, NIGHT)
    keep_report(store, Report(dir="memory://told/reports"), NIGHT)
    files = MemoryFileSystem()
    assert files.exists("/told/reports/newest.html")
    files.rm("/told", recursive=True)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
        write(tmp_path / "nowhere" / "report.html", "x")
