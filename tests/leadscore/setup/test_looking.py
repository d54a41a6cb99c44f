"""Which tables of a database may be somebody's leads."""

from collections.abc import Callable

import sqlalchemy as sa

from leadscore.schema import Type
from leadscore.setup.looking import Look, tables
from leadscore.store.migrate import migrate


def test_no_table_or_view_of_the_score_store_is_offered(engine: sa.Engine, loaded: Callable[..., Look]) -> None:
    loaded(id=[1, 2], won=[True, False])
    migrate(engine, dict.fromkeys(("id", "account", "owner"), Type.INTEGER))
    assert tables(engine) == ["leads"]
