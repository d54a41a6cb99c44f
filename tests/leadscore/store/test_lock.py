import logging
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from leadscore.errors import AlreadyRunning
from leadscore.store import lock as module
from leadscore.store.engine import open_engine, writing
from leadscore.store.lock import is_held, one_at_a_time

HOLD = """
import sys, time
from leadscore.store.engine import open_engine
from leadscore.store.lock import one_at_a_time
with one_at_a_time(open_engine(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


BUSY = """
import sys
import sqlalchemy as sa
from leadscore.store.engine import open_engine, writing
from leadscore.store.lock import one_at_a_time
engine = open_engine(sys.argv[1])
with one_at_a_time(engine), writing(engine) as connection:
    print("held", flush=True)
    connection.execute(sa.select(sa.func.pg_sleep(60)))
"""


def test_the_lock_keeps_out_another_process_and_dies_with_its_holder(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_engine(database)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, database], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with monkeypatch.context() as patch:
        patch.setattr(module, "PATIENCE_SECONDS", {store.dialect.name: 0.5})
        assert is_held(store)
        with pytest.raises(AlreadyRunning), one_at_a_time(store):
            pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    started = time.monotonic()
    with one_at_a_time(store):
        assert time.monotonic() - started < 1
    assert not is_held(store)
    store.dispose()


def test_a_run_that_is_told_to_wait_takes_the_lock_when_the_other_ends(
    database: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_engine(database)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", {store.dialect.name: 0.2})
    with caplog.at_level(logging.INFO, "leadscore"), ThreadPoolExecutor() as pool:
        with one_at_a_time(store):
            waiting = pool.submit(held, store, wait_s=20)
            time.sleep(1)
            assert not waiting.done()
        assert waiting.result(timeout=5)
    assert "waiting for it to end, up to 20 s" in caplog.text
    store.dispose()


def held(store: sa.Engine, wait_s: float) -> bool:
    with one_at_a_time(store, wait_s):
        return True


def test_the_lock_is_free_again_after_an_error(database: str) -> None:
    store = open_engine(database)
    with pytest.raises(ZeroDivisionError), one_at_a_time(store):
        raise ZeroDivisionError
    with one_at_a_time(store):
        pass
    store.dispose()


def test_a_client_that_is_killed_in_the_middle_of_a_statement_is_waited_for(postgres: str) -> None:
    busy = subprocess.Popen([sys.executable, "-c", BUSY, postgres], stdout=subprocess.PIPE)
    assert busy.stdout is not None
    assert busy.stdout.readline() == b"held\n"
    time.sleep(1)
    busy.kill()
    busy.wait()
    busy.stdout.close()
    store = open_engine(postgres)
    with one_at_a_time(store):
        pass
    store.dispose()


def test_stores_in_two_schemas_of_a_database_do_not_wait_for_each_other(postgres: str) -> None:
    store = open_engine(postgres)
    with writing(store) as connection:
        connection.execute(sa.schema.CreateSchema("other"))
    other = open_engine(f"{postgres}&options=-csearch_path%3Dother")
    with one_at_a_time(store), one_at_a_time(other):
        pass
    other.dispose()
    store.dispose()
