from collections.abc import Callable

from leadscore.schema import Kind
from leadscore.setup.looking import Look
from leadscore.setup.oddities import oddities

N = 200


def test_placeholders_ids_in_numbers_and_personal_columns_are_told(loaded: Callable[..., Look]) -> None:
    found = loaded(
        id=list(range(N)),
        days=[999 if n % 10 else n for n in range(N)],
        before=[-1 if n % 3 else n for n in range(N)],
        money=[float(n) if n % 20 else 99999.0 for n in range(N)],
        age=[20 + n % 80 for n in range(N)],
        origin=["Select" if n % 4 else "web" for n in range(N)],
        출처=["미상" if n % 4 else "웹" for n in range(N)],
        campaign_id=[1000 + n % 9 for n in range(N)],
        mail=[f"lead{n}@example.com" for n in range(N)],
        title=[f"number {max(n, 5)} of all" for n in range(N)],
        note=["na", "b"] * 100,
        visited=["1900-01-01" if n % 5 == 0 else f"2026-01-{1 + n % 28:02d}" for n in range(N)],
        ends=["9999-12-31 00:00:00" if n % 2 else f"2027-03-{1 + n % 28:02d} 00:00:00" for n in range(N)],
        since=["0000-00-00" if n % 3 == 0 else f"2019-0{1 + n % 9}-01" for n in range(N)],
    )
    told = {odd.column: odd for odd in oddities(found, {"id"})}
    assert {name: odd.missing for name, odd in told.items() if odd.missing} == {
        "days": (999,),
        "before": (-1,),
        "money": (99999,),
        "origin": ("Select",),
        "출처": ("미상",),
        "visited": ("1900-01-01",),
        "ends": ("9999-12-31 00:00:00",),
        "since": ("0000-00-00",),
    }
    assert {name for name, odd in told.items() if odd.here} == {"days", "before", "money", "visited", "ends", "since"}
    kinds = {name: odd.kind for name, odd in told.items() if odd.kind}
    assert kinds == {"campaign_id": Kind.ID, "mail": Kind.IGNORE, "title": Kind.IGNORE}
    assert told["days"].words == "999 in 90% of the leads, all others from 0 to 190"
    assert {name: odd.taken for name, odd in told.items() if odd.taken} == {
        **dict.fromkeys(("days", "before", "money", "visited", "ends", "since"), "taken for missing"),
        "campaign_id": "taken for an id",
        "mail": "left out",
        "title": "left out",
    }
    assert not any("example.com" in odd.words for odd in told.values())
