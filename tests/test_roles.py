"""What the roles of sql/roles.sql can do on a real server, and what they cannot."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from harness.earlier import upgrade
from psycopg import sql
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege, ObjectNotInPrerequisiteState
from sqlalchemy import Text
from sqlalchemy.engine import make_url

from flows.retrain import retrain
from flows.score import score
from leadscore.sample.demo import load_example
from leadscore.settings import CONFIG_VARIABLE
from leadscore.store.engine import open_engine, writing
from leadscore.store.migrate import VERSION_TABLE

pytestmark = pytest.mark.acceptance

OwnDatabase = Callable[..., AbstractContextManager[str]]

SQL = Path(__file__).parents[1] / "sql"
END = datetime(2026, 1, 1)
NIGHT, DAY = END, timedelta(days=1)
LOGINS = {"nightly": "leadscore_job", "deputy": "leadscore_job", "kim": "sales_ops", "crm": None}
VIEWS = {"scored_leads", "sales_queue", "score_changes", "conversion_by_grade", "account_index"}


@dataclass(frozen=True)
class Place:
    """A database with the roles made, as its administrator sees it."""

    url: str

    def url_of(self, login: str) -> str:
        return make_url(self.url).set(username=login, password="known").render_as_string(hide_password=False)

    def as_admin(self, statement: str, **names: str) -> None:
        run(self.url, statement, **names)

    def make_roles(self) -> None:
        for file in ("roles.sql", "grant_views.sql"):
            self.as_admin((SQL / file).read_text(encoding="utf-8").replace("{", "{{").replace("}", "}}"))


def run(url: str, statement: str, **names: str) -> list[tuple[object, ...]]:
    """Run a statement, or several, with ``names`` quoted into it, in a session of its own."""
    quoted = {name: sql.Identifier(text) for name, text in names.items()}
    with psycopg.connect(url, autocommit=True) as connection:
        done = connection.execute(sql.SQL(statement).format(**quoted))
        return done.fetchall() if done.description else []


@pytest.fixture(scope="module")
def roles(postgres_server: str, own_postgres_database: OwnDatabase) -> Iterator[None]:
    """The roles of sql/roles.sql and a few logins, which belong to the server and not to one database."""
    with own_postgres_database() as url:
        Place(url).make_roles()
    try:
        for login, group in LOGINS.items():
            run(postgres_server, "CREATE ROLE {login} LOGIN PASSWORD 'known'", login=login)
            if group:
                run(postgres_server, "GRANT {group} TO {login}", login=login, group=group)
        yield
    finally:
        known = {name for (name,) in run(postgres_server, "SELECT rolname FROM pg_roles")}
        for role in known & {"leadscore_job", "sales_ops", *LOGINS}:
            run(postgres_server, "DROP ROLE {role}", role=role)


@contextmanager
def with_roles(own_postgres_database: OwnDatabase) -> Iterator[Place]:
    """A new database, made ready for the roles as docs/operate.md says."""
    with own_postgres_database() as url:
        place = Place(url)
        place.make_roles()
        database = str(make_url(url).database)
        for login in ("nightly", "deputy"):
            place.as_admin(
                "ALTER ROLE {login} IN DATABASE {database} SET role = leadscore_job", login=login, database=database
            )
        yield place


def migrated(url: str, at: str = "head") -> None:
    """Bring the store to a revision, as whoever the URL names."""
    engine = open_engine(url)
    with writing(engine) as connection:
        upgrade(connection, dict.fromkeys(("id", "account", "owner"), Text()), at)
    engine.dispose()


@pytest.fixture
def place(own_postgres_database: OwnDatabase, roles: None) -> Iterator[Place]:
    with with_roles(own_postgres_database) as made:
        yield made


@pytest.fixture(scope="module")
def worked(
    own_postgres_database: OwnDatabase, roles: None, prefect_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Where a job with no more rights than roles.sql gives it has trained, and scored a night."""
    folder = tmp_path_factory.mktemp("worked")
    with with_roles(own_postgres_database) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
        patch.setenv("LEADSCORE_DATABASE__URL", made.url)
        load_example(folder, n=3000, seed=7, end=END)
        made.as_admin("GRANT SELECT ON leads TO leadscore_job, crm")
        patch.setenv("LEADSCORE_DATABASE__URL", made.url_of("nightly"))
        patch.setenv("LEADSCORE_TRAINING__FOLDS", "2")  # soon done; how good the model is does not matter here
        retrain(as_of=END, promote="always")
        score(as_of=NIGHT)
        made.as_admin("ANALYZE")
        yield made


def relations(place: Place) -> set[str]:
    found = run(
        place.url, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i'"
    )
    return {str(name) for (name,) in found}


def test_the_roles_can_be_made_again(place: Place) -> None:
    place.make_roles()
    found = run(
        place.url, "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname ~ '^(leadsc|sales)' ORDER BY 1"
    )
    assert found == [("leadscore_job", False, False), ("sales_ops", False, False)]


def test_the_job_needs_no_more_than_its_role_and_to_read_the_leads(worked: Place) -> None:
    [(status, scored)] = run(worked.url, "SELECT status, n_scored FROM score_runs")
    assert status == "published"
    assert [(scored,)] == run(worked.url, "SELECT COUNT(*) FROM lead_scores")
    owners = run(worked.url, "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename ~ '^(lead_|models|leadscore_)'")
    assert owners == [("leadscore_job",)]


