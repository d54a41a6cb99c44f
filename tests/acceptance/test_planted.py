"""Passwords and people, planted wherever they may be, and looked for in all that comes out.

Looked through is what the commands print, every line that any library logs, every file but the settings themselves,
what is unpacked of the models, all tables of the store, and all that the Prefect server keeps.
"""

import logging
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from harness.quick import QUICK
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from psycopg import sql
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from leadscore.cli import app
from leadscore.sample.demo import load_example
from leadscore.settings import CONFIG_VARIABLE, SECRETS_VARIABLE

pytestmark = pytest.mark.acceptance

OwnDatabase = Callable[..., AbstractContextManager[str]]

END = datetime(2026, 1, 1)
PASSWORDS = {name: f"Pl4nt3d/{name}@Gehe1m%" for name in ("job", "reader", "writer", "wrong")}
SECRET = re.compile(rb"Pl4nt3d|Gehe1m")
PERSON = re.compile(rb"planted@|555012[34]|555 012[34]|Plantedname|sorrowful cousin", re.IGNORECASE)
SETTINGS = """
[leads]
table = "leads"
label = "is_converted"
created_at = "created_at"
updated_at = "updated_at"
closed_at = "closed_at"
account = "account"
owner = "seller"

[validation]
allowed = {{ fault = ["fine", "good"] }}

[publish]
into = {{ score = "lead_score" }}
url = "{writer}"
"""
PLANTED = """
ALTER TABLE leads ADD note text, ADD contact text, ADD mail text, ADD phone text, ADD fault text, ADD seller text,
    ADD account text, ADD lead_score integer;
UPDATE leads SET
    note = 'Her sorrowful cousin, kim.planted@example.com, or +49 170 5550123, wants ' || lead_id || ' of them by May.',
    contact = 'Plantedname ' || (lead_id / 3),
    mail = CASE WHEN lead_id % 2 = 0 THEN 'kim.planted@example.com' ELSE 'Ada <ada.planted@example.com>' END,
    phone = CASE WHEN lead_id % 3 = 0 THEN '+49 170 5550123' ELSE '0170 5550124' END,
    fault = CASE WHEN lead_id % 500 = 7 THEN 'ask kim.planted@example.com, +49 170 5550123'
        WHEN lead_id % 2 = 0 THEN 'fine' ELSE 'good' END,
    seller = CASE WHEN lead_id % 4 = 0 THEN 'kim.planted@example.com' ELSE 'seller ' || lead_id % 9 END,
    account = CASE WHEN lead_id % 5 = 0 THEN 'ada.planted@example.com' ELSE 'firm ' || lead_id % 400 END,
    customer_country = CASE WHEN lead_id % 7 = 0 THEN '/planted@example.com/Chile' ELSE customer_country END;
CREATE ROLE job LOGIN PASSWORD {job};
CREATE ROLE reader LOGIN PASSWORD {reader};
CREATE ROLE writer LOGIN PASSWORD {writer};
GRANT USAGE, CREATE ON SCHEMA public TO job;
GRANT SELECT ON leads TO reader, writer;
GRANT UPDATE (lead_score) ON leads TO writer;
"""
OF_PEOPLE = (  # what of the store is told, shown or sent; ids stay what they are, within the database
    "SELECT failures::text FROM quarantined_leads",
    "SELECT reasons::text FROM lead_scores",
    "SELECT reasons::text FROM lead_score_history",
    "SELECT m::text FROM models m",
    "SELECT r::text FROM score_runs r",
    "SELECT m::text FROM monitoring m",
)
runner = CliRunner()


@dataclass
class Place:
    """Where planted leads are, and all that was said there."""

    folder: Path
    admin: str
    said: list[tuple[str, bytes]] = field(default_factory=list)

    def url(self, role: str, password: str | None = None) -> str:
        """The URL of a role, whose password is written as a URL wants it."""
        there = make_url(self.admin).set(username=role, password=password or PASSWORDS[role])
        return there.render_as_string(hide_password=False)

    def run(self, words: str) -> tuple[int, str]:
        done = runner.invoke(app, words.split(), env={"COLUMNS": "200"})
        self.said.append((f"leadscore {words}", done.output.encode() + repr(done.exception).encode()))
        return done.exit_code, done.output

    def asked(self, query: str) -> list[bytes]:
        with psycopg.connect(self.admin) as connection:
            return [str(cell).encode() for (cell,) in connection.execute(query)]


