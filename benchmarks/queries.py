"""How long the twelve questions of docs/query.md take on a store of a million open leads.

The store is filled by the database itself with made-up scores: a million open leads and as many closed ones, each with
its first score, a full night of a new model, and ten nights of which each changed 1%.

    queries.py [--leads N] [--sqlite [--folder DIR] | --server URL]
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from servers import database, postgresql

from leadscore.schema import Type
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.migrate import migrate

PAGE = Path(__file__).parents[1] / "docs" / "query.md"
QUESTIONS = re.findall(r"^### (\d+)\. (.*)\n\n((?:    .*\n)+)", PAGE.read_text(encoding="utf-8"), re.M)
RANKING = "SELECT * FROM account_index ORDER BY customer_index DESC, account_id LIMIT 20"
REPEATS = 5
OWNERS, ACCOUNTS = 1000, 590_000  # of a million leads: as of the 59,299 that the design knows of, and one catch-all
SIDE = [{"feature": "expected_timeline", "value": "less than 3 months", "effect": 0.83}] * 3
REASONS = json.dumps({"for": SIDE, "against": SIDE}, separators=(",", ":"))

SCORES = """
INSERT INTO {table} (
    run_id, lead_id, account_id, owner_id, {continent} probability, raw_probability, score, grade, will_convert,
    reasons,
    model_version, rules_version, scored_at, previous_score, change_cause
)
WITH RECURSIVE counted (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM counted WHERE i < {n}),
drawn AS (SELECT i * {step} AS i, (i * {step} * 2654435761) % 1000003 / 1000003.0 AS p FROM counted)
SELECT
    '{run}', i + {first}, CASE WHEN i % 100 = 0 THEN 0 ELSE 1 + (i * 7919) % {accounts} END, (i * 104729) % {owners},
    {continent_of} p * p, p * p, 1 + CAST(p * 98 AS INTEGER),
    CASE WHEN p > 0.9 THEN 'A' WHEN p > 0.7 THEN 'B' WHEN p > 0.4 THEN 'C' ELSE 'D' END,
    p > 0.85, {reasons}, 'm2', 'r1', {at}, {previous}, '{cause}'
FROM drawn
"""
OUTCOMES = """
INSERT INTO lead_outcomes (
    lead_id, account_id, owner_id, created_at, closed_at, label, seen_at, first_grade, first_probability
)
SELECT
    lead_id, account_id, owner_id, scored_at, {at}, CASE WHEN probability > 0.85 THEN 1 ELSE 0 END, {at}, grade,
    probability
FROM lead_score_history
WHERE run_id = 'closed'
"""
TALLIES = """
INSERT INTO account_outcomes (account_id, leads, conversions)
SELECT account_id, COUNT(*), SUM(label) FROM lead_outcomes GROUP BY account_id
"""
RUN = """
INSERT INTO score_runs (run_id, run_key, status, as_of, model_version, rules_version, started_at, base_rate)
VALUES ('full', 'full', 'published', {at}, 'm2', 'r1', {at}, 0.08)
"""


def fill(engine: sa.Engine, n: int) -> None:
    """Fill an empty store."""
    on_postgres = engine.dialect.name == "postgresql"
    migrate(engine, dict.fromkeys(("id", "account", "owner"), Type.INTEGER))
    reasons = f"CAST('{REASONS}' AS JSON)" if on_postgres else f"'{REASONS}'"

    def at(day: str) -> str:
        return f"CAST('{day} 02:00:00+00' AS TIMESTAMPTZ)" if on_postgres else f"'{day} 02:00:00.000000'"

    def scores(table: str, run: str, day: str, cause: str, *, n: int = n, first: int = 0, step: int = 1) -> str:
        present = table == "lead_scores"
        return SCORES.format(
            table=table,
            run=run,
            at=at(day),
            cause=cause,
            n=n,
            first=first,
            step=step,
            accounts=ACCOUNTS * n * step // 10**6,
            owners=OWNERS,
            reasons=reasons,
            previous="NULL" if cause == "new" else "1 + (i * 31) % 99",
            continent="continent," if present else "",
            continent_of="CASE i % 4 WHEN 0 THEN 'europe' WHEN 1 THEN 'asia-pacific' ELSE 'cis' END,"
            if present
            else "",
        )

    history = "lead_score_history"
    changed = [
        scores(history, f"changed{i}", f"2025-06-{i:02}", "lead", n=n // 100, step=100, first=i) for i in range(1, 11)
    ]
    for words in (
        scores("lead_scores", "full", "2026-01-01", "model"),
        scores(history, "open", "2025-01-01", "new"),
        scores(history, "closed", "2025-01-01", "new", first=10 * n),
        scores(history, "full", "2026-01-01", "model"),
        *changed,
        OUTCOMES.format(at=at("2025-09-01")),
        RUN.format(at=at("2026-01-01")),
        TALLIES,
    ):
        with writing(engine) as connection:
            connection.exec_driver_sql(words.replace("%", "%%") if on_postgres else words)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if on_postgres else "ANALYZE")


def seconds(connection: sa.Connection, query: str) -> float:
    """The least of `REPEATS` times, which an idle machine would take."""
    found = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        connection.execute(sa.text(query)).fetchall()
        found.append(time.perf_counter() - started)
    return min(found)


def arguments(doc: str | None, leads: int) -> argparse.Namespace:
    """How many leads are made, if not said otherwise, and in which database."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--leads", type=int, default=leads, help="open leads; as many closed ones come on top")
    parser.add_argument("--sqlite", action="store_true", help="measure SQLite instead of PostgreSQL")
    parser.add_argument("--folder", type=Path, help="where the SQLite file is made, about 4 GB a million leads")
    parser.add_argument("--server", help="URL of a PostgreSQL on which a database may be made, else one of its own")
    return parser.parse_args()


@contextmanager
def store(arguments: argparse.Namespace) -> Iterator[str]:
    """The URL of an empty store."""
    if arguments.sqlite:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            yield f"sqlite:///{folder}/queries.db"
    else:
        with postgresql(arguments.server) as server, database(server) as url:
            yield url


def measure(url: str, n: int) -> None:
    """Fill the store and print what each question takes."""
    engine = open_engine(url)
    started = time.perf_counter()
    fill(engine, n)
    print(f"{engine.dialect.name}, {n:,} open leads, filled in {time.perf_counter() - started:.0f} s")
    with reading(engine) as connection:
        for number, title, query in [*QUESTIONS, ("-", "All accounts, ranked by their index", RANKING)]:
            print(f"{seconds(connection, query) * 1000:9.1f} ms  {number:>2}  {title}", flush=True)
    engine.dispose()


if __name__ == "__main__":
    given = arguments(__doc__, 1_000_000)
    with store(given) as url:
        measure(url, given.leads)
