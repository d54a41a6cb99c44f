"""What a killed run has staged is not scored again; what it left open does not stand in the way of another run."""

from collections.abc import Callable

import pytest
from harness.children import KILLED, Children
from harness.states import BACKFILL, FIRST, INCREMENTAL, NEXT, Expected, Scenario, States
from harness.stores import Store

Own = Callable[[str, Scenario], Store]
Same = Callable[[Store, Expected], None]

CHUNKS = 3  # of the first night
INTERRUPTED = "DELETE FROM score_runs WHERE status = 'failed' AND error = 'interrupted' RETURNING as_of"

pytestmark = [
    pytest.mark.crash,
    pytest.mark.acceptance,
    pytest.mark.parametrize("database", ["sqlite", "postgresql"]),
]


def kill(children: Children, store: Store, scenario: Scenario, point: str) -> None:
    assert children.start(store, scenario.arguments, point).wait() == KILLED


@pytest.mark.parametrize(("point", "staged"), [("between chunks", 1), ("after staging", CHUNKS)])
def test_a_run_goes_on_from_its_staged_chunks_and_pulls_only_the_others(
    children: Children, states: States, own: Own, same: Same, database: str, point: str, staged: int
) -> None:
    store, expected = own(database, FIRST), states.expected(database, FIRST)
    kill(children, store, FIRST, point)
    again = children.start(store, FIRST.arguments, "after pull", skip=CHUNKS - staged)  # one pull more is its death
    assert again.wait() == 0, again.out + again.err
    assert f"{staged} of {CHUNKS} chunks are staged already" in again.out
    same(store, expected)


def test_chunks_of_another_size_are_let_go_and_scored_anew(
    children: Children, states: States, own: Own, same: Same, database: str
) -> None:
    store, expected = own(database, FIRST), states.expected(database, FIRST)
    kill(children, store, FIRST, "after staging")
    children.run(store.having(scoring__chunk_rows=FIRST.chunk_rows + 50), FIRST.arguments)
    same(store, expected)


@pytest.mark.parametrize("point", ["after pull", "after staging", "before commit"])
def test_a_night_that_nobody_restarts_is_made_up_for_by_the_next(
    children: Children, states: States, own: Own, same: Same, database: str, point: str
) -> None:
    store, expected = own(database, INCREMENTAL), states.expected(database, NEXT)
    kill(children, store, INCREMENTAL, point)
    children.run(store, NEXT.arguments)
    assert len(store.rows(INTERRUPTED)) == 1, "the next night closes the run in the ledger"
    same(store, expected)


def test_a_killed_backfill_touches_nothing_but_marked_history(
    children: Children, states: States, own: Own, database: str
) -> None:
    store = own(database, BACKFILL)
    before, older = store.tables(), store.rows("SELECT run_id FROM score_runs")
    kill(children, store, BACKFILL, "before commit")
    children.run(store, BACKFILL.arguments)
    [(run, scope, scored)] = store.rows(
        "SELECT run_id, scope, n_scored FROM score_runs WHERE run_id <> :published", published=older[0][0]
    )
    assert scope == "backfill"
    assert scored > 0
    assert store.rows("SELECT DISTINCT run_id FROM lead_score_history WHERE backfill") == [(run,)]
    assert store.rows("DELETE FROM lead_score_history WHERE backfill RETURNING 1") == [(1,)] * scored
    store.rows("DELETE FROM score_runs WHERE run_id = :run", run=run)
    assert store.tables() == before
