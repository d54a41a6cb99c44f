"""A PostgreSQL that takes connections by TLS alone, with a certificate of its own.

The PostgreSQL of the tests is built without TLS, so the protocol's own request for it is answered in front of it: for
the client, its libraries and the certificate there is no difference.
"""

import asyncio
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TLS_REQUEST, GSS_REQUEST = 80877103, 80877104
DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@dataclass(frozen=True)
class Certificates:
    """The files of an authority, and of a server that it vouches for."""

    authority: Path
    server: Path
    key: Path


def certificates(folder: Path, host: str) -> Certificates:
    """A new authority, and its certificate for ``host``."""
    folder.mkdir()
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = f"authority {folder.name}"
    authority = signed(name, authority_key, name, authority_key, None)
    server = signed(host, key, name, authority_key, host)
    made = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.server.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    made.key.write_bytes(key.private_bytes(*form))
    return made


def signed(name: str, key: Key, issuer: str, issuer_key: Key, host: str | None) -> x509.Certificate:
    """A certificate for ``host``, or without one that of an authority."""
    now = datetime.now(UTC)
    called = {each: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)}
    builder = x509.CertificateBuilder().subject_name(called[name]).issuer_name(called[issuer])
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - DAY).not_valid_after(now + DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@contextmanager
def tls_in_front_of(postgres: str, made: Certificates) -> Iterator[int]:
    """The port of localhost at which the server of the URL ``postgres`` takes connections by TLS alone."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.server, made.key)
    with psycopg.connect(postgres) as connection:
        handle = partial(handled, context, connection.info.host, connection.info.port)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(handle, "127.0.0.1", 0), loop).result()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(server.close)
    asyncio.run_coroutine_threadsafe(ended(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def ended() -> None:
    """Wait for those that are connected: their clients have gone."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


async def handled(context: ssl.SSLContext, host: str, port: int, client: Reader, to_client: Writer) -> None:
    while (request := struct.unpack("!II", await client.readexactly(8))[1]) == GSS_REQUEST:
        to_client.write(b"N")
    if request != TLS_REQUEST:
        told = b"SFATAL\0VFATAL\0C28000\0Mconnection requires TLS\0\0"
        to_client.write(b"E" + struct.pack("!I", len(told) + 4) + told)
        to_client.close()
        return
    to_client.write(b"S")
    with suppress(OSError):  # the client does not like the certificate
        await to_client.start_tls(context)
        server, to_server = await connected(host, port)
        await asyncio.gather(pass_on(client, to_server), pass_on(server, to_client))


async def connected(host: str, port: int) -> tuple[Reader, Writer]:
    if host.startswith("/"):
        return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return await asyncio.open_connection(host, port)


async def pass_on(one: Reader, other: Writer) -> None:
    with suppress(OSError):
        while data := await one.read(2**16):
            other.write(data)
            await other.drain()
    other.close()
