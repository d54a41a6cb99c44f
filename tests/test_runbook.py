"""The runbook quotes what the product says: each message is provoked here, and each test that it names is there."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.errors import LeadScoreError
from leadscore.models.bundle import load
from leadscore.processes import processes
from leadscore.schema import Column, Kind, Schema, Type
from leadscore.sections import Training, Validation
from leadscore.store.audit import _require_steady
from leadscore.store.engine import Timeouts, open_engine, writing
from leadscore.store.lock import one_at_a_time
from leadscore.store.migrate import migrate
from leadscore.store.registry import champion
from leadscore.training.enough import require_enough
from leadscore.validate.batch import BatchCounts, check_batch
from leadscore.validate.rules import BatchLimits, Rules

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.*)\n((?:(?!^## ).*\n)*)", PAGE, re.M))
NOW = datetime(2026, 1, 1)
IDS = dict.fromkeys(("id", "account", "owner"), Type.INTEGER)
Store = sa.Engine


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_engine(f"sqlite:///{tmp_path}/store.db")
    yield engine
    engine.dispose()


def two_runs(store: Store) -> None:
    with one_at_a_time(store), one_at_a_time(store):
        pass


def bad_batch(_: Store) -> None:
    limits = BatchLimits(null_shares={"amount": 0.0}, seen={}, n_leads=4000, freshness_days=7)
    counts = BatchCounts(1000, 900, {"amount": 900}, {})
    rules = Rules(rows=(), batch=limits)
    check_batch(rules, Validation(), counts, n_in_source=4000, n_bad_keys=0, newest_age_days=0.0)


def moved_scores(store: Store) -> None:
    migrate(store, IDS)
    scored = {"probability": 0.5, "raw_probability": 0.5, "grade": "B", "will_convert": 1, "reasons": "{}"}
    stamped = scored | {"model_version": "m", "rules_version": "r", "scored_at": NOW}
    with writing(store) as connection:
        for name, score, more in (
            ("lead_scores", 50, {"run_id": "n", "change_cause": "new"}),
            ("staged_scores", 80, {"chunk": "c"}),
        ):
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            rows = [stamped | more | {"lead_id": lead, "score": score} for lead in range(1000)]
            connection.execute(sa.insert(table), rows)
        _require_steady(connection, 10.0)


def lost_columns(_: Store) -> None:
    columns = (Column(name=name, kind=Kind.NUMBER, type=Type.FLOAT) for name in ("amount", "size"))
    Schema(columns=tuple(columns)).check({"size": Type.TEXT})


def few_leads(_: Store) -> None:
    lives = pl.DataFrame({"label": [1, 0], "created_at": [NOW, NOW], "closed_at": [NOW, NOW]})
    require_enough(lives.cast({"label": pl.Int8}), Training(), NOW, None)


def no_champion(store: Store) -> None:
    champion(store)


def lost_bundle(store: Store) -> None:
    load(f"file://{store.url.database}.zip", "aa")


def changed_bundle(store: Store) -> None:
    file = Path(f"{store.url.database}.zip")
    file.write_bytes(b"PK")
    load(f"file://{file}", "aa")


def killed_process(_: Store) -> None:
    with processes(2, threads=1) as call:
        call(os._exit, 9)


def locked(store: Store) -> None:
    with closing(sqlite3.connect(str(store.url.database), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with writing(open_engine(str(store.url), Timeouts(lock_s=0))):
            pass


def full(store: Store) -> None:
    with writing(store) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        sa.Table("t", sa.MetaData(), sa.Column("n", sa.Integer)).create(connection)


def taken_name(store: Store) -> None:
    with writing(store) as connection:
        sa.Table("lead_scores", sa.MetaData(), sa.Column("mine", sa.Integer)).create(connection)
    migrate(store, IDS)


PROVOKED: dict[str, tuple[Callable[[Store], None], ...]] = {  # in the order of the messages
    "A run works already": (two_runs,),
    "The leads look wrong as a whole": (bad_batch,),
    "The same model scores the same leads quite differently": (moved_scores,),
    "A column is missing or changed its type": (lost_columns,),
    "Too little to learn from": (few_leads,),
    "No model has passed the gate": (no_champion,),
    "The champion's file is lost or damaged": (lost_bundle, changed_bundle),
    "A process was killed": (killed_process,),
    "The database does not answer, is locked or full": (locked, full),
    "An upgrade meets something of yours": (taken_name,),
}


def test_each_failure_of_the_page_is_provoked() -> None:
    assert list(SECTIONS) == list(PROVOKED)


@pytest.mark.parametrize("title", PROVOKED)
def test_the_page_says_what_the_product_says(title: str, store: Store) -> None:
    quoted = re.findall(r"^    (.*)$", SECTIONS[title], re.M)
    for message, provoke in zip(quoted, PROVOKED[title], strict=True):
        with pytest.raises(LeadScoreError) as told:
            provoke(store)
        pattern = ".*".join(map(re.escape, message.split("…")))
        assert re.fullmatch(pattern, told.value.message), told.value.message
        assert told.value.hint


@pytest.mark.parametrize("title", PROVOKED)
def test_the_tests_that_the_page_names_are_there(title: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", SECTIONS[title])
    assert named
    for file, test in named:
        assert f"def {test}" in (ROOT / file).read_text(encoding="utf-8")


def test_every_failure_has_a_cause_and_a_remedy() -> None:
    for section in SECTIONS.values():
        assert re.findall(r"^\*\*(.*?)\.\*\*", section, re.M) == ["Why", "What to do"]
