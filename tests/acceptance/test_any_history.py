"""Whatever people do and whatever befalls the runs, the next night's scores are those of a store that starts anew.

hypothesis makes up histories of a few days: edits, then a run, a killed run, or one under which the leads change.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import fields

import pytest
import sqlalchemy as sa
from harness.children import Children
from harness.histories import (
    EDITS,
    POINTS,
    SCOPES,
    STANDING,
    TWINS,
    WHEN,
    Edit,
    History,
    Promote,
    Retrain,
    Run,
    Step,
    assert_nobody_is_lost,
    in_this_process,
)
from harness.states import DAY, END, RETRAIN_AGAIN, States, as_of
from harness.stores import Store, copied_file
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flows.score import score
from leadscore.store.engine import open_engine
from leadscore.store.registry import Entry, register

Copy = Callable[[Store, ExitStack], Store]
Begin = Callable[[str, ExitStack], Store]
Days = list[tuple[list[Edit], Step]]

OPEN = (2110, 2101, 2202, 2303, 2404, 2113)  # three of them are spoiled at first
CLOSED = (5, 8, 10, 12)
TO_COME = (900_001, 900_002, 900_003)
KEPT = f"(is_converted IS NOT NULL OR lead_id % 20 = 0 OR lead_id IN {OPEN})"  # few open leads: a run takes a second

LEADS = st.lists(st.sampled_from(OPEN + CLOSED + TO_COME), min_size=1, max_size=5, unique=True).map(tuple)
AN_EDIT = st.builds(Edit, st.sampled_from(tuple(EDITS)), LEADS, st.sampled_from(tuple(WHEN)))
CHUNK_ROWS = st.sampled_from((200, 30, 9))
A_RUN = st.builds(Run, st.sampled_from(SCOPES), CHUNK_ROWS)
A_KILLED_RUN = st.builds(Run, st.sampled_from(SCOPES), CHUNK_ROWS, st.sampled_from(POINTS), st.integers(0, 2))
A_DISTURBED_RUN = st.builds(
    Run,
    st.sampled_from(SCOPES),
    CHUNK_ROWS,
    st.sampled_from(STANDING),
    st.integers(0, 1),
    st.tuples(AN_EDIT) | st.tuples(AN_EDIT, AN_EDIT),
    st.booleans(),
)
NIGHTS = (A_RUN, A_KILLED_RUN, A_KILLED_RUN, A_DISTURBED_RUN, st.builds(Promote))


def days(*nights: st.SearchStrategy[Step]) -> st.SearchStrategy[Days]:
    return st.lists(st.tuples(st.lists(AN_EDIT, max_size=8), st.one_of(*nights)), min_size=1, max_size=3)


A_LAST_DAY = st.lists(AN_EDIT, max_size=6)

COMES_AGAIN: Days = [([Edit("insert", TO_COME)], Run("due", 200))]
KILLED: Days = [([Edit("raise", OPEN)], Run("due", 200, "after staging"))]
SAMPLE = settings(max_examples=2, derandomize=True)  # beside the two above
MORE = settings(max_examples=15)

SEEN = {  # what has to be as in a store that starts anew
    "lead_scores": "SELECT lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, "
    "reasons, model_version, rules_version, lead_updated_at, adjustment "  # none: too few leads to believe one
    "FROM lead_scores ORDER BY lead_id",
    "quarantined_leads": "SELECT lead_id, failures, model_version, rules_version, lead_updated_at "
    "FROM quarantined_leads ORDER BY lead_id",
    "lead_outcomes": "SELECT lead_id, account_id, owner_id, created_at, closed_at, label FROM lead_outcomes "
    "WHERE lead_id IN (SELECT lead_id FROM leads) ORDER BY lead_id",  # of deleted leads they are kept
    "leads": "SELECT lead_id, crm_score, crm_grade, crm_probability FROM leads ORDER BY lead_id",
}
GIVEN = ("leads", "models", "leadscore_alembic_version")  # what a store that starts anew has
LEFT = ("staged_chunks", "staged_scores", "staged_quarantine", "staged_departures", "staged_outcomes", "write_backs")
PRESENT = "SELECT lead_id, model_version, probability, reasons FROM lead_scores ORDER BY lead_id"
NEWEST = """
    SELECT lead_id, model_version, probability, reasons
    FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY scored_at DESC) AS place
        FROM lead_score_history
        WHERE NOT backfill
    ) AS changes
    WHERE place = 1 AND lead_id IN (SELECT lead_id FROM lead_scores)
    ORDER BY lead_id
