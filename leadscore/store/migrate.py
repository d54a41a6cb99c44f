"""The score store's tables, brought to the present revision by Alembic."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, Engine, Integer, Text, inspect
from sqlalchemy.exc import DBAPIError, InternalError, ProgrammingError
from sqlalchemy.types import TypeEngine

from leadscore.errors import StoreError
from leadscore.schema import Type
from leadscore.store.engine import let_readers_work, reading, writing
from leadscore.store.queries import SQL

IDENTIFIERS = {"id": "lead_id", "account": "account_id", "owner": "owner_id"}  # columns by role
VERSION_TABLE = "leadscore_alembic_version"  # the leads' own database may use Alembic too


def migrate(engine: Engine, id_types: dict[str, Type]) -> None:
    """Create or upgrade the tables and views in one transaction; nothing happens if none is due.

    ``id_types`` are the source's types of the columns in the roles ``id``, ``account`` and ``owner``: the store
    keeps identifiers as the source does, so that the two can be joined. Raises StoreError if a newer leadscore has
    been at work here, or if something of the user's is in the way.
    """
    if revision(engine):
        _require_same_types(engine, id_types)
    if not due(engine):
        return
    let_readers_work(engine)
    config = alembic_config()
    config.attributes["id_types"] = {role: _column_type(type_) for role, type_ in id_types.items()}
    with writing(engine) as connection, _told():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _require_same_types(engine: Engine, id_types: dict[str, Type]) -> None:
    """Raise StoreError if the store keeps identifiers of another type than the leads have now."""
    columns = {column["name"]: column["type"] for column in inspect(engine).get_columns("lead_scores")}
    for role, column in IDENTIFIERS.items():
        kept, found = isinstance(columns[column], Integer), id_types[role] is Type.INTEGER
        if kept != found:
            words = {True: "whole numbers", False: "text"}
            raise StoreError(
                f"The store keeps {column} as {words[kept]}, but the leads have {words[found]} there.",
                f"name the {role} column of before in [leads], cast it in a query, or start a new store.",
            )


def due(engine: Engine) -> list[str]:
    """The revisions that the store lacks, in their order."""
    script = ScriptDirectory.from_config(alembic_config())
    present = revision(engine)
    known = [each.revision for each in script.walk_revisions()][::-1]
    if present is not None and present not in known:
        raise StoreError(
            f"The store is at revision {present}, which this leadscore does not know.",
            "a newer leadscore has been at work here: install that one.",
        )
    return known[known.index(present) + 1 :] if present else known


def revision(engine: Engine) -> str | None:
    """The store's revision; None before its first migration."""
    with reading(engine) as connection:
        return _revision(connection)


def alembic_config() -> Config:
    """Where Alembic finds the revisions."""
    config = Config()
    config.set_main_option("script_location", str(SQL / "migrations"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


@contextmanager
def _told() -> Iterator[None]:
    """Say in words what the database does not let us change: a name that is taken, a view of theirs upon ours."""
    try:
        yield
    except DBAPIError as error:
        refused = isinstance(error, ProgrammingError | InternalError)
        if not refused and getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR:
            raise
        told = str(error.orig).partition("\nHINT")[0].replace("\nDETAIL:  ", "; ").strip().rstrip(".")
        raise StoreError(
            f"The store cannot be brought to the present revision: {told}.",
            "nothing was changed: move what is in the way, or let [database] url name a database of the store's own.",
        ) from error


def _column_type(type_: Type) -> TypeEngine[int] | TypeEngine[str]:
    return BigInteger() if type_ is Type.INTEGER else Text()
