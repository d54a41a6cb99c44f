import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from leadscore.errors import ConfigError, DatabaseUnreachable, StoreError
from leadscore.store import engine as module
from leadscore.store.engine import open_engine, reading, writing

NUMBERS = sa.Table("numbers", sa.MetaData(), sa.Column("n", sa.Integer))


def test_a_transaction_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    store = open_engine(f"sqlite:///{tmp_path}/store.db")
    with writing(store) as connection:
        NUMBERS.create(connection)
        connection.execute(sa.insert(NUMBERS), [{"n": 1}])
    with pytest.raises(ZeroDivisionError):
        fail_half_way(store)
    with reading(store) as connection:
        assert connection.execute(sa.select(NUMBERS)).scalars().all() == [1]


def fail_half_way(store: sa.Engine) -> None:
    with writing(store) as connection:
        connection.execute(sa.insert(NUMBERS), [{"n": 2}])
        raise ZeroDivisionError


def test_a_database_that_stays_locked_is_unreachable_and_a_retry_can_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)
    store = open_engine(f"sqlite:///{tmp_path}/store.db")
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseUnreachable, match="locked") as refused, writing(store):
            pass
    assert refused.value.retryable


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"certainly not SQLite " * 100)
    with pytest.raises(StoreError, match="not a database"), writing(open_engine(f"sqlite:///{tmp_path}/store.db")):
        pass


def test_a_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        open_engine("oracle9://user:secret@host/db")
    assert "secret" not in str(refused.value)
