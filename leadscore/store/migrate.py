"""The score store's tables, brought to the present revision by Alembic."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, Engine, Text
from sqlalchemy.types import TypeEngine

from leadscore.schema import Type
from leadscore.store.engine import let_readers_work, reading, writing
from leadscore.store.queries import SQL

VERSION_TABLE = "leadscore_alembic_version"  # the leads' own database may use Alembic too


def migrate(engine: Engine, id_types: dict[str, Type]) -> None:
    """Create or upgrade the tables and views in one transaction; nothing happens if none is due.

    ``id_types`` are the source's types of the columns in the roles ``id``, ``account`` and ``owner``: the store
    keeps identifiers as the source does, so that the two can be joined.
    """
    config = Config()
    config.set_main_option("script_location", str(SQL / "migrations"))
    with reading(engine) as connection:
        present = _revision(connection)
    if present == ScriptDirectory.from_config(config).get_current_head():
        return
    let_readers_work(engine)
    config.attributes["id_types"] = {role: _column_type(type_) for role, type_ in id_types.items()}
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_migrated(engine: Engine) -> bool:
    """Whether the store has tables at all."""
    with reading(engine) as connection:
        return _revision(connection) is not None


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _column_type(type_: Type) -> TypeEngine[int] | TypeEngine[str]:
    return BigInteger() if type_ is Type.INTEGER else Text()
