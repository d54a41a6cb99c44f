"""The twelve questions of docs/query.md on a small store, on SQLite and PostgreSQL: the page does not rot."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from leadscore.schema import Type
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.migrate import migrate

PAGE = Path(__file__).parents[1] / "docs" / "query.md"
QUESTIONS = {
    int(number): statement
    for number, statement in re.findall(r"^### (\d+)\. .*\n\n((?:    .*\n)+)", PAGE.read_text(encoding="utf-8"), re.M)
}
BIG = r"(lead_scores|lead_score_history|lead_outcomes|account_outcomes|scores|history|best|past)\b"
TOTALS = {8, 9, 10, 11, 12}  # the others ask for one lead, owner or account
NIGHT, DAY = datetime(2026, 1, 1, 2), timedelta(days=1)
REASONS = '{"for":[{"feature":"bant_submit","value":"1","effect":0.3}],"against":[]}'
SCORES = ("lead_id", "account_id", "owner_id", "continent", "probability", "score", "grade", "previous_score")
OPEN = (  # in the order of SCORES, and what caused the score
    (4711, 202, 174, "europe", 0.75, 97, "A", 81, "lead"),
    (4712, 202, 175, "europe", 0.25, 85, "B", 85, "model"),
    (4713, 303, 174, "cis", 0.5, 92, "A", None, "new"),
    (4714, 303, 174, None, 0.05, 30, "D", 20, "lead"),
    (4715, None, 174, None, 0.125, 65, "C", None, "new"),
)
ANSWERS: dict[int, list[tuple[Any, ...]]] = {
    1: [
        (1, 4711, 202, "A", 97, 0.75, "bant submit: 1", None),
        (2, 4713, 303, "A", 92, 0.5, "bant submit: 1", None),
    ],
    2: [(97, "A", 0.75, "bant submit: 1", None, 81, "lead", None)],
    3: [(4711, 81, 97, "A", "bant submit: 1"), (4714, 20, 30, "D", "bant submit: 1")],
    4: [(4713, 303, "A", 92, 0.5, NIGHT)],
    5: [(NIGHT - DAY, None, 81, None, "B", "new", "m1"), (NIGHT, 81, 97, 16, "A", "lead", "m1")],
    6: [(4711, 174, "A", 97, 0.75), (4712, 175, "D", 85, 0.25)],
    7: [(37.5, 2, 1.0, 4711, 8.0, 1, 1)],  # 100 * (0.75 + 0.25 + 1 + 5 * 0.2) / (2 + 1 + 5)
    8: [(202, 1, 0.75), (303, 1, 0.5)],
    9: [(174, 2, 1.25)],
    10: [("A", 2, 1, 0.5, 0.5), ("C", 1, 0, 0.0, 0.25)],
    11: [("europe", 2, 1.0), ("cis", 1, 0.5), (None, 2, 0.175)],
    12: [(4712, 175, "D", 85, 0.25, "is a student")],
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    own_postgres_database: Callable[..., AbstractContextManager[str]],
) -> Iterator[sa.Engine]:
    """The small store that all questions are asked, on SQLite and on PostgreSQL; they only read."""
    file = tmp_path_factory.mktemp("questions") / "own.db"
    with own_postgres_database() if request.param == "postgresql" else nullcontext(f"sqlite:///{file}") as url:
        engine = open_engine(url)
        migrate(engine, dict.fromkeys(("id", "account", "owner"), Type.INTEGER))
        with writing(engine) as connection:
            fill(connection)
        yield engine
        engine.dispose()


def fill(connection: sa.Connection) -> None:
    def insert(table: str, **row: Any) -> None:
        connection.execute(sa.insert(sa.Table(table, sa.MetaData(), autoload_with=connection)), row)

    said = {"reasons": REASONS, "model_version": "m1", "rules_version": "r1", "run_id": "n2", "scored_at": NIGHT}
    for *values, cause in OPEN:
        row = dict(zip(SCORES, values, strict=True)) | said | {"change_cause": cause}
        row |= {"raw_probability": row["probability"], "will_convert": row["probability"] > 0.2}
        insert("lead_scores", **row)
        if row["lead_id"] == 4711:
            del row["continent"]
            insert("lead_score_history", **row)
            first = {"score": 81, "grade": "B", "previous_score": None, "change_cause": "new", "run_id": "n1"}
            insert("lead_score_history", **row | first | {"scored_at": NIGHT - DAY})
    run = {"model_version": "m1", "rules_version": "r1", "status": "published", "started_at": NIGHT, "base_rate": 0.2}
    insert("score_runs", run_id="n2", run_key="n2", as_of=NIGHT, **run)
    insert("score_overrides", lead_id=4712, grade="D", by="kim", note="is a student")
    for lead, label, grade, probability in (
        (1, 1, "A", 0.75),
        (2, 0, "A", 0.25),
        (3, 0, "C", 0.25),
        (4, 1, None, None),
    ):
        proof = {"first_grade": grade, "first_probability": probability}
        insert("lead_outcomes", lead_id=lead, account_id=202, label=label, closed_at=NIGHT, seen_at=NIGHT, **proof)
    insert("account_outcomes", account_id=202, leads=1, conversions=1)


def plan(store: sa.Engine, query: str) -> str:
    """How the database answers a question, a line for each step."""
    explain = "EXPLAIN QUERY PLAN " if store.dialect.name == "sqlite" else "EXPLAIN "
    with reading(store) as connection:
        if store.dialect.name == "postgresql":  # five rows are quicker read at once: whether an index would do is asked
            connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        return "\n".join(str(row[-1]) for row in connection.execute(sa.text(explain + query)))


def answer(store: sa.Engine, statement: str) -> list[tuple[Any, ...]]:
    with reading(store) as connection:
        return [tuple(map(plain, row)) for row in connection.execute(sa.text(statement))]


def plain(cell: Any) -> Any:
    """A cell in the same type from either database: times naive, fractions to nine places."""
    if isinstance(cell, str) and re.fullmatch(r"\d{4}-\d\d-\d\d .*", cell):
        return datetime.fromisoformat(cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    return round(float(cell), 9) if isinstance(cell, float) else cell


def test_the_page_has_twelve_questions() -> None:
    assert sorted(QUESTIONS) == list(range(1, 13)) == sorted(ANSWERS)


@pytest.mark.parametrize("number", sorted(ANSWERS))
def test_a_question_is_answered(store: sa.Engine, number: int) -> None:
    assert answer(store, QUESTIONS[number]) == ANSWERS[number]


@pytest.mark.parametrize("number", sorted(ANSWERS.keys() - TOTALS))
def test_a_question_about_one_lead_owner_or_account_reads_no_table_as_a_whole(store: sa.Engine, number: int) -> None:
    steps = plan(store, QUESTIONS[number])
    assert re.findall(rf"SCAN {BIG}|Seq Scan on {BIG}", steps) == [], steps


@pytest.mark.parametrize("number", [8, 9, 10, 11])
def test_a_total_on_sqlite_reads_of_each_row_what_an_index_holds(store: sa.Engine, number: int) -> None:
    if store.dialect.name == "sqlite":
        steps = plan(store, QUESTIONS[number])
        assert "USING COVERING INDEX" in steps
        assert re.findall(rf"SCAN {BIG}(?! USING COVERING INDEX)", steps) == [], steps
