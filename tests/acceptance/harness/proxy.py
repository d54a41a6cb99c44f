"""A line to PostgreSQL that breaks after a chosen COMMIT went through and before its reply comes back."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import unquote

from sqlalchemy import URL
from sqlalchemy.engine import make_url

COMMIT = b"COMMIT\0"  # as a statement of the client, and as the server's word that it is done
SIZE = 1 << 16


class Proxy:
    """Listens on a port of its own for clients of the PostgreSQL at ``url``.

    It cuts the connection once: the one that sent a statement with ``words``, when the server has answered its COMMIT.
    """

    def __init__(self, url: str, words: str) -> None:
        self.target = make_url(url)
        self.words = words.encode()
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The same database, by this line."""
        host, port = self.listener.getsockname()
        line = self.target.set(host=host, port=port, query={**_without_host(self.target), "sslmode": "disable"})
        return line.render_as_string(hide_password=False)

    def serve(self) -> None:
        """Take clients until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Pass on what either side says, until one is gone or the line is to be cut."""
        marked = False
        with suppress(ConnectionError), closing(client), closing(_connected(self.target)) as server:
            other = {client: server, server: client}
            while True:
                for source in select.select([client, server], [], [])[0]:
                    data = source.recv(SIZE)
                    if source is client:
                        marked = marked or self.words in data
                    elif marked and not self.cuts and COMMIT in data:
                        self.cuts += 1
                        return
                    if not data:
                        return
                    other[source].sendall(data)


def _connected(url: URL) -> socket.socket:
    host = unquote(str(url.host or url.query.get("host")))
    port = url.port or 5432
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def _without_host(url: URL) -> dict[str, str | tuple[str, ...]]:
    return {key: value for key, value in url.query.items() if key != "host"}


@contextmanager
def breakable_line(url: str, words: str) -> Iterator[Proxy]:
    """A proxy at work."""
    proxy = Proxy(url, words)
    server = threading.Thread(target=proxy.serve)
    server.start()
    try:
        yield proxy
    finally:
        proxy.listener.shutdown(socket.SHUT_RDWR)
        proxy.listener.close()
        server.join()