@contextmanager
def by_password(server: str) -> Iterator[None]:
    """Have the server ask the planted roles for their passwords, where its file is at hand."""
    with psycopg.connect(server, autocommit=True) as admin:
        [(file,)] = admin.execute("SHOW hba_file").fetchall()
        path = Path(file)
        before = path.read_text(encoding="utf-8")
        path.write_text(f"local all job,reader,writer scram-sha-256\n{before}", encoding="utf-8")
        admin.execute("SELECT pg_reload_conf()")
        yield
        path.write_text(before, encoding="utf-8")
        admin.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def place(
    own_postgres_database: OwnDatabase,
    postgres_server: str,
    prefect_server: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Place]:
    folder, secrets = tmp_path_factory.mktemp("planted"), tmp_path_factory.mktemp("secrets")
    with own_postgres_database() as admin, pytest.MonkeyPatch.context() as patch:
        made = Place(folder, admin)
        patch.setenv("LEADSCORE_DATABASE__URL", admin)
        load_example(folder, n=3000, seed=7, end=END)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.SQL(PLANTED).format(**{role: sql.Literal(text) for role, text in PASSWORDS.items()}))
        patch.delenv("LEADSCORE_DATABASE__URL")
        (folder / "leadscore.db").unlink(missing_ok=True)
        (folder / "leadscore.toml").write_text(SETTINGS.format(writer=made.url("writer")) + QUICK, encoding="utf-8")
        (secrets / "leadscore_database__url").write_text(made.url("job"), encoding="utf-8")
        patch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
        patch.setenv(SECRETS_VARIABLE, str(secrets))
        patch.setenv("LEADSCORE_DATABASE__SOURCE_URL", made.url("reader"))
        patch.chdir(folder)
        try:
            with by_password(postgres_server), logged(made), temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: True}):
                yield made
        finally:
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute("DROP OWNED BY job, reader, writer")
                connection.execute("DROP ROLE job, reader, writer")


@contextmanager
def logged(place: Place) -> Iterator[None]:
    """All that any library logs, whatever its level."""

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = logging.Formatter("%(message)s").format(record)
            place.said.append((f"log of {record.name}", line.encode()))

    handler, root = Keeping(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="module")
def worked(place: Place) -> Place:
    """All commands, as they go well and as they fail."""
    for words in (
        "check",
        "explore",
        "retrain --promote always --as-of 2026-01-01",
        "score --as-of 2026-01-01",
        "top -n 40",
        "top -n 5 --format json",
        "report",
        "models",
        "check",
    ):
        code, output = place.run(words)
        assert code == 0, f"{words}: {output}"
    [version] = [path.stem for path in (place.folder / "models").glob("*.zip")]
    [quarantined] = place.asked("SELECT MIN(lead_id) FROM quarantined_leads")
    place.run(f"models --card {version}")
    place.run(f"models --card {version} --html model.html")
    place.run(f"why {quarantined.decode()}")
    place.run("--help")
    for command in ("check", "import", "init", "retrain", "score"):
        place.run(f"{command} --help")
    (place.folder / "more.csv").write_text("id,won\n1,yes\n2,no\n", encoding="utf-8")
    place.run(f"import more.csv --table more --into {place.url('job')}")
    with pytest.MonkeyPatch.context() as patch:
        fail(place, patch)
    return place


