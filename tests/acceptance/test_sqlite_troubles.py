"""A SQLite store that another program keeps locked, or whose disk is full: the run waits, or leaves it unharmed."""

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from harness.children import Child, Children
from harness.states import FIRST, Expected, Scenario, States
from harness.stores import Store, Tables

Own = Callable[[str, Scenario], Store]
Same = Callable[[Store, Expected], None]

LOCKED_SECONDS = 10
SHARES = (0.0, 0.25, 0.5, 0.75, 0.95)  # of the room that a run needs
PAGE = 4096  # bytes
MUCH = 64 * 2**20

pytestmark = [pytest.mark.crash, pytest.mark.acceptance]


@pytest.mark.parametrize("point", ["after pull", "after staging"])
def test_a_run_waits_for_another_writer_and_finishes(
    children: Children, states: States, own: Own, same: Same, point: str
) -> None:
    store, expected = own("sqlite", FIRST), states.expected("sqlite", FIRST)
    child = children.start(store, FIRST.arguments, point, stop=True)
    child.wait_until_stopped()
    with closing(sqlite3.connect(store.name, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        child.go_on()
        time.sleep(LOCKED_SECONDS)
        assert child.process.exitcode is None, child.err
        other.execute("ROLLBACK")
    assert child.wait() == 0, child.err
    same(store, expected)


@pytest.mark.parametrize("share", SHARES)
def test_a_store_that_may_not_grow_is_left_unharmed_and_filled_later(
    children: Children, states: States, own: Own, same: Same, share: float
) -> None:
    store, expected = own("sqlite", FIRST), states.expected("sqlite", FIRST)
    before, size = store.tables(), Path(store.name).stat().st_size
    most = size + int(share * (expected.size - size))
    refused(children.start(store, FIRST.arguments, max_pages=most // PAGE))
    unharmed(store, before)
    children.run(store, FIRST.arguments)
    same(store, expected)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many bytes, or gives the mounted one that size."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def sized(size: int) -> Path:
        options = f"remount,size={size}" if folder.is_mount() else f"size={size}"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")
        return folder

    yield sized
    if folder.is_mount():
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("share", SHARES)
def test_a_full_disk_leaves_the_store_unharmed_and_with_room_again_the_run_works(
    children: Children, states: States, own: Own, same: Same, disk: Callable[[int], Path], share: float
) -> None:
    elsewhere, expected = own("sqlite", FIRST), states.expected("sqlite", FIRST)
    size = Path(elsewhere.name).stat().st_size
    folder = disk(size + int(share * (expected.size - size)))
    store = elsewhere.by(f"sqlite:///{shutil.copy(elsewhere.name, folder)}")
    refused(children.start(store, FIRST.arguments))
    disk(MUCH)
    unharmed(store, elsewhere.tables())
    children.run(store, FIRST.arguments)
    same(store, expected)


def refused(child: Child) -> None:
    """Assert that it ended with one clear line and a hint."""
    assert child.wait() == 1, child.out + child.err
    assert "leadscore: The database" in child.err
    assert "hint:" in child.err
    assert "Traceback" not in child.err


def unharmed(store: Store, before: Tables) -> None:
    """Assert that the file is sound and holds what it held; the ledger may tell of the try, and chunks be staged."""
    assert store.rows("PRAGMA integrity_check") == [("ok",)]
    assert {name: rows for name, rows in store.tables().items() if not _of_tries(name)} == {
        name: rows for name, rows in before.items() if not _of_tries(name)
    }


def _of_tries(table: str) -> bool:
    return table == "score_runs" or table.startswith("staged_")
