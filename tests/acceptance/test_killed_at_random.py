"""Killed from outside at moments that nobody chose, a run is finished by the next."""

import random
import time
from collections.abc import Callable

import pytest
from harness.children import KILLED, Children
from harness.reader import polling, seen_now
from harness.states import FIRST, INCREMENTAL, Expected, Scenario, States
from harness.stores import Store

Own = Callable[[str, Scenario], Store]
Same = Callable[[Store, Expected], None]

SEEDS = range(6)
KILLS = 3
SHORTEST = 0.3  # seconds

pytestmark = [pytest.mark.crash, pytest.mark.acceptance]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_whenever_it_is_killed_the_next_run_finishes(
    children: Children, states: States, own: Own, same: Same, database: str, seed: int
) -> None:
    night = (FIRST, INCREMENTAL)[seed % 2]
    chance = random.Random(f"{database} {seed}")
    store, expected = own(database, night), states.expected(database, night)
    before = seen_now(store)
    with polling(store) as seen:
        for _ in range(KILLS):
            child = children.start(store, night.arguments)
            time.sleep(chance.uniform(SHORTEST, expected.seconds))
            assert child.kill() in (KILLED, 0), child.out + child.err
        children.run(store, night.arguments)
    same(store, expected)
    assert set(seen) <= {before, expected.seen}