def test_the_job_cannot_write_the_leads(worked: Place) -> None:
    for statement in ("UPDATE leads SET lead_owner = 1", "DELETE FROM leads", "DROP TABLE leads"):
        with pytest.raises(InsufficientPrivilege):
            run(worked.url_of("nightly"), statement)


def test_a_source_that_can_only_be_read_serves(worked: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InsufficientPrivilege):
        run(worked.url_of("crm"), "CREATE TABLE mine (n integer)")
    worked.as_admin("REVOKE SELECT ON leads FROM leadscore_job")
    monkeypatch.setenv("LEADSCORE_DATABASE__SOURCE_URL", worked.url_of("crm"))
    score(as_of=NIGHT + DAY, full=True)
    worked.as_admin("GRANT SELECT ON leads TO leadscore_job")
    assert run(worked.url, "SELECT scope, status FROM score_runs ORDER BY as_of") == [
        ("due", "published"),
        ("full", "published"),
    ]


def test_another_login_of_the_group_takes_over(worked: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", worked.url_of("deputy"))
    score(as_of=NIGHT + 2 * DAY)
    assert run(worked.url, "SELECT DISTINCT status FROM score_runs WHERE as_of > '2026-01-02 12:00'") == [("empty",)]


def test_the_job_writes_scores_back_with_the_right_to_these_columns_alone(
    worked: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked.as_admin("ALTER TABLE leads ADD lead_score smallint, ADD lead_grade text")
    worked.as_admin("GRANT UPDATE (lead_score, lead_grade) ON leads TO leadscore_job")
    monkeypatch.setenv("LEADSCORE_PUBLISH__INTO", '{"score": "lead_score", "grade": "lead_grade"}')
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", worked.url_of("nightly"))
    score(as_of=NIGHT + 3 * DAY)
    published = run(worked.url, "SELECT lead_id, score, grade FROM lead_scores ORDER BY 1")
    written = "SELECT lead_id, lead_score, lead_grade FROM leads WHERE lead_score IS NOT NULL ORDER BY 1"
    assert len(published) > 100
    assert run(worked.url, written) == published


def read_by_kim(place: Place) -> set[str]:
    """Which of the tables and views answer to sales ops."""
    answering = set()
    for name in relations(place):
        with suppress(InsufficientPrivilege):
            run(place.url_of("kim"), "SELECT * FROM {name} LIMIT 1", name=name)
            answering.add(name)
    return answering


def test_sales_ops_reads_the_five_views_and_nothing_else(worked: Place) -> None:
    assert relations(worked) >= {"leads", "models", "lead_scores", "staged_changes", VERSION_TABLE} | VIEWS
    assert read_by_kim(worked) == VIEWS
    assert run(worked.url_of("kim"), "SELECT COUNT(*) FROM scored_leads") == run(
        worked.url, "SELECT COUNT(*) FROM lead_scores"
    )


WRITABLE = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace
    AND relkind <> 'i'
    AND (
        has_table_privilege('kim', oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege('kim', oid, 'INSERT, UPDATE, REFERENCES')
    )
"""


def test_sales_ops_writes_nothing(worked: Place) -> None:
    assert run(worked.url, WRITABLE) == []
    for statement in (
        "DELETE FROM lead_scores",
        "UPDATE scored_leads SET grade = 'A'",
        "CREATE TABLE mine (n integer)",
    ):
        with pytest.raises((InsufficientPrivilege, ObjectNotInPrerequisiteState, FeatureNotSupported)):
            run(worked.url_of("kim"), statement)


@pytest.mark.parametrize(
    "leak",
    [
        "SELECT query_to_xml('SELECT * FROM leads', true, false, '')",
        "COPY (SELECT reasons FROM lead_scores) TO STDOUT",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY models TO STDOUT",
        "SET ROLE leadscore_job",
    ],
)
def test_sales_ops_finds_no_way_around(worked: Place, leak: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        run(worked.url_of("kim"), leak)


def test_sales_ops_sees_no_statistics_of_what_it_cannot_read(worked: Place) -> None:
    query = "SELECT COUNT(*) FROM pg_stats WHERE schemaname = 'public'"
    assert run(worked.url_of("kim"), query) == [(0,)]
    assert run(worked.url, query) != [(0,)]


def test_grants_outlive_a_migration_that_makes_the_views_anew(place: Place) -> None:
    migrated(place.url_of("nightly"), "0001")
    before = run(place.url, "SELECT oid FROM pg_class WHERE relname = 'sales_queue'")
    assert read_by_kim(place) == VIEWS
    migrated(place.url_of("deputy"))
    assert run(place.url, "SELECT oid FROM pg_class WHERE relname = 'sales_queue'") != before
    assert read_by_kim(place) == VIEWS


def test_roles_that_come_after_the_tables_are_granted_the_views_too(place: Place) -> None:
    migrated(place.url)
    place.as_admin("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM sales_ops")
    assert read_by_kim(place) == set()
    place.make_roles()
    assert read_by_kim(place) == VIEWS
