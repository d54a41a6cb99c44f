import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from leadscore.errors import ConfigError, DatabaseUnreachable, StoreError
from leadscore.store import arrow
from leadscore.store.engine import Timeouts, open_engine, reading, same_database, told, writing

NUMBERS = sa.Table("numbers", sa.MetaData(), sa.Column("n", sa.Integer))


Connect = Callable[[str], sa.Engine]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """`open_engine`, with all its connections closed at the end."""
    with ExitStack() as opened:

        def open_one(url: str) -> sa.Engine:
            engine = open_engine(url)
            opened.callback(engine.dispose)
            return engine

        yield open_one


def test_a_transaction_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    store = open_engine(f"sqlite:///{tmp_path}/store.db")
    with writing(store) as connection:
        NUMBERS.create(connection)
        connection.execute(sa.insert(NUMBERS), [{"n": 1}])
    with pytest.raises(ZeroDivisionError):
        fail_half_way(store)
    with reading(store) as connection:
        assert connection.execute(sa.select(NUMBERS)).scalars().all() == [1]


def fail_half_way(store: sa.Engine) -> None:
    with writing(store) as connection:
        connection.execute(sa.insert(NUMBERS), [{"n": 2}])
        raise ZeroDivisionError


def test_a_database_that_stays_locked_is_unreachable_and_a_retry_can_help(tmp_path: Path) -> None:
    store = open_engine(f"sqlite:///{tmp_path}/store.db", Timeouts(lock_s=0.1))
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseUnreachable, match="locked") as refused, writing(store):
            pass
    assert refused.value.retryable


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"certainly not SQLite " * 100)
    with pytest.raises(StoreError, match="not a database"), writing(open_engine(f"sqlite:///{tmp_path}/store.db")):
        pass


def test_a_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        open_engine("oracle9://user:secret@host/db")
    assert "secret" not in str(refused.value)


def test_a_reader_sees_one_state_and_can_write_nothing(postgres: str, connect: Connect) -> None:
    store = connect(postgres)
    with writing(store) as connection:
        NUMBERS.create(connection)
        connection.execute(sa.insert(NUMBERS), [{"n": 1}])
    with reading(store) as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(NUMBERS)) == 1
        with writing(store) as connection:
            connection.execute(sa.insert(NUMBERS), [{"n": 2}])
        assert reader.scalar(sa.select(sa.func.count()).select_from(NUMBERS)) == 1
    with pytest.raises(StoreError, match="read-only"), reading(store) as reader:
        reader.execute(sa.insert(NUMBERS), [{"n": 3}])


def lose_connection(store: sa.Engine, admin: sa.Engine) -> None:
    with writing(store) as connection:
        pid = connection.scalar(sa.select(sa.func.pg_backend_pid()))
        with writing(admin) as other:
            other.execute(sa.select(sa.func.pg_terminate_backend(pid)))
        connection.execute(sa.select(1))


def test_a_connection_that_the_server_ends_is_worth_a_retry(postgres: str, connect: Connect) -> None:
    store, admin = connect(postgres), connect(postgres)
    with pytest.raises(DatabaseUnreachable) as lost:
        lose_connection(store, admin)
    assert lost.value.retryable
    with reading(store) as connection:
        assert connection.scalar(sa.select(1)) == 1


def test_a_server_that_is_not_there_is_worth_a_retry_and_a_wrong_name_is_not(postgres: str, connect: Connect) -> None:
    with pytest.raises(DatabaseUnreachable, match="refused"), reading(connect("postgresql://127.0.0.1:1/x")):
        pass
    nowhere = sa.make_url(postgres).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(StoreError, match='"nowhere" does not exist'), reading(connect(nowhere)):
        pass


def test_a_password_is_never_told(connect: Connect) -> None:
    with pytest.raises(DatabaseUnreachable) as lost, reading(connect("postgresql://ada:geheim@127.0.0.1:1/x")):
        pass
    assert "geheim" not in str(lost.value)


def limits(engine: sa.Engine) -> set[tuple[str, str]]:
    """The time limits of a session of the engine, and of one of ADBC."""
    names = ("statement_timeout", "lock_timeout")
    asked = sa.select(*(sa.func.current_setting(name).label(name) for name in names))
    with reading(engine) as connection:
        [by_psycopg] = connection.execute(asked).all()
    return {tuple(by_psycopg), *arrow.read(engine, asked).rows()}


def test_every_session_on_postgresql_has_time_limits_which_the_url_may_overrule(
    postgres: str, connect: Connect
) -> None:
    assert limits(connect(postgres)) == {("1h", "30s")}
    assert limits(connect(f"{postgres}&options=-cstatement_timeout%3D5min")) == {("5min", "30s")}


SLOW = sa.text("SELECT pg_sleep(1) FROM generate_series(1, 30)")


def test_a_statement_that_takes_too_long_is_given_up_and_its_setting_named(postgres: str) -> None:
    store = open_engine(postgres, Timeouts(statement_s=0.2))
    told = []
    for ask in (ask_at_once, lambda: arrow.read(store, SLOW), lambda: list(arrow.batches(store, SLOW))):
        with pytest.raises(StoreError, match=r"gave up on a statement: .*timeout") as refused:
            ask(store) if ask is ask_at_once else ask()
        told.append(refused.value.hint)
    store.dispose()
    assert all("statement_timeout_s" in hint for hint in told)


def ask_at_once(store: sa.Engine) -> None:
    with reading(store) as connection:
        connection.execute(SLOW)


def test_a_lock_that_another_holds_is_not_waited_for_without_end(postgres: str, connect: Connect) -> None:
    holder = connect(postgres)
    waiting = open_engine(postgres, Timeouts(lock_s=0.2))
    with writing(holder) as connection:
        NUMBERS.create(connection)
    with writing(holder) as connection:
        connection.execute(sa.insert(NUMBERS), [{"n": 1}])
        with pytest.raises(DatabaseUnreachable, match="lock timeout") as refused, writing(waiting) as other:
            NUMBERS.drop(other)
    waiting.dispose()
    assert refused.value.retryable
    assert "lock_timeout_s" in refused.value.hint


def test_what_a_statement_quotes_of_the_data_is_not_told(postgres: str, connect: Connect) -> None:
    store, seen = connect(postgres), sa.text("SELECT CAST(who AS integer) FROM (VALUES ('kim@example.com')) t (who)")
    for ask in (lambda: arrow.read(store, seen), lambda: list(arrow.batches(store, seen))):
        with pytest.raises(DBAPIError) as refused:
            ask()
        assert "kim" in str(refused.value.orig)
        assert told(refused.value) == 'invalid input syntax for type integer: "…"'


def test_a_session_keeps_times_in_utc_whatever_the_url_asks_for(postgres: str, connect: Connect) -> None:
    other = f"{postgres}&options=-cTimeZone%3DAsia/Seoul"
    with reading(connect(other)) as connection:
        assert connection.scalar(sa.func.current_setting("TimeZone")) == "UTC"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("sqlite:///a.db", "sqlite:///./b/../a.db", True),
        ("sqlite:///a.db", "sqlite:///b.db", False),
        ("postgresql://h/a", "postgresql+psycopg://h/a", True),
        ("postgresql://h/a", "postgresql://other@h/a", False),
        ("sqlite:///a.db", "postgresql://h/a", False),
    ],
)
def test_two_urls_may_name_the_same_database(one: str, other: str, same: bool) -> None:
    assert same_database(one, other) is same
