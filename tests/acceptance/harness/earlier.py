"""Stores as they were at an earlier revision."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from leadscore.store import queries
from leadscore.store.migrate import alembic_config

CAPACITY = re.compile(r" AND probability >= COALESCE\(\(.*\), 0\)", re.DOTALL)


def upgrade(connection: sa.Connection, id_types: Mapping[str, Any], at: str) -> None:
    """Bring the store to a revision; at an earlier one the sales queue does not know yet how many can be called."""
    config = alembic_config()
    config.attributes |= {"connection": connection, "id_types": id_types}
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if at != "head":
            then = Path(folder) / "sql"
            shutil.copytree(queries.SQL, then)
            queue = then / "views" / "3_sales_queue.sql"
            queue.write_text(CAPACITY.sub("", queue.read_text()))
            patch.setattr(queries, "SQL", then)
        command.upgrade(config, at)
