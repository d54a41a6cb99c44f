"""A commit went through and its reply was lost: the run does not guess, it looks."""

from collections.abc import Callable

import pytest
from harness.children import Children
from harness.proxy import breakable_line
from harness.states import FIRST, INCREMENTAL, RETRAIN_AGAIN, Expected, Scenario, States
from harness.stores import Store

Own = Callable[[str, Scenario], Store]
Same = Callable[[Store, Expected], None]

COMMITS = {  # what is said in the transaction whose commit is not answered
    "begin_run": (FIRST, "INSERT INTO score_runs"),
    "stage": (FIRST, "INSERT INTO staged_chunks"),
    "publish": (FIRST, "INSERT INTO lead_score_history"),
    "publish, incremental": (INCREMENTAL, "INSERT INTO lead_score_history"),
    "register_model": (RETRAIN_AGAIN, "INSERT INTO models"),
}

pytestmark = [pytest.mark.crash, pytest.mark.acceptance]


@pytest.mark.parametrize(("scenario", "words"), COMMITS.values(), ids=COMMITS.keys())
def test_a_run_whose_commit_is_not_answered_ends_as_one_whose_was(
    children: Children, states: States, own: Own, same: Same, scenario: Scenario, words: str
) -> None:
    store, expected = own("postgresql", scenario), states.expected("postgresql", scenario)
    with breakable_line(store.url, words) as line:
        children.run(store.by(line.url), scenario.arguments)
    assert line.cuts == 1
    same(store, expected)
