"""SQL injection through every setting and argument that becomes a name, a value or a query, on both databases.

Each string either works, as an odd name, or is a clear error. A canary lives through all of them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.errors import ConfigError, LeadScoreError, SourceError, StoreError
from leadscore.explain.lead import explained
from leadscore.intake.importing import import_file
from leadscore.intake.options import FileOptions
from leadscore.model_pages import stored_page
from leadscore.promotion import promote_by_hand
from leadscore.schema import Kind, Type
from leadscore.sections import Leads
from leadscore.settings import load_settings
from leadscore.setup.initialising import initialise
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.load import load_table
from leadscore.store.migrate import migrate
from leadscore.store.published import accept_run, top_leads
from leadscore.store.source import fetch, first_rows, open_source, scan
from leadscore.store.write_back import bring_in_line
from leadscore.training.card import stored_card

DROP = "DROP TABLE canary"
BREAKING_OUT = [  # of quotes and of parentheses, into another statement
    f"{before}{middle}{after}"
    for before in ("x", "x'", 'x"', "x`", "x]", "x)", "x')", "x'')", 'x")', "1")
    for middle in (f"; {DROP}",)
    for after in ("", "; --", " #")
]
CONDITIONS = ["' OR '1'='1", '" OR ""="', "1 OR 1=1", "' OR 1=1 --", "') OR ('1'='1", "x' AND SLEEP(9) --", "' OR ''='"]
UNIONS = ["x' UNION SELECT 1 --", '" UNION ALL SELECT * FROM canary --', "1) UNION SELECT n FROM canary --"]
QUOTES = ["'''", '"""', "''' = 1"]
MARKS = [
    "%s",
    "%(n)s",
    "%",
    "%%",
    ":x",
    ":ids",
    "::text",
    "?",
    "$1",
    "$$",
    "{0}",
    "{table}",
    "\\",
    "\\'",
    "\\.",
    "E'\\''",
]
ODD = [
    "'",
    '"',
    '""',
    "`",
    "[x]",
    "a.b",
    ".",
    "-- x",
    "/*",
    "*/ x /*",
    "; ",
    "SELECT",
    "table",
    "\uff24\uff32\uff2f\uff30\uff07",
    "\u02bc",
    "\a",
]
STRINGS = [*BREAKING_OUT, *CONDITIONS, *UNIONS, *QUOTES, *MARKS, *ODD]
EMPTY = ["", " "]
PRINTABLE = [text for text in STRINGS if text.isprintable()]
N, DAY = 6, datetime(2026, 1, 2)

Some = Callable[[list[str]], list[str]]


@pytest.fixture(params=["few", pytest.param("all", marks=pytest.mark.acceptance)])
def some(request: pytest.FixtureRequest) -> Some:
    """All strings, or by `make test` some of each sort: some take a second each."""
    return lambda strings: strings if request.param == "all" else strings[::19]


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    opened = open_engine(database)
    load_table(opened, "canary", [pl.DataFrame({"n": [1]})], "n")
    load_table(opened, "leads", [leads_like("")], "id")
    yield opened
    opened.dispose()


@pytest.fixture
def store(database: str) -> Iterator[sa.Engine]:
    """A score store with the canary; accounts and owners have names, leads are numbers."""
    opened = open_engine(database)
    migrate(opened, {"id": Type.INTEGER, "account": Type.INTEGER, "owner": Type.TEXT})
    load_table(opened, "canary", [pl.DataFrame({"n": [1]})], "n")
    yield opened
    opened.dispose()


def columns_like(text: str) -> dict[str, str]:
    """A name for each role: ``text`` with something behind it."""
    roles = ("id", "label", "created_at", "updated_at", "closed_at", "account", "owner", "score", "size")
    return {role: f"{text}{role if not text else i}" for i, role in enumerate(roles)}


