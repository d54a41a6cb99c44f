import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy.exc import ProgrammingError

from leadscore.errors import ProcessLost
from leadscore.processes import here, processes
from leadscore.store.arrow import ReadError


def alive(pid: int) -> bool:
    """Whether it runs: not gone, and no zombie that nobody has buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_process_is_this_one() -> None:
    with processes(1, threads=2) as call:
        assert call is here
        assert call(os.getpid) == os.getpid()


def test_calls_are_at_work_at_once_in_processes_with_their_share_of_the_threads() -> None:
    with processes(2, threads=1) as call, ThreadPoolExecutor(2) as threads:
        names = set(threads.map(lambda _: call(slow_name), range(2)))
        assert len(names) == 2
        assert all(name.startswith("SpawnProcess") for name in names)
        assert call(pl.thread_pool_size) == 1
    assert "POLARS_MAX_THREADS" not in os.environ


def slow_name() -> str:
    time.sleep(1)
    return multiprocessing.current_process().name


def test_an_error_is_that_of_the_call() -> None:
    with processes(2, threads=1) as call, pytest.raises(ZeroDivisionError):
        call(divmod, 1, 0)


def test_what_a_database_says_in_another_process_is_told_as_it_was() -> None:
    with processes(2, threads=1) as call, pytest.raises(ProgrammingError, match="no such column") as found:
        call(fail_to_read)
    assert found.value.orig.sqlstate == "42703"  # type: ignore[union-attr]


def fail_to_read() -> None:
    raise ProgrammingError("SELECT x", None, ReadError("ERROR:  no such column", "42703"))


def test_a_killed_process_is_told_and_so_is_what_to_do() -> None:
    with processes(2, threads=1) as call, pytest.raises(ProcessLost, match="goes on from what is staged"):
        call(die)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


HOLDING = """
import os, time
from concurrent.futures import ThreadPoolExecutor
from leadscore.processes import processes

if __name__ == "__main__":
    with processes(2, threads=1) as call:
        print(call(os.getpid), flush=True)
        call(time.sleep, 600)
"""


def test_processes_end_with_the_one_that_they_work_for_even_if_it_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "holding.py"
    script.write_text(HOLDING)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as working:
        assert working.stdout
        pid = int(working.stdout.readline())
        assert alive(pid)
        working.kill()
        deadline = time.monotonic() + 30
        while alive(pid):
            assert time.monotonic() < deadline, "it works on for nobody"
            time.sleep(0.05)
