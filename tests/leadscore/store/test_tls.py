"""TLS with a real certificate, by all the ways that rows take: SQLAlchemy with psycopg, ADBC and COPY."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from harness.tls import Certificates, certificates, tls_in_front_of
from sqlalchemy.engine import make_url

from leadscore.errors import LeadScoreError, StoreError
from leadscore.sections import Leads
from leadscore.store import arrow
from leadscore.store.engine import open_engine, reading
from leadscore.store.load import load_table
from leadscore.store.lock import one_at_a_time
from leadscore.store.source import open_source, scan

LEADS = pl.DataFrame({"id": range(5), "won": [0, 1, None, None, 1]})
Url = Callable[..., str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("tls") / "right", "localhost")


@pytest.fixture
def url(postgres: str, made: Certificates) -> Iterator[Url]:
    """The URL of a database of this test's own, on a server that takes TLS alone."""
    with tls_in_front_of(postgres, made) as port:

        def with_options(host: str = "localhost", **options: str) -> str:
            there = make_url(postgres).set(host=host, port=port, query=options)
            return there.render_as_string(hide_password=False)

        yield with_options


def refused(url: str) -> LeadScoreError:
    """How a connection is refused."""
    with pytest.raises(LeadScoreError) as told:
        connect(url)
    return told.value


def connect(url: str) -> None:
    engine = open_engine(url)
    try:
        with reading(engine):
            pass
    finally:
        engine.dispose()


def test_a_verified_server_serves_all_ways_of_reading_and_writing(url: Url, made: Certificates) -> None:
    engine = open_engine(url(sslmode="verify-full", sslrootcert=str(made.authority)))
    load_table(engine, "leads", [LEADS], "id")  # by COPY
    assert arrow.read(engine, sa.text("SELECT id, won FROM leads ORDER BY id")).rows() == LEADS.rows()
    source = open_source(engine, Leads(table="leads", id="id", label="won"))
    with one_at_a_time(engine):
        assert scan(source, 2)["label"].to_list() == [0, 1, None, None, 1]
    engine.dispose()


def test_a_server_that_another_authority_vouches_for_is_refused(url: Url, tmp_path: Path) -> None:
    other = certificates(tmp_path / "wrong", "localhost")
    error = refused(url(sslmode="verify-full", sslrootcert=str(other.authority)))
    assert isinstance(error, StoreError)
    assert "cannot be trusted: " in error.message
    assert "certificate verify failed" in error.message
    assert "sslrootcert" in error.hint


def test_a_server_of_another_name_is_refused(url: Url, made: Certificates) -> None:
    error = refused(url("127.0.0.1", sslmode="verify-full", sslrootcert=str(made.authority)))
    assert 'does not match host name "127.0.0.1"' in error.message
    assert "cannot be trusted: " in error.message
    connect(url("127.0.0.1", sslmode="verify-ca", sslrootcert=str(made.authority)))


def test_an_authority_that_is_not_there_is_told(url: Url, tmp_path: Path) -> None:
    error = refused(url(sslmode="verify-full", sslrootcert=str(tmp_path / "nothing.pem")))
    assert "nothing.pem" in error.message
    assert not error.retryable


def test_without_tls_the_server_lets_nobody_in(url: Url) -> None:
    with pytest.raises(psycopg.OperationalError, match="connection requires TLS"):
        psycopg.connect(url(sslmode="disable"))


def test_a_server_without_tls_is_refused_where_it_is_asked_for(postgres_server: str) -> None:
    """The server of these tests is asked by its address, since TLS is not for sockets of the machine."""
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=answer_no, args=(plain,), daemon=True).start()
        error = refused(f"postgresql://127.0.0.1:{plain.getsockname()[1]}/x?sslmode=require")
    assert "server does not support SSL, but SSL was required" in error.message
    assert "cannot be trusted" in error.message


def answer_no(plain: socket.socket) -> None:
    client, _ = plain.accept()
    with client:
        client.recv(8)
        client.sendall(b"N")