"""


@pytest.mark.timeout(1800)  # if it fails, the history is made shorter and run again, for minutes
@pytest.mark.parametrize(
    ("database", "chosen", "histories"),
    [
        pytest.param("sqlite", SAMPLE, days(*NIGHTS), id="sample", marks=pytest.mark.acceptance),
        *(
            pytest.param(
                database, MORE, days(*NIGHTS, st.builds(Retrain)), id=f"more-{database}", marks=pytest.mark.acceptance
            )
            for database in ("sqlite", "postgresql")
        ),
    ],
)
def test_any_history_ends_as_a_store_that_starts_anew(
    children: Children,
    begin: Begin,
    copy: Copy,
    database: str,
    chosen: settings,
    histories: st.SearchStrategy[Days],
) -> None:
    @settings(chosen, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories, A_LAST_DAY)
    @example(COMES_AGAIN, [Edit("delete", TO_COME), Edit("insert", TO_COME)])
    @example(KILLED, [Edit("lower", OPEN)])
    def ends_as_new(days: Days, last_day: list[Edit]) -> None:
        with ExitStack() as stack:
            history = History(begin(database, stack), children)
            for edits, night in days:
                for step in (*edits, night):
                    step.do(history)
            for edit in last_day:
                edit.do(history)
            in_this_process(history.store, score, as_of=history.tonight())
            assert_in_order(history)
            assert_as_new(history.store, copy(history.store, stack))

    ends_as_new()


def assert_in_order(history: History) -> None:
    """Nothing is left over, the history tells the present, and people's corrections are as they left them."""
    store = history.store
    assert_nobody_is_lost(store)
    assert [name for name in LEFT if store.rows(f"SELECT * FROM {name}")] == []
    assert store.rows("SELECT * FROM score_runs WHERE status NOT IN ('published', 'empty', 'failed')") == []
    assert store.rows(PRESENT) == store.rows(NEWEST)
    grades = {"overrule": "A", "overrule for a while": "B"}
    overruled = {lead: grades[what] for lead, what in history.overruled.items() if what in grades}
    assert dict(store.rows("SELECT lead_id, grade FROM score_overrides")) == overruled
    own = dict(store.rows("SELECT lead_id, grade FROM lead_scores"))
    valid = {lead: grade for lead, grade in overruled.items() if grade == "A" and lead in own}
    assert dict(store.rows("SELECT lead_id, grade FROM scored_leads")) == own | valid


def assert_as_new(store: Store, new: Store) -> None:
    """``new`` is a copy of ``store``: it is emptied, and scores the leads from the start."""
    with new.engine.begin() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            if table.name not in GIVEN:
                connection.execute(table.delete())
    new.rows("DELETE FROM models WHERE status <> 'champion'")
    new.rows("UPDATE leads SET crm_score = NULL, crm_grade = NULL, crm_probability = NULL, crm_scored_at = NULL")
    in_this_process(new, score, as_of=END + 2 * DAY)
    for name, statement in SEEN.items():
        assert store.rows(statement) == new.rows(statement), f"{name} differs"


@pytest.fixture(scope="module")
def copy(
    own_postgres_database: Callable[..., AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Copy:
    """Copies a store, until the stack ends."""

    def copied(store: Store, stack: ExitStack) -> Store:
        folder = tmp_path_factory.mktemp("history")
        if store.database == "sqlite":
            store = copied_file(store, folder)
        else:
            store = store.by(stack.enter_context(own_postgres_database(template=store.name)))
        return store.having(models__dir=folder / "models")

    return copied


@pytest.fixture(scope="module")
def candidate(states: States, children: Children, copy: Copy) -> Entry:
    """A second model, which has learned from a day more."""
    with ExitStack() as stack:
        store = copy(states.state("sqlite", RETRAIN_AGAIN.state), stack)
        children.run(store, ("retrain", "--promote", "never", *as_of(END + DAY)))
        with store.engine.connect() as connection:
            models = sa.Table("models", sa.MetaData(), autoload_with=connection)
            columns = [models.c[field.name] for field in fields(Entry)]
            row = connection.execute(sa.select(*columns).where(models.c.status == "candidate")).one()
            return Entry(**row._mapping)


@pytest.fixture(scope="module")
def begin(states: States, candidate: Entry, copy: Copy) -> Iterator[Begin]:
    """Makes the store that a history begins with: a day after its first night, few open leads, and two models."""
    templates: dict[str, Store] = {}

    def template(database: str, stack: ExitStack) -> Store:
        store = copy(states.state(database, "changed"), stack)
        store.rows(f"DELETE FROM leads WHERE NOT {KEPT}")
        Edit("spoil", TWINS[-1:]).do(History(store, states.children))
        engine = open_engine(store.url)
        register(engine, candidate)
        engine.dispose()
        return store

    with ExitStack() as kept:

        def begun(database: str, stack: ExitStack) -> Store:
            if database not in templates:
                templates[database] = template(database, kept)
            return copy(templates[database], stack)

        yield begun
