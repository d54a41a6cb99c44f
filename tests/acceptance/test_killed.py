"""Killed by a real SIGKILL at a named step and started again, a run leaves what an uninterrupted one leaves."""

from collections.abc import Callable
from itertools import product

import pytest
from harness.children import KILLED, Children
from harness.reader import polling, seen_now
from harness.states import BACKFILL, FIRST, INCREMENTAL, RETRAIN_AGAIN, RETRAIN_FIRST, Expected, Scenario, States
from harness.stores import Rows, Store

Own = Callable[[str, Scenario], Store]
Same = Callable[[Store, Expected], None]

DATABASES = ("sqlite", "postgresql")
SCORE_POINTS = (
    "after pull",
    "after validate",
    "between chunks",
    "after staging",
    "during merge",
    "during write-back",
    "before commit",
    "after commit",
)
RETRAIN_POINTS = ("while writing the model", "while promoting")
SCENARIOS = {"first": FIRST, "incremental": INCREMENTAL, "backfill": BACKFILL}
RETRAINS = {"first retrain": RETRAIN_FIRST, "retrain again": RETRAIN_AGAIN}
SKIPPED = {"after pull": 1, "after validate": 1}  # one chunk is staged by then

# The cases of `make test`: both databases, before and after the commit, twice and at once.
SAMPLE = {
    ("sqlite", "first", "after pull"),
    ("postgresql", "incremental", "before commit"),
    ("sqlite", "rerun", "after commit"),
    ("postgresql", "at once", "between chunks"),
}

pytestmark = pytest.mark.crash


def cases(scenarios: tuple[str, ...], points: tuple[str, ...]) -> pytest.MarkDecorator:
    """Every scenario killed at every point on every database; those outside the sample are for `make acceptance`."""
    chosen = [
        pytest.param(*case, marks=() if case in SAMPLE else pytest.mark.acceptance, id=" - ".join(case))
        for case in product(DATABASES, scenarios, points)
        if case[1:] != ("backfill", "during write-back")  # which it never does
    ]
    return pytest.mark.parametrize(("database", "scenario", "point"), chosen)


def killed(children: Children, store: Store, scenario: Scenario, point: str) -> None:
    """Run it until it dies at the point."""
    child = children.start(store, scenario.arguments, point, skip=SKIPPED.get(point, 0))
    assert child.wait() == KILLED, f"did not die {point}: {child.out}{child.err}"


@cases(("first", "incremental", "backfill"), SCORE_POINTS)
def test_a_killed_run_is_finished_by_the_next_and_no_reader_sees_a_mix(
    children: Children, states: States, own: Own, same: Same, database: str, scenario: str, point: str
) -> None:
    night = SCENARIOS[scenario]
    store, expected = own(database, night), states.expected(database, night)
    before = seen_now(store)
    with polling(store) as seen:
        killed(children, store, night, point)
        children.run(store, night.arguments)
    same(store, expected)
    assert seen in ([before, expected.seen], [before], [expected.seen])


@cases(("rerun",), SCORE_POINTS)
def test_a_run_killed_twice_at_the_same_step_is_finished_by_the_third(
    children: Children, states: States, own: Own, same: Same, database: str, scenario: str, point: str
) -> None:
    store, expected = own(database, FIRST), states.expected(database, FIRST)
    before = seen_now(store)
    with polling(store) as seen:
        killed(children, store, FIRST, point)
        if point == "after commit":
            assert "published before" in children.run(store, FIRST.arguments).out
        else:
            killed(children, store, FIRST, point)
        children.run(store, FIRST.arguments)
    same(store, expected)
    assert set(seen) <= {before, expected.seen}


@cases(("at once",), SCORE_POINTS)
def test_of_two_runs_at_once_one_works_and_the_other_says_so_and_leaves(
    children: Children, states: States, own: Own, same: Same, database: str, scenario: str, point: str
) -> None:
    store, expected = own(database, FIRST), states.expected(database, FIRST)
    before = seen_now(store)
    with polling(store) as seen:
        first = children.start(store, FIRST.arguments, point, skip=SKIPPED.get(point, 0), stop=True)
        first.wait_until_stopped()
        second = children.start(store, FIRST.arguments)
        assert second.wait() == 1, second.out
        assert "Another run works on this store" in second.err
        first.kill()
        children.run(store, FIRST.arguments)
    same(store, expected)
    assert set(seen) <= {before, expected.seen}


@cases(tuple(RETRAINS), RETRAIN_POINTS)
def test_a_killed_retrain_is_finished_by_the_next(
    children: Children, states: States, own: Own, same: Same, database: str, scenario: str, point: str
) -> None:
    retrain = RETRAINS[scenario]
    store, expected = own(database, retrain), states.expected(database, retrain)
    champion = champions(store)
    killed(children, store, retrain, point)
    assert champions(store) == champion
    children.run(store, retrain.arguments)
    same(store, expected)


def champions(store: Store) -> Rows:
    """Which model scores, if the store has tables yet."""
    return store.rows("SELECT version FROM models WHERE status = 'champion'") if "models" in store.tables() else []
