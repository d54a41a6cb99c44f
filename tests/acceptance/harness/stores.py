"""Stores on either database: made once in each state that a case starts from, copied for each case, compared whole."""

import json
import re
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

Rows = list[tuple[Any, ...]]
Tables = dict[str, Rows]

# Run times, and how often a run was tried: all else must be equal.
TIMES = {
    *("attempt", "crm_scored_at", "promoted_at", "published_at", "scored_at", "seen_at", "started_at", "trained_at"),
    "written_at",
}
SPEED = re.compile(r'"speed": ?[^,}]+')  # of a model beside the champion, by the clock


@dataclass(frozen=True)
class Store:
    """A database of leads and their scores, and the settings for it. Each connection is closed after its use."""

    url: str
    config: Path
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """What makes this the store of a process."""
        return {"LEADSCORE_CONFIG": str(self.config), "LEADSCORE_DATABASE__URL": self.url, **dict(self.settings)}

    def having(self, **settings: Any) -> "Store":
        """The same store with other settings: ``scoring__chunk_rows=20``."""
        given = {f"LEADSCORE_{key.upper()}": str(value) for key, value in settings.items()}
        return replace(self, settings=tuple((dict(self.settings) | given).items()))

    @property
    def database(self) -> str:
        """The kind of it: sqlite or postgresql."""
        return make_url(self.url).get_backend_name()

    @property
    def name(self) -> str:
        """Its name on its server, or its file."""
        return str(make_url(self.url).database)

    def by(self, url: str) -> "Store":
        """The same store at another address."""
        return replace(self, url=url)

    @property
    def engine(self) -> sa.Engine:
        url = make_url(self.url)
        driver = "postgresql+psycopg" if url.get_backend_name() == "postgresql" else url.drivername
        return sa.create_engine(url.set(drivername=driver), poolclass=NullPool)

    def rows(self, statement: str, **values: Any) -> Rows:
        """Run a statement in a transaction of its own."""
        times = [sa.bindparam(key, type_=sa.DateTime()) for key, value in values.items() if isinstance(value, datetime)]
        with self.engine.begin() as connection:
            result = connection.execute(sa.text(statement).bindparams(*times), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    def tables(self) -> Tables:
        """The content of every table, run times aside."""
        metadata = sa.MetaData()
        with self.engine.begin() as connection:
            metadata.reflect(connection)
            return {table.name: _content(connection, table) for table in metadata.sorted_tables}


def _content(connection: sa.Connection, table: sa.Table) -> Rows:
    raw = sa.types.NullType()  # cells as the driver hands them over
    columns = [sa.type_coerce(column, raw) for column in table.columns if column.name not in TIMES]
    rows = [tuple(map(_anywhere, row)) for row in connection.execute(sa.select(*columns))]
    return sorted(rows, key=repr)


def _anywhere(cell: Any) -> Any:
    """A cell as it would be in another folder, where bundles are named by their content, and on another machine."""
    if isinstance(cell, dict):
        return json.loads(_anywhere(json.dumps(cell)))
    if isinstance(cell, str):
        return Path(cell).name if cell.startswith("file://") else SPEED.sub('"speed": 1', cell)
    return cell


def copied_file(state: Store, folder: Path) -> Store:
    """A copy of a SQLite store, which no process has open, in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with state.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(state.name, folder / "leadscore.db")
    return replace(state, url=f"sqlite:///{folder}/leadscore.db")
