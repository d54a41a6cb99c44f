"""Nights to be told of, made by hand."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from leadscore.store import told as store
from leadscore.store.told import ToldModel, ToldNight, ToldRun

NIGHT, DAY = datetime(2026, 1, 2, 2), timedelta(days=1)
NOW = NIGHT + timedelta(hours=6)

RUN = ToldRun(
    run_id="r2",
    status="published",
    scope="due",
    as_of=NIGHT,
    started_at=NIGHT,
    published_at=NIGHT + timedelta(seconds=42),
    model_version="m1",
    n_in_source=60_000,
    n_open=13_000,
    newest_lead=NIGHT - timedelta(hours=3),
    n_pulled=424,
    n_quarantined=4,
    quarantined_by_rule='{"in_range of bant_submit": 4}',
    n_scored=420,
    n_removed=35,
    base_rate=0.082,
    cutoff=0.21,
    error=None,
)
BEFORE = replace(
    RUN, run_id="r1", as_of=NIGHT - DAY, quarantined_by_rule='{"in_range of bant_submit": 1, "allowed of owner": 2}'
)
MODEL = ToldModel("m1", "champion", NIGHT - 5 * DAY, NIGHT - 5 * DAY, NIGHT - 5 * DAY, 40_000, 0.21, "Better.", "{}")


def frame(types: dict[str, Any], rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {name: type_.polars if type_ else None for name, type_ in types.items()}
    return pl.DataFrame(rows, schema, orient="row")


def lead(number: int, **changes: Any) -> tuple[Any, ...]:
    """A row of the queue: the higher the number, the less likely."""
    row = {
        "owner_id": 100 + number % 3,
        "rank": 1 + number // 3,
        "lead_id": 1000 + number,
        "account_id": number,
        "grade": "AABC"[min(number // 10, 3)],
        "score": max(99 - number, 1),
        "probability": 0.9 - number / 150,
        "reasons_for": "expected timeline: less than 3 months; bant submit: 1",
        "reasons_against": "customer country: missing",
    }
    return tuple((row | changes).values())


def move(number: int, moved: int, cause: str = "lead", **changes: Any) -> tuple[Any, ...]:
    row = {
        "lead_id": number,
        "owner_id": 101,
        "previous_score": 50,
        "score": 50 + moved,
        "moved": moved,
        "change_cause": cause,
        "grade": "B",
        "reasons_for": "bant submit: 1",
        "reasons_against": None,
    }
    return tuple((row | changes).values())


def night(n: int = 40, **changes: Any) -> ToldNight:
    """A night with ``n`` leads in the queue."""
    whole = ToldNight(
        runs=(RUN, BEFORE),
        night=RUN,
        champions=(MODEL,),
        grades=frame(store.GRADES, [("A", 1300, 600.4, 900), ("B", 2600, 300.2, 200), ("D", 9000, 90.0, 0)]),
        queue=frame(store.QUEUE, [lead(number) for number in range(n)]),
        n_queue=n,
        n_owners=min(n, 3),
        expected=n / 2,
        changes=frame(store.CHANGES, [("new", 300, 0, 0), ("lead", 120, 70, 50)]),
        moved=frame(store.MOVES, [move(1, 30), move(2, -20), move(3, 5)]),
        proof=frame(
            store.PROOF, [("A", 500, 250, 0.5, 0.47), ("B", 900, 90, 0.1, 0.12), ("D", 2000, 10, 0.005, 0.004)]
        ),
        measures=frame(
            store.MEASURES,
            [("psi", "customer_country", 0.31, 0.2, True, None), ("psi", "bant_submit", 0.0123, 0.2, False, None)],
        ),
    )
    return replace(whole, **changes)


def nothing() -> ToldNight:
    """A store with a model and no run."""
    frames = {"grades": store.GRADES, "queue": store.QUEUE, "changes": store.CHANGES, "moved": store.MOVES}
    frames |= {"proof": store.PROOF, "measures": store.MEASURES}
    empty = {name: frame(types, []) for name, types in frames.items()}
    return night(0, runs=(), night=None, champions=(), expected=0.0, **empty)
