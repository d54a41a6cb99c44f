"""The leads live in another database than their scores: a run killed between the two leaves neither behind."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.children import KILLED, Children
from harness.states import FIRST, States
from harness.stores import Store, Tables

pytestmark = [
    pytest.mark.crash,
    pytest.mark.acceptance,
    pytest.mark.parametrize("database", ["sqlite", "postgresql"]),
]

Pair = tuple[Store, Store]  # the store, and the database of the leads


def pair(states: States, database: str, folder: Path, stack: ExitStack) -> Pair:
    """Two copies of one state: of the one the scores are used, of the other the leads."""
    store, leads = (states.copy(FIRST, database, folder / name, stack) for name in ("store", "leads"))
    return store.having(database__source_url=leads.url, publish__url=leads.url), leads


def written(store: Store, leads: Store) -> tuple[Tables, list[tuple[object, ...]]]:
    """What is published, the number of rows written aside, and what the leads show of it.

    A run that did not hear of its first commit finds nothing left to write.
    """
    store.rows("UPDATE score_runs SET n_written = NULL")
    return store.tables(), leads.tables()["leads"]


@pytest.mark.parametrize("point", ["after commit", "during write-back", "between the two commits"])
def test_scores_are_written_back_by_the_next_run(
    children: Children, states: States, tmp_path: Path, database: str, point: str
) -> None:
    with ExitStack() as stack:
        clean, clean_leads = pair(states, database, tmp_path / "clean", stack)
        children.run(clean, FIRST.arguments)
        store, leads = pair(states, database, tmp_path / "killed", stack)
        untouched = leads.tables()
        assert children.start(store, FIRST.arguments, point).wait() == KILLED
        children.run(store, FIRST.arguments)
        assert written(store, leads) == written(clean, clean_leads)
        assert leads.tables() != untouched
        assert store.rows("SELECT COUNT(*) FROM write_backs") == [(0,)]
