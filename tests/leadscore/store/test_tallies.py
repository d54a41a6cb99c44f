"""What is kept beside the outcomes when a night changes them: their count by account, and what was said before."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.due import OUTCOME
from leadscore.pipeline import Pipeline
from leadscore.spool import Spool
from leadscore.store.engine import reading, writing
from leadscore.store.queries import execute, execute_many, load_rows
from leadscore.store.tallies import keeping_tallies

NIGHT, DAY = datetime(2026, 1, 1, 2), timedelta(days=1)
LEADS = {"lead_id": pl.Int64, "account_id": pl.String, "owner_id": pl.String, "created_at": pl.Datetime("us")}
SCAN = LEADS | {"closed_at": pl.Datetime("us"), "label": pl.Int8}
NOBODY = pl.DataFrame(schema=SCAN)
SCORE: dict[str, Any] = {
    "raw_probability": 0.5,
    "score": 90,
    "will_convert": True,
    "reasons": "{}",
    "model_version": "m1",
    "rules_version": "r1",
    "change_cause": "new",
}


def leads(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCAN)


def night(
    store: sa.Engine, known: pl.DataFrame, *, reopened: tuple[int, ...] = (), vanished: tuple[int, ...] = ()
) -> None:
    """Change the outcomes as a publication does."""
    ids = {"reopened": reopened, "vanished": vanished}
    left = {name: leads(*({"lead_id": each} for each in those)).select("lead_id") for name, those in ids.items()}
    nothing = dict.fromkeys(("rescored_late", "bad_keys", "gone", "settled", "replaced"), NOBODY)
    pipeline = Pipeline(n_in_source=0, n_open=0, due=Spool(), outcomes=known, newest=None, **nothing, **left)
    with writing(store) as connection:
        load_rows(connection, "stage_outcomes", known.select(OUTCOME).with_columns(seen_at=NIGHT + DAY))
        with keeping_tallies(connection, pipeline):
            execute(connection, "merge_outcomes")
            execute_many(connection, "remove_outcome", pipeline.reopened)
            execute_many(connection, "vanish_outcome", pipeline.vanished)
        execute(connection, "clear_staged_outcomes")
        execute(connection, "clear_staged_accounts")


def rows(store: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    with reading(store) as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def tallies(store: sa.Engine) -> dict[str, tuple[int, int]]:
    return {account: (n, won) for account, n, won in rows(store, "SELECT * FROM account_outcomes ORDER BY 1")}


def test_the_outcomes_of_each_account_are_counted(store: sa.Engine) -> None:
    night(
        store,
        leads(
            {"lead_id": 1, "account_id": "acme", "label": 1},
            {"lead_id": 2, "account_id": "acme", "label": 0},
            {"lead_id": 3, "account_id": "best", "label": 0},
            {"lead_id": 4, "label": 1},
        ),
    )
    assert tallies(store) == {"acme": (2, 1), "best": (1, 0)}


def test_what_changes_is_counted_anew_where_it_was_and_where_it_is(store: sa.Engine) -> None:
    night(store, leads(*({"lead_id": i, "account_id": "acme", "label": 1} for i in (1, 2, 3, 4))))
    night(
        store, leads({"lead_id": 1, "account_id": "best", "label": 1}, {"lead_id": 2, "account_id": "acme", "label": 0})
    )
    assert tallies(store) == {"acme": (3, 2), "best": (1, 1)}
    night(store, NOBODY, reopened=(1,), vanished=(3,))
    assert tallies(store) == {"acme": (2, 1)}
    night(store, leads({"lead_id": 3, "account_id": "acme", "label": 1}))
    assert tallies(store) == {"acme": (3, 2)}, "a lead that is back counts again"


def scored(store: sa.Engine, lead: int, run: str, at: datetime, grade: str, **change: Any) -> None:
    row = {"lead_id": lead, "run_id": run, "scored_at": at, "grade": grade, "probability": 0.5} | SCORE | change
    with writing(store) as connection:
        connection.execute(sa.insert(sa.Table("lead_score_history", sa.MetaData(), autoload_with=connection)), row)


@pytest.mark.parametrize(
    ("closed", "proof"),
    [
        (NIGHT + timedelta(hours=1), ("B", 0.25)),
        (None, ("B", 0.25)),  # seen a day after the score
        (NIGHT - timedelta(hours=1), (None, None)),  # the score came too late to prove anything
        (NIGHT, (None, None)),
    ],
)
def test_beside_an_outcome_stands_the_first_published_score_if_it_came_before(
    store: sa.Engine, closed: datetime | None, proof: tuple[str | None, float | None]
) -> None:
    scored(store, 1, "n3", NIGHT + DAY, "A")
    scored(store, 1, "n2", NIGHT, "B", probability=0.25)
    scored(store, 1, "n1", NIGHT - DAY, "C", backfill=True)
    night(store, leads({"lead_id": 1, "account_id": "acme", "label": 1, "closed_at": closed}))
    assert rows(store, "SELECT first_grade, first_probability FROM lead_outcomes") == [proof]


def test_a_corrected_closing_moves_the_proof_along(store: sa.Engine) -> None:
    scored(store, 1, "n1", NIGHT, "B")
    for closed, grade in ((NIGHT - DAY, None), (NIGHT + DAY, "B"), (NIGHT - DAY, None)):
        night(store, leads({"lead_id": 1, "label": 1, "closed_at": closed}))
        assert rows(store, "SELECT first_grade FROM lead_outcomes") == [(grade,)]
