"""Stores as they were at an earlier revision."""

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

EARLIER_VIEWS = Path(__file__).parent / "earlier_views"  # on the tables of 0001: what others were since is of no matter


def upgrade(connection: sa.Connection, id_types: Mapping[str, Any], at: str) -> None:
    """Bring the store to a revision; to an earlier one with the views of then."""
    config = alembic_config()
    config.attributes |= {"connection": connection, "id_types": id_types}
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if at != "head":
            then = Path(folder) / "sql"
            shutil.copytree(queries.SQL, then)
            shutil.copytree(EARLIER_VIEWS, then / "views", dirs_exist_ok=True)
            patch.setattr(queries, "SQL", then)
        command.upgrade(config, at)