def fail(place: Place, patch: pytest.MonkeyPatch) -> None:
    """The same where something is wrong with a URL, a password, a query or a row."""
    patch.setenv("LEADSCORE_PUBLISH__URL", place.url("writer", PASSWORDS["wrong"]))
    assert place.run("score --full --as-of 2026-01-02")[0] == 1
    patch.delenv("LEADSCORE_PUBLISH__URL")
    for name in ("LEADSCORE_DATABASE__URL", "LEADSCORE_DATABASE__SOURCE_URL"):
        for url in (
            place.url("job", PASSWORDS["wrong"]),
            place.url("job", quote(PASSWORDS["wrong"])),
            f"postgresql://job:{quote(PASSWORDS['job'], safe='')}@127.0.0.1:1/x",
            f"postgresql://job:{quote(PASSWORDS['job'], safe='')}@no.such.host/x",
            f"postgresql://job:{PASSWORDS['job']}@127.0.0.1:1/x",
            f"postgresql://job:{PASSWORDS['job']}@Gehe1m:x@127.0.0.1/x",
            f"postgresql://job@127.0.0.1:1/x?password={quote(PASSWORDS['job'])}",
            f"postgresql://job:{quote(PASSWORDS['job'], safe='')}@127.0.0.1:Pl4nt3d/x",
            f"unknown+driver://job:{quote(PASSWORDS['job'], safe='')}@host/x",
            PASSWORDS["job"],
        ):
            with patch.context() as wrong:
                wrong.setenv(name, url)
                for words in ("check", "top"):
                    place.run(words)
        with patch.context() as wrong:
            wrong.setenv(name, place.url("job", PASSWORDS["wrong"]))
            assert place.run("score")[0] == 1
    toml = place.folder / "leadscore.toml"
    whole = toml.read_text(encoding="utf-8")
    as_query = re.sub(r"\[publish\][^\[]*", "", whole)
    for query in (
        "SELEC * FROM leads",
        "SELECT nothing FROM leads WHERE mail = 'kim.planted@example.com'",
        "SELECT *, CAST(mail AS integer) AS n FROM leads",
        f"SELECT * FROM dblink('password={PASSWORDS['job']}', 'x') AS leads",
    ):
        toml.write_text(as_query.replace('table = "leads"', f'query = "{query}"'), encoding="utf-8")
        for words in ("check", "explore", "score"):
            assert place.run(words)[0] == 1, words
    toml.write_text(whole, encoding="utf-8")
    toml.rename(place.folder / "kept.toml")
    place.run(f"init --database {place.url('reader')} --table leads --id lead_id")
    with suppress(FileNotFoundError):
        place.said.append(("leadscore.toml of init", toml.read_bytes()))
    (place.folder / "kept.toml").replace(toml)


def outputs(place: Place) -> Iterator[tuple[str, bytes]]:
    """All that came out, but for the store."""
    yield from place.said
    for path in place.folder.rglob("*"):
        if path.is_file() and path.name != "leadscore.toml":
            yield str(path), path.read_bytes()
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    yield from ((f"{path}/{name}", archive.read(name)) for name in archive.namelist())
    for path in Path(os.environ["PREFECT_HOME"]).rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()


def tables(place: Place) -> list[bytes]:
    named = place.asked("SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 2200")
    return [row for name in named for row in place.asked(f"SELECT t::text FROM {name.decode()} t")]


def around(found: re.Match[bytes]) -> str:
    return found.string[max(found.start() - 80, 0) : found.end() + 80].decode(errors="replace")


def leaks(of: re.Pattern[bytes], texts: Iterator[tuple[str, bytes]]) -> list[str]:
    return [f"{place}: …{around(found)}…" for place, text in texts if (found := of.search(text))]


def test_no_password_comes_out_anywhere(worked: Place) -> None:
    assert leaks(SECRET, outputs(worked)) == []
    assert leaks(SECRET, (("the store", row) for row in tables(worked))) == []


def test_no_person_comes_out_but_by_the_ids_that_a_command_is_asked_for(worked: Place) -> None:
    shown_by_id = ("leadscore top", "leadscore why")
    told = ((where, text) for where, text in outputs(worked) if not where.startswith(shown_by_id))
    assert leaks(PERSON, told) == []
    assert leaks(PERSON, ((query, row) for query in OF_PEOPLE for row in worked.asked(query))) == []
    asked = [text for where, text in worked.said if where.startswith(shown_by_id)]
    reasons = [line for text in asked for line in text.splitlines() if line.strip()[:2] in (b"+ ", b"- ")]
    assert reasons
    assert leaks(PERSON, (("a reason", line) for line in reasons)) == []


def test_the_planted_are_where_they_were_planted(worked: Place) -> None:
    """Else the tests above would show nothing."""
    told = b"".join(text for _, text in worked.said)
    assert b"password authentication failed" in told
    [planted] = worked.asked("SELECT note || contact || mail || phone FROM leads WHERE lead_id = 6")
    assert len(PERSON.findall(planted)) > 3
    assert any(b'"fault"' in row for row in worked.asked(OF_PEOPLE[0])), "the faulty values were quarantined"
