"""Killed by a real SIGKILL at a named step and started again, a run leaves what an uninterrupted one leaves."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest
from harness.children import KILLED, Children
from harness.reader import polling, seen_now
from harness.states import (
    BACKFILL,
    FIRST,
    INCREMENTAL,
    NEXT,
    RETRAIN_AGAIN,
    RETRAIN_FIRST,
    Expected,
    Scenario,
    States,
)
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
RETRAIN_POINTS = ("while writing the model", "between two champions")
SCENARIOS = {"first": FIRST, "incremental": INCREMENTAL, "backfill": BACKFILL}
RETRAINS = {"first retrain": RETRAIN_FIRST, "retrain again": RETRAIN_AGAIN}
BY_HAND = (("promote", "rival"), INCREMENTAL), (("rollback",), NEXT)  # and the nights after
SKIPPED = {"after pull": 1, "after validate": 1}  # one chunk is staged by then

SAMPLE = {("postgresql", "first", "before commit")}  # of `make test`; test_soak.py kills a night on SQLite

pytestmark = pytest.mark.crash


def cases(scenarios: tuple[str, ...], points: tuple[str, ...]) -> pytest.MarkDecorator:
    """Every scenario killed at every point on every database; those outside the sample are for `make acceptance`."""
    chosen = [
        pytest.param(*case, marks=() if case in SAMPLE else pytest.mark.acceptance, id=" - ".join(case))
        for case in product(DATABASES, scenarios, points)
        if case[1:] != ("backfill", "during write-back")  # which it never does
    ]
    return pytest.mark.parametrize(("database", "scenario", "point"), chosen)


def killed(children: Children, store: Store, arguments: Sequence[str], point: str) -> None:
    """Run it until it dies at the point."""
    child = children.start(store, arguments, point, skip=SKIPPED.get(point, 0))
    assert child.wait() == KILLED, f"did not die {point}: {child.out}{child.err}"


@cases(("first", "incremental", "backfill"), SCORE_POINTS)
def test_a_killed_run_is_finished_by_the_next_and_no_reader_sees_a_mix(
    children: Children, states: States, own: Own, same: Same, database: str, scenario: str, point: str
) -> None:
    night = SCENARIOS[scenario]
    store, expected = own(database, night), states.expected(database, night)
    before = seen_now(store)
    with polling(store) as seen:
        killed(children, store, night.arguments, point)
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
        killed(children, store, FIRST.arguments, point)
        if point == "after commit":
            assert "published before" in children.run(store, FIRST.arguments).out
        else:
            killed(children, store, FIRST.arguments, point)
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
    killed(children, store, retrain.arguments, point)
    assert champions(store) == champion
    children.run(store, retrain.arguments)
    same(store, expected)


@cases(("by hand",), ("between two champions",))
def test_a_killed_promotion_or_rollback_changes_nothing_and_a_whole_one_lets_the_night_score_all_anew(
    children: Children, own: Own, database: str, scenario: str, point: str
) -> None:
    store = own(database, INCREMENTAL)
    enter_rival(store)
    for arguments, night in BY_HAND:
        before, published = store.tables(), seen_now(store)
        killed(children, store, arguments, point)
        assert store.tables() == before
        children.run(store, arguments)
        assert seen_now(store) == published
        children.run(store, night.arguments)
        assert store.rows("SELECT DISTINCT model_version FROM lead_scores") == champions(store)
        assert store.rows(OLD_LEADS_MOVED_BY) == [("model",)]


OLD_LEADS_MOVED_BY = "SELECT DISTINCT change_cause FROM lead_scores WHERE change_cause <> 'new'"


def enter_rival(store: Store) -> None:
    """A candidate beside the champion: the same bundle under another name."""
    same = "trained_at, as_of, n_leads, window_start, window_end, metrics, cutoff, artifact_uri, artifact_sha256"
    store.rows(
        f"INSERT INTO models (version, status, reason, {same}) SELECT 'rival', 'candidate', 'Kept back.', {same} "
        "FROM models WHERE status = 'champion'"
    )


def champions(store: Store) -> Rows:
    """Which model scores, if the store has tables yet."""
    return store.rows("SELECT version FROM models WHERE status = 'champion'") if "models" in store.tables() else []
