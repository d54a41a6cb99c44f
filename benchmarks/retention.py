"""What a full rescore adds to the history, and how pruning lets it go: sizes, seconds, and the longest transaction.

The store is that of `queries.py`: each open lead with its first score and a change by a new model, as many closed ones,
ten nights of which each changed 1%; and three full rescores more. All of it is older than the limit.

    retention.py [--leads N] [--sqlite [--folder DIR] | --server URL]
"""

import time
from datetime import datetime

import sqlalchemy as sa
from queries import arguments, fill, store

from leadscore.sections import Retention
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.retention import Pruning

NOW = datetime(2027, 2, 1)
SIZES = {
    "sqlite": "SELECT SUM(pgsize) FROM dbstat WHERE name IN"
    " ('lead_score_history', 'lead_score_history_lead', 'sqlite_autoindex_lead_score_history_1')",
    "postgresql": "SELECT pg_total_relation_size('lead_score_history')",
}
AGAIN = """
INSERT INTO lead_score_history (
    run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, scored_at, previous_score, change_cause
)
SELECT
    :run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, :at, previous_score, change_cause
FROM lead_score_history WHERE run_id = 'full'
"""
RUNS = """
INSERT INTO score_runs (run_id, run_key, status, as_of, model_version, rules_version, started_at)
SELECT run_id, run_id, 'published', MIN(scored_at), 'm2', 'r1', MIN(scored_at) FROM lead_score_history
WHERE run_id <> 'full' GROUP BY run_id
"""


def rows_and_bytes(engine: sa.Engine) -> tuple[int, int]:
    """Of the history with its indexes."""
    with reading(engine) as connection:
        n = connection.execute(sa.text("SELECT COUNT(*) FROM lead_score_history")).scalar_one()
        return n, int(connection.execute(sa.text(SIZES[engine.dialect.name])).scalar_one())


def measure(url: str, leads: int) -> None:
    """Fill the store, prune it, and print what that was."""
    engine = open_engine(url)
    fill(engine, leads)
    with writing(engine) as connection:
        for week in range(1, 4):
            again = sa.text(AGAIN).bindparams(sa.bindparam("at", type_=sa.DateTime()))
            connection.execute(again, {"run_id": f"full{week}", "at": datetime(2026, 1, 1 + 7 * week)})
        connection.execute(sa.text(RUNS))
        connection.execute(sa.text("UPDATE score_runs SET published_at = started_at"))
    rows, size = rows_and_bytes(engine)
    print(f"{engine.dialect.name}: {rows:,} changes take {size / rows:.0f} bytes each with their indexes:")
    print(f"a full rescore of {leads:,} leads adds {leads * size / rows / 1e6:,.0f} MB")
    started = last = time.perf_counter()
    gone, longest = 0, 0.0
    for each in Pruning(engine, Retention(), NOW)._history():
        gone, longest, last = gone + each.changes, max(longest, time.perf_counter() - last), time.perf_counter()
    print(f"{gone:,} of them go in {last - started:.1f} s, at most {longest:.2f} s in one transaction")
    started = time.perf_counter()
    Pruning(engine, Retention(), NOW).run()
    print(f"another night takes {time.perf_counter() - started:.2f} s")
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM lead_score_history")
    rows, size = rows_and_bytes(engine)
    print(f"left: {rows:,} changes in {size / 1e6:,.0f} MB, of which what went is free for those to come")
    engine.dispose()


if __name__ == "__main__":
    given = arguments(__doc__, 100_000)
    with store(given) as address:
        measure(address, given.leads)