def leads_like(text: str, cell: str = "x") -> pl.DataFrame:
    """Leads in columns that are named like ``text``, with ``cell`` in each column of text."""
    name = columns_like(text)
    return pl.DataFrame(
        {
            name["id"]: [f"{cell}{i}" for i in range(N)],
            name["label"]: [0, 1, None] * (N // 3),
            **{name[role]: [DAY] * N for role in ("created_at", "updated_at", "closed_at")},
            **{name[role]: [cell] * N for role in ("account", "owner")},
            name["score"]: [None] * N,
            name["size"]: [1.5] * N,
        },
        schema_overrides={name["score"]: pl.Int64},
    )


def settings_like(table: str, text: str) -> Leads:
    name = columns_like(text)
    roles = {role: name[role] for role in ("id", "label", "created_at", "updated_at", "closed_at", "account", "owner")}
    odd = {"exclude": (name["size"],), "kinds": {name["size"]: Kind.NUMBER}, "missing_in": {name["size"]: (999,)}}
    return Leads(table=table, **roles, **odd)


def require_canary(engine: sa.Engine) -> None:
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT n FROM canary").fetchall() == [(1,)]


def failing(engine: sa.Engine, work: Callable[[str], None], strings: list[str]) -> dict[str, str]:
    """Which of the strings make ``work`` fail by other than a refusal in words, and how."""
    failed = {}
    for text in strings:
        try:
            work(text)
        except LeadScoreError:
            pass
        except Exception as error:
            failed[text] = repr(error)
        require_canary(engine)
    return failed


def test_there_are_enough_of_them() -> None:
    assert len(set(STRINGS)) == len(STRINGS) >= 50


def test_leads_are_read_and_written_whatever_their_table_and_columns_are_called(engine: sa.Engine, some: Some) -> None:
    def work(text: str) -> None:
        load_table(engine, text, [leads_like(text, text)], columns_like(text)["id"])
        score = columns_like(text)["score"]
        source = open_source(engine, settings_like(text, text), written=[score])
        lives = scan(source, 3)
        assert lives["owner_id"].to_list() == [text] * N
        assert fetch(source, lives["lead_id"]).raw.height == first_rows(source, 100).height == N
        wanted = lives.select("lead_id", "lead_updated_at", "row_hash", score=pl.lit(7))
        with writing(engine) as connection:
            assert bring_in_line(connection, source, {"score": score}, wanted).n_written == N

    done: list[str] = []
    assert failing(engine, lambda text: done.append(text) if work(text) is None else None, some(STRINGS)) == {}
    assert done == some(STRINGS), "none was refused"


def test_a_name_that_is_not_there_is_a_clear_error(engine: sa.Engine, some: Some) -> None:
    roles = ("table", "id", "label", "created_at", "updated_at", "closed_at", "account", "owner", "order")

    def work(text: str) -> None:
        usual = {"table": "leads", "id": "id", "label": "label"}
        tried = [usual | {role: text} for role in roles]
        tried += [
            usual | {"exclude": (text,)},
            usual | {"kinds": {text: Kind.TEXT}},
            usual | {"missing_in": {text: ()}},
        ]
        for setting in tried:
            if setting != usual and all(setting.values()):
                with pytest.raises(SourceError):
                    open_source(engine, Leads(**setting))
        with pytest.raises(SourceError):
            open_source(engine, Leads(**usual), written=[text])

    assert failing(engine, work, some([*EMPTY, *STRINGS])) == {}


QUERIES = [
    DROP,
    "DELETE FROM canary",
    "DELETE FROM canary RETURNING n AS id, n AS label",
    "UPDATE canary SET n = 2 RETURNING n AS id, n AS label",
    "WITH gone AS (DELETE FROM canary RETURNING n) SELECT n AS id, n AS label FROM gone",
    "INSERT INTO canary VALUES (2) RETURNING n AS id, n AS label",
    f"SELECT 1 AS id, 0 AS label; {DROP}",
    f"SELECT 1 AS id, 0 AS label; COMMIT; {DROP}",
    f"SELECT 1 AS id, 0 AS label; COMMIT; {DROP}; SELECT 1 AS id, 0 AS label",
    f"COMMIT; {DROP}; SELECT 1 AS id, 0 AS label",
    f"ROLLBACK; {DROP}",
    f"SELECT 1 AS id, 0 AS label) AS x; COMMIT; {DROP}; --",
    f"SELECT 1 AS id, 0 AS label FROM canary) AS leads; {DROP}; SELECT * FROM (SELECT 1 AS id, 0 AS label",
    f"SET default_transaction_read_only = off; {DROP}",
    f"SET TRANSACTION READ WRITE; {DROP}",
    f"DO $$ BEGIN EXECUTE '{DROP}'; END $$",
    f"PRAGMA query_only = off; {DROP}",
    "PRAGMA query_only = off",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ATTACH DATABASE 'attached.db' AS other",
    "VACUUM INTO 'copied.db'",
    "COPY (SELECT 1) TO '/tmp/leadscore_copied'",
    "SELECT 1 AS id, 0 AS label INTO other",
    "CREATE TABLE other AS SELECT 1 AS id, 0 AS label",
]


def test_a_query_of_the_leads_reads_and_changes_nothing(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, some: Some
) -> None:
    monkeypatch.chdir(tmp_path)

    def work(query: str) -> None:
        with pytest.raises(LeadScoreError):
            scan(open_source(engine, Leads(query=query, id="id", label="label")), 10)
        assert sorted(sa.inspect(engine).get_table_names()) == ["canary", "leads"]
        with writing(engine) as connection:
            connection.exec_driver_sql("UPDATE leads SET size = 2")  # nor is anything left behind on the connection

    assert failing(engine, work, some([*QUERIES, *(f"{query}; --" for query in QUERIES)])) == {}
    assert {path.name for path in tmp_path.iterdir()} <= {"own.db"}


def nothing_to_tell(*_: Any) -> None:
    """Progress that nobody watches."""


def test_a_file_is_imported_whatever_its_table_and_columns_are_called(
    engine: sa.Engine, tmp_path: Path, some: Some
) -> None:
    url = engine.url.render_as_string(hide_password=False)

    def work(text: str) -> None:
        file = tmp_path / "leads.csv"
        leads_like(text, text).write_csv(file, quote_style="always")
        for key in (None, columns_like(text)["id"]):
            done = import_file(file, url, f"{text} {key and 1}", FileOptions(separator=","), key, nothing_to_tell)
            assert done.merged.n_new == N
            again = import_file(file, url, f"{text} {key and 1}", FileOptions(separator=","), key, nothing_to_tell)
            assert again.merged.n_known == N

    assert failing(engine, work, some(PRINTABLE)) == {}


def test_init_quotes_the_tables_and_columns_that_it_joins(engine: sa.Engine, tmp_path: Path, some: Some) -> None:
    url, tables = engine.url.render_as_string(hide_password=False), sa.inspect(engine).get_table_names()
    ids = [f"k{i}" for i in range(40)]

    def work(text: str) -> None:
        leads = pl.DataFrame({f"{text} id": ids, "origin": ["a", "b"] * 20})
        deals = pl.DataFrame(
            {"deal": range(4), f"{text} id": ids[:4], f"{text} won date": [DAY + timedelta(days=i) for i in range(4)]}
        )
        load_table(engine, f"{text} leads", [leads], f"{text} id")
        load_table(engine, f"{text} deals", [deals], "deal")
        file = tmp_path / "leadscore.toml"
        said = dict.fromkeys(
            ("label", "converted", "lost", "created_at", "closed_at", "updated_at", "account", "owner")
        )
        draft = initialise(file, url, f"{text} leads", {"id": f"{text} id", **said}, lambda *_: None, DAY)
        assert draft.outcome.query
        lives = scan(open_source(engine, load_settings(file).leads), 10)
        assert lives["label"].sum() == 4
        with writing(engine) as connection:
            for name in set(sa.inspect(connection).get_table_names()) - set(tables):
                sa.Table(name, sa.MetaData()).drop(connection)

    assert failing(engine, work, some(PRINTABLE)) == {}


def test_what_init_is_told_of_and_is_not_there_is_a_clear_error(engine: sa.Engine, tmp_path: Path, some: Some) -> None:
    url, file = engine.url.render_as_string(hide_password=False), tmp_path / "leadscore.toml"
    roles = ("id", "label", "created_at", "closed_at", "updated_at", "account", "owner")

    def work(text: str) -> None:
        with pytest.raises(LeadScoreError):
            initialise(file, url, text, dict.fromkeys(roles), lambda *_: None, DAY)
        for role in roles:
            with pytest.raises((SourceError, ConfigError)):
                initialise(file, url, "leads", dict.fromkeys(roles) | {role: text}, lambda *_: None, DAY)

    assert failing(engine, work, some(STRINGS)) == {}


def test_what_a_person_types_is_bound(store: sa.Engine, some: Some) -> None:
    url = store.url.render_as_string(hide_password=False)

    def work(text: str) -> None:
        assert top_leads(url, 10, text).is_empty()
        for ask in (
            partial(explained, url, text),
            partial(accept_run, url, text, text),
            partial(promote_by_hand, url, text, text, DAY),
            partial(stored_card, url, text),
            partial(stored_page, url, text),
        ):
            with pytest.raises(StoreError):
                ask()

    assert failing(store, work, some([*EMPTY, *STRINGS])) == {}
