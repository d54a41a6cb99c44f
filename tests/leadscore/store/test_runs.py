import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from leadscore.errors import (
    AlreadyRunning,
    AuditFailed,
    BatchRefused,
    ConfigError,
    DatabaseUnreachable,
    Overtaken,
    StoreError,
)
from leadscore.schema import Type
from leadscore.store.engine import Timeouts, open_engine, reading, writing
from leadscore.store.migrate import migrate
from leadscore.store.queries import execute
from leadscore.store.registry import Entry, register
from leadscore.store.runs import Run, accept, begin_run, closing_on_error, hold, share

NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
MODEL = Entry("m1", "champion", NIGHT, NIGHT, 1000, None, NIGHT, '{"f1": 0.5}', 0.3, "file:///m1.zip", "aa", "better")


PUBLISHED = {
    "status": "published",
    **dict.fromkeys(("n_in_source", "n_open", "n_pulled", "n_quarantined", "n_scored", "n_removed"), 0),
    "newest_lead": NIGHT,
    "quarantined_by_rule": "{}",
    "adjustment": 0,
    **dict.fromkeys(("base_rate", "cutoff", "raw_cutoff", "queue_from"), 0.1),
    "written_into": None,
    "published_at": NIGHT,
}


@pytest.fixture
def store(store: sa.Engine) -> sa.Engine:
    register(store, MODEL)
    return store


def begin(
    store: sa.Engine, as_of: datetime = NIGHT, *, full: bool = False, model: str = "m1", by_schedule: bool = False
) -> Run:
    versions = {"model_version": model, "rules_version": "r1"}
    return begin_run(store, as_of=as_of, full=full, now=NIGHT + 9 * DAY, by_schedule=by_schedule, **versions)


def publish(store: sa.Engine, run: Run, status: str = "published") -> None:
    with writing(store) as connection:
        execute(connection, "publish_run", run_id=run.run_id, **PUBLISHED | {"status": status})


def ledger(store: sa.Engine, run: Run) -> tuple[str, str | None]:
    table = sa.Table("score_runs", sa.MetaData(), autoload_with=store)
    with reading(store) as connection:
        row = connection.execute(sa.select(table.c.status, table.c.error).where(table.c.run_id == run.run_id)).one()
    return row.status, row.error


def test_the_same_moment_scope_and_model_are_the_same_run(store: sa.Engine) -> None:
    first = begin(store)
    assert begin(store).run_id == first.run_id
    others = {begin(store, full=True).run_id, begin(store, NIGHT + DAY).run_id, begin(store, model="m2").run_id}
    assert len({first.run_id, *others}) == 4


def test_a_run_that_was_killed_is_taken_up_by_the_next_attempt_of_its_key(store: sa.Engine) -> None:
    first, second = begin(store), begin(store)
    assert (first.attempt, second.attempt) == (1, 2)
    assert ledger(store, second) == ("running", None)


def test_a_run_of_another_key_closes_the_one_that_was_killed(store: sa.Engine) -> None:
    killed = begin(store)
    begin(store, NIGHT + DAY)
    assert ledger(store, killed) == ("failed", "interrupted")


@pytest.mark.parametrize("as_of", [NIGHT, NIGHT + DAY])
def test_who_was_overtaken_touches_nothing_more(store: sa.Engine, as_of: datetime) -> None:
    slow = begin(store)
    begin(store, as_of)
    for keep in (hold, share):
        with pytest.raises(AlreadyRunning, match=slow.run_id), writing(store) as connection:
            keep(connection, slow)
    with pytest.raises(ZeroDivisionError), closing_on_error(store, slow):
        raise ZeroDivisionError
    assert ledger(store, slow) == (("running", None) if as_of == NIGHT else ("failed", "interrupted"))


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_who_works_for_a_run_does_not_wait_for_the_others_but_whoever_takes_over_does(store: sa.Engine) -> None:
    run, hasty = begin(store), open_engine(store.url.render_as_string(hide_password=False), Timeouts(lock_s=0.2))
    with writing(hasty) as one, writing(hasty) as another:
        share(one, run)
        share(another, run)
        with pytest.raises(DatabaseUnreachable, match="lock timeout"):
            begin(hasty, NIGHT + DAY)
    hasty.dispose()


def test_a_published_run_stays_published_whatever_happens_after_it(store: sa.Engine) -> None:
    run = begin(store)
    publish(store, run)
    with pytest.raises(ZeroDivisionError), closing_on_error(store, run):
        raise ZeroDivisionError
    again = begin(store)
    assert again.published
    assert ledger(store, run) == ("published", None)


@pytest.mark.parametrize(
    ("error", "status"), [(BatchRefused("bad", "look"), "refused"), (AuditFailed("bad", "look"), "refused")]
)
def test_a_refusal_is_kept_with_its_words(store: sa.Engine, error: Exception, status: str) -> None:
    run = begin(store)
    with pytest.raises(type(error)) as raised, closing_on_error(store, run):
        raise error
    assert ledger(store, run) == (status, str(raised.value))


