"""Short ways to look into a store, and to change the source as a CRM does."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Rows = list[tuple[Any, ...]]
Sql = Callable[..., Rows]


@pytest.fixture
def sql(trained: Path) -> Sql:
    """Run a statement on the store of this test and return its rows."""

    def run(statement: str, *values: Any) -> Rows:
        with closing(sqlite3.connect(trained / "leadscore.db")) as connection, connection:
            return connection.execute(statement, values).fetchall()

    return run


TABLES = {
    "lead_scores": "scored_at",
    "lead_score_history": "scored_at",
    "lead_outcomes": "seen_at",
    "quarantined_leads": None,
    "staged_scores": "scored_at",
    "staged_quarantine": None,
}


@pytest.fixture
def tables(sql: Sql) -> Callable[[], dict[str, Rows]]:
    """The whole content of what a run publishes, run times aside."""

    def read() -> dict[str, Rows]:
        contents = {}
        for table, time in TABLES.items():
            columns = [row[1] for row in sql(f"PRAGMA table_info({table})") if row[1] != time]
            contents[table] = sorted(sql(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)
        return contents

    return read
