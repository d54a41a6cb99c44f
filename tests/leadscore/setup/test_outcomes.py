from collections.abc import Callable

import pytest
import sqlalchemy as sa

from leadscore.sections import Leads
from leadscore.setup.looking import Look
from leadscore.setup.outcomes import guess_outcome
from leadscore.store.source import open_source, scan

N = 40
IDS = [f"김{n}" for n in range(N)]
DAYS = [f"2026-01-{1 + n % 28:02}" for n in range(N)]


@pytest.mark.parametrize(
    ("columns", "label"),
    [
        ({"is_converted": [n % 2 == 0 for n in range(N)], "has_site": [n % 3 == 0 for n in range(N)]}, "is_converted"),
        ({"mailed": ["yes", "no"] * 20, "Won?": ["Y", "N", None, "N"] * 10}, "Won?"),
        ({"y": ["yes", "no"] * 20, "loan": ["yes", "unknown"] * 20}, "y"),
        ({"size": [1, 2] * 20, "bought": [0, 1] * 20}, "bought"),
    ],
)
def test_a_yes_or_no_is_the_outcome_by_its_name_or_for_want_of_another(
    columns: dict[str, list[object]], label: str, loaded: Callable[..., Look]
) -> None:
    outcome = guess_outcome(loaded(id=IDS, **columns), "id")
    assert outcome is not None
    assert (outcome.label, outcome.converted, outcome.query) == (label, (), None)


def test_stages_say_which_are_won_and_lost(loaded: Callable[..., Look]) -> None:
    stages = ["Closed Won", "Closed-Lost", "Negotiation", "수주"] * 10
    outcome = guess_outcome(loaded(id=IDS, Stage=stages, mailed=["yes", "no"] * 20), "id")
    assert outcome is not None
    assert (outcome.label, outcome.converted, outcome.lost) == ("Stage", ("Closed Won", "수주"), ("Closed-Lost",))
    assert outcome.evidence == "4 stages: 1 other stage is open"


@pytest.mark.parametrize(("won", "lost"), [("Gewonnen", "Verloren"), ("受注", "失注"), ("تم البيع", "مرفوض")])
def test_stages_are_understood_in_several_languages(won: str, lost: str, loaded: Callable[..., Look]) -> None:
    outcome = guess_outcome(loaded(id=IDS, status=[won, lost, "offen", "?"] * 10), "id")
    assert outcome is not None
    assert (outcome.converted, outcome.lost) == ((won,), (lost,))


def test_a_date_of_conversion_is_an_outcome(loaded: Callable[..., Look]) -> None:
    won = [day if n % 4 == 0 else None for n, day in enumerate(DAYS)]
    outcome = guess_outcome(loaded(id=IDS, created=DAYS, won_date=won), "id")
    assert outcome is not None
    assert outcome.label == outcome.closed_at == "won_date"
    assert outcome.evidence == "a date that 25.0% of the leads have: those have converted"


def test_a_table_of_deals_is_joined_and_each_lead_stays_one_row(engine: sa.Engine, loaded: Callable[..., Look]) -> None:
    loaded("Deals of us", "deal", deal=[1, 2, 3], id=["김1", "김1", "김2"], **{"won date": ["2026-02-02", *DAYS[:2]]})
    found = loaded(id=IDS, origin=["a", "b"] * 20)
    outcome = guess_outcome(found, "id")
    assert outcome is not None
    assert outcome.label == outcome.closed_at == "won date"
    leads = Leads(query=outcome.query, id="id", label="won date", closed_at="won date")
    lives = scan(open_source(engine, leads), 1000)
    assert (lives.height, lives["label"].sum()) == (N, 2)
    assert str(lives.filter(lead_id="김1")["closed_at"][0]) == "2026-01-01 00:00:00"


def test_a_table_without_an_outcome_has_none(loaded: Callable[..., Look]) -> None:
    assert guess_outcome(loaded(id=IDS, status=["new", "old"] * 20, x=[1, 2] * 20), "id") is None