def test_only_a_refusal_by_a_limit_says_how_to_accept_it(store: sa.Engine) -> None:
    run = begin(store)
    with pytest.raises(BatchRefused, match=f"--accept {run.run_id}"), closing_on_error(store, run):
        raise BatchRefused("bad", "look.")
    with pytest.raises(AuditFailed) as failed, closing_on_error(store, begin(store)):
        raise AuditFailed("bad", "look.")
    assert "--accept" not in str(failed.value)


def test_a_moment_before_the_present_scores_is_a_backfill(store: sa.Engine) -> None:
    publish(store, begin(store), "empty")
    assert begin(store, NIGHT - DAY).scope == "backfill"
    assert begin(store, NIGHT - DAY, full=True).scope == "backfill"
    assert begin(store, NIGHT + DAY).scope == "due"
    assert begin(store, NIGHT, full=True).scope == "full"


def test_a_backfill_does_not_move_the_moment_that_the_present_scores_stand_for(store: sa.Engine) -> None:
    publish(store, begin(store))
    publish(store, begin(store, NIGHT - DAY))
    assert begin(store, NIGHT - DAY / 2).scope == "backfill"


def test_a_moment_that_lies_ahead_is_refused(store: sa.Engine) -> None:
    with pytest.raises(ConfigError, match="2026-01-02 00:00 UTC lies ahead"):
        begin_run(store, as_of=NIGHT + DAY, full=False, model_version="m1", rules_version="r1", now=NIGHT)


def test_a_commit_that_is_under_way_is_waited_for_and_stands(postgres: str) -> None:
    engine = open_engine(postgres)
    migrate(engine, {"id": Type.INTEGER, "account": Type.TEXT, "owner": Type.TEXT})
    run = begin(engine)
    with ThreadPoolExecutor() as pool:
        with writing(engine) as connection:
            execute(connection, "publish_run", run_id=run.run_id, **PUBLISHED)
            next_attempt = pool.submit(begin, engine)
            time.sleep(0.5)
            assert not next_attempt.done()
        assert next_attempt.result().published
    assert ledger(engine, run) == ("published", None)
    engine.dispose()


def test_an_error_that_is_not_ours_is_kept_without_its_words(store: sa.Engine) -> None:
    run = begin(store)
    with pytest.raises(ValueError, match="jane"), closing_on_error(store, run):
        raise ValueError("jane@example.com is no number")
    assert ledger(store, run) == ("failed", "ValueError: see the log of the run")


def refuse(store: sa.Engine, run: Run) -> None:
    with pytest.raises(BatchRefused), closing_on_error(store, run):
        raise BatchRefused("bad", "look.")


def test_a_refused_run_is_accepted_by_somebody_and_begun_again(store: sa.Engine) -> None:
    run = begin(store, NIGHT + DAY, full=True)
    assert run.accepted_by is None
    refuse(store, run)
    assert accept(store, run.run_id, "ada") == (NIGHT + DAY, True)
    assert begin(store, NIGHT + DAY, full=True).accepted_by == "ada"
    accept(store, run.run_id, "kim")
    assert begin(store, NIGHT + DAY, full=True).accepted_by == "kim"


def test_what_is_not_refused_or_is_overtaken_cannot_be_accepted(store: sa.Engine) -> None:
    run = begin(store)
    with pytest.raises(StoreError, match="running, not refused"):
        accept(store, run.run_id, "ada")
    with pytest.raises(StoreError, match="no run nobody"):
        accept(store, "nobody", "ada")
    refuse(store, run)
    publish(store, begin(store, NIGHT + DAY))
    with pytest.raises(StoreError, match="overtaken"):
        accept(store, run.run_id, "ada")


def test_a_run_of_a_retired_model_cannot_be_accepted(store: sa.Engine) -> None:
    run = begin(store, model="m0")
    refuse(store, run)
    with pytest.raises(StoreError, match="another model"):
        accept(store, run.run_id, "ada")


def test_a_scheduled_run_that_comes_late_is_no_backfill_but_leaves(store: sa.Engine) -> None:
    publish(store, begin(store, NIGHT + DAY))
    with pytest.raises(Overtaken, match="of 2026-01-01 00:00 UTC comes late: the present scores are of 2026-01-02"):
        begin(store, NIGHT, by_schedule=True)
    with reading(store) as connection:
        assert len(execute(connection, "last_runs", n=9).fetchall()) == 1
    assert begin(store, NIGHT + 2 * DAY, by_schedule=True).scope == "due"
    assert begin(store, NIGHT).scope == "backfill"


def test_runs_that_were_killed_are_closed_by_the_next_which_says_so(
    store: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    killed = begin(store)
    begin(store, NIGHT + DAY)
    assert ledger(store, killed) == ("failed", "interrupted")
    assert "runs that were killed before their end, 1, are closed" in caplog.text
