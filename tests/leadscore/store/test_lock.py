import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadscore.errors import AlreadyRunning
from leadscore.store.engine import open_engine
from leadscore.store.lock import one_at_a_time

HOLD = """
import sys, time
from leadscore.store.engine import open_engine
from leadscore.store.lock import one_at_a_time
with one_at_a_time(open_engine(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_keeps_out_another_process_and_dies_with_its_holder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    store = open_engine(url)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(AlreadyRunning), one_at_a_time(store):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    started = time.monotonic()
    with one_at_a_time(store):
        assert time.monotonic() - started < 1


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    store = open_engine(f"sqlite:///{tmp_path}/store.db")
    with pytest.raises(ZeroDivisionError), one_at_a_time(store):
        raise ZeroDivisionError
    with one_at_a_time(store):
        pass
