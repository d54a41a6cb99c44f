"""The commands of compose.yaml as processes: PostgreSQL, a Prefect server on it, a worker, a retrain and a night."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
import yaml
from harness.ports import free_port
from harness.quick import quick_training
from sqlalchemy.engine import make_url

from leadscore.sample.demo import load_example
from leadscore.settings import LIBRARY_DEFAULTS

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
DEBIANS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The URL of a PostgreSQL with pg_trgm, which Prefect needs and the one of the package index lacks."""
    given = os.environ.get("LEADSCORE_TEST_POSTGRES_URL")
    if given:
        yield given
    elif not DEBIANS:
        pytest.skip("no PostgreSQL with pg_trgm: name one by LEADSCORE_TEST_POSTGRES_URL, or install postgresql")
    else:
        with debians(DEBIANS[-1], tmp_path) as url:
            yield url


@contextmanager
def debians(binaries: Path, folder: Path) -> Iterator[str]:
    """A server of Debian's package, which does not run as root."""
    data, port, as_root = Path(f"/tmp/leadscore-{free_port()}"), free_port(), os.getuid() == 0
    data.mkdir(mode=0o700)
    if as_root:
        shutil.chown(data, "nobody")
    user = {"user": "nobody"} if as_root else {}
    make = [binaries / "initdb", "--username", "leadscore", "--auth", "trust", "--no-sync", "--pgdata", data]
    subprocess.run(make, check=True, capture_output=True, cwd="/", **user)  # type: ignore[call-overload]
    options = ["-c", "fsync=off", "-k", data, "-h", "127.0.0.1", "-p", str(port)]
    with (folder / "postgres.log").open("wb") as log:
        command = [binaries / "postgres", "-D", data, *options]
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **user)  # type: ignore[call-overload]
    try:
        healthy(["pg_isready", "--host", "127.0.0.1", "--port", str(port)], dict(os.environ), server, 60)
        yield f"postgresql://leadscore@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait(timeout=60)
        shutil.rmtree(data)


def healthy(check: list[str], environment: dict[str, str], process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until the health check of a service is content."""
    deadline = time.monotonic() + seconds
    while subprocess.run(check, env=environment, capture_output=True).returncode:
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline, "it is not healthy"
        time.sleep(1)


class Compose:
    """The services of compose.yaml as processes here: hosts, ports and folders are those of this machine."""

    def __init__(self, database: str, folder: Path) -> None:
        url, self.folder = make_url(database), folder
        api, health = free_port(), free_port()
        self.api = f"http://127.0.0.1:{api}/api"
        self._here = {
            r"\$\{POSTGRES_PASSWORD:\?[^}]*\}": url.password or "none",
            r"leadscore:([^@]*)@database:5432": rf"{url.username}:\1@{url.host}:{url.port}",
            r"server:4200|127\.0\.0\.1:4200": f"127.0.0.1:{api}",
            r"\b4200\b": str(api),
            r"\b8080\b": str(health),
            r"0\.0\.0\.0": "127.0.0.1",
            r"/var/lib/leadscore|/tmp": str(folder),
        }

    def here(self, text: str) -> str:
        for there, here in self._here.items():
            text = re.sub(there, here, text)
        return text

    def environment(self, service: str) -> dict[str, str]:
        """That of the image and of the service, and nothing of Prefect or leadscore that the tests have set."""
        ours = {name: text for name, text in os.environ.items() if not name.startswith(("PREFECT", "LEADSCORE"))}
        image = {"PREFECT_HOME": f"{self.folder}/home", "LEADSCORE_CONFIG": f"{self.folder}/leadscore.toml"}
        own = {name: self.here(text) for name, text in SERVICES[service]["environment"].items()}
        return ours | LIBRARY_DEFAULTS | image | own | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

    @contextmanager
    def running(self, service: str) -> Iterator[None]:
        """The service, from its first content health check on; it is asked to end afterwards, and does."""
        command = [self.here(each) for each in SERVICES[service]["command"]]
        check = [self.here(each) for each in SERVICES[service]["healthcheck"]["test"][1:]]
        environment = self.environment(service)
        with (self.folder / f"{service}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        try:
            healthy(check, environment, process, 600)
            yield
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(timeout=120)

    def exec(self, command: str) -> str:
        """What a command says in the container of the worker."""
        words = shlex.split(command)
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment("worker"), capture_output=True, text=True, timeout=400
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.mark.acceptance
@pytest.mark.timeout(1200)
def test_what_compose_starts_trains_and_scores(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute((ROOT / "sql/prefect_database.sql").read_bytes())
        admin.execute("CREATE DATABASE leadscore")
    compose = Compose(database, tmp_path)
    store = compose.environment("worker")["LEADSCORE_DATABASE__URL"]
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", store)
    load_example(tmp_path, n=3000, seed=7, end=datetime(2026, 1, 1))
    settings = tmp_path / "leadscore.toml"
    quick_training(settings)
    try:
        with compose.running("server"), compose.running("worker"):
            compose.exec("prefect deployment run retrain/weekly --watch --param as_of=2026-01-01T00:00:00Z")
            compose.exec("prefect deployment run score/nightly --watch --param as_of=2026-01-01T02:00:00Z")
        with psycopg.connect(store) as connection:
            [scored] = connection.execute("SELECT COUNT(*) FROM lead_scores").fetchone() or [0]
            [told] = connection.execute("SELECT n_scored FROM score_runs WHERE status = 'published'").fetchone() or [0]
        assert scored == told > 100
        assert list((tmp_path / "models").glob("*.zip"))
        assert (tmp_path / "reports" / "newest.html").is_file()
        with psycopg.connect(make_url(store).set(database="prefect").render_as_string(False)) as connection:
            states = connection.execute("SELECT state_name FROM flow_run WHERE start_time IS NOT NULL").fetchall()
            planned = connection.execute("SELECT COUNT(*) FROM flow_run WHERE auto_scheduled").fetchone()
        assert states == [("Completed",)] * 2
        assert planned is not None
        assert planned[0] >= 2, "Prefect plans runs by the schedule"
    finally:
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute("DROP DATABASE prefect WITH (FORCE)")
            admin.execute("DROP DATABASE leadscore WITH (FORCE)")
