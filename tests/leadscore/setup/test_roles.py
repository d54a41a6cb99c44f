from collections.abc import Callable
from datetime import datetime, timedelta

from leadscore.setup.looking import Look
from leadscore.setup.roles import (
    guess_account,
    guess_closed,
    guess_created,
    guess_id,
    guess_order,
    guess_owner,
    guess_updated,
)

N = 60
TIMES = [datetime(2026, 1, 1) + timedelta(hours=n) for n in range(N)]


def test_roles_are_guessed_by_name_and_content_with_the_evidence(loaded: Callable[..., Look]) -> None:
    found = loaded(
        key="Prospect ID",
        **{
            "Lead Number": [n % 7 for n in range(N)],
            "Prospect ID": [f"{n:032x}" for n in range(N)],
            "Created On": TIMES,
            "Closed Date": [str(time) if n % 2 else None for n, time in enumerate(TIMES)],
            "last_modified": TIMES,
            "회사": [f"회사 {n % 20}" for n in range(N)],
            "Assigned Rep": [n % 15 for n in range(N)],
        },
    )
    guesses = (guess_id(found), guess_created(found), guess_closed(found), guess_updated(found))
    assert [guess and guess.column for guess in guesses] == [
        "Prospect ID",
        "Created On",
        "Closed Date",
        "last_modified",
    ]
    assert guesses[0] is not None
    assert guesses[0].evidence == "unique in all 60 rows, never null"
    assert guesses[2] is not None
    assert guesses[2].evidence == "times from 2026-01-01 to 2026-01-03, filled in 50% of the leads"
    account, owner = guess_account(found, {"Prospect ID"}), guess_owner(found, {"Prospect ID"})
    assert account is not None
    assert (account.column, account.evidence) == ("회사", "20 different values in 60 leads")
    assert owner is not None
    assert owner.column == "Assigned Rep"


def test_a_time_that_may_be_a_plan_or_a_visit_is_no_role(loaded: Callable[..., Look]) -> None:
    found = loaded(
        id=list(range(N)), last_contact=TIMES, expected_close_date=TIMES, next_contact=TIMES, entered=TIMES, birth=TIMES
    )
    guesses = (guess_created(found), guess_closed(found), guess_updated(found))
    assert [guess and guess.column for guess in guesses] == ["entered", None, None]


def test_a_team_of_three_has_sellers_and_sizes_of_companies_are_no_accounts(loaded: Callable[..., Look]) -> None:
    found = loaded(
        id=list(range(N)), **{"담당자 🙂": [f"s{n % 3}" for n in range(N)]}, company_size=["s", "m", "l"] * 20
    )
    owner = guess_owner(found, ())
    assert owner is not None
    assert owner.column == "담당자 🙂"
    assert guess_account(found, ()) is None


def test_what_is_not_there_is_not_guessed(loaded: Callable[..., Look]) -> None:
    found = loaded(key="row_id", row_id=["a", "b"], row_number=[1, 2], amount=[1.5, 2.5], y=["yes", "no"])
    assert guess_created(found) is guess_closed(found) is guess_updated(found) is None
    assert guess_account(found, ()) is guess_owner(found, ()) is None
    order = guess_order(found)
    assert order is not None
    assert order.column == "row_number"
