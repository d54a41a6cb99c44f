"""The leads live in another database than their scores: a run killed between the two leaves neither behind."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.children import KILLED, Children
from harness.states import FIRST, States
from harness.stores import Rows, Store, Tables

pytestmark = [pytest.mark.crash, pytest.mark.acceptance]

Pair = tuple[Store, Store]  # the store, and the database of the leads
Clean = tuple[str, Tables, Rows]  # the kind of database, and what an uninterrupted run leaves in either


def pair(states: States, database: str, folder: Path, stack: ExitStack) -> Pair:
    """Two copies of one state: of the one the scores are used, of the other the leads."""
    store, leads = (states.copy(FIRST, database, folder / name, stack) for name in ("store", "leads"))
    return store.having(database__source_url=leads.url, publish__url=leads.url), leads


def written(store: Store, leads: Store) -> tuple[Tables, Rows]:
    """What is published, the number of rows written aside, and what the leads show of it.

    A run that did not hear of its first commit finds nothing left to write.
    """
    store.rows("UPDATE score_runs SET n_written = NULL")
    return store.tables(), leads.tables()["leads"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def clean(
    request: pytest.FixtureRequest, children: Children, states: States, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clean]:
    """What an uninterrupted run leaves."""
    with ExitStack() as stack:
        store, leads = pair(states, request.param, tmp_path_factory.mktemp("clean"), stack)
        children.run(store, FIRST.arguments)
        yield request.param, *written(store, leads)


@pytest.mark.parametrize("point", ["after commit", "during write-back", "between the two commits"])
def test_scores_are_written_back_by_the_next_run(
    children: Children, states: States, clean: Clean, tmp_path: Path, point: str
) -> None:
    database, *expected = clean
    with ExitStack() as stack:
        store, leads = pair(states, database, tmp_path, stack)
        untouched = leads.tables()
        assert children.start(store, FIRST.arguments, point).wait() == KILLED
        children.run(store, FIRST.arguments)
        assert leads.tables() != untouched
        assert written(store, leads) == tuple(expected)
        assert store.rows("SELECT COUNT(*) FROM write_backs") == [(0,)]
