"""All that the tables of the store keep of one lead: erased, and searched for."""

from contextlib import closing

import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from leadscore.errors import DatabaseUnreachable
from leadscore.store.engine import reading, translated, writing
from leadscore.store.queries import execute, load_rows

BY_LEAD = (  # every table of the store with a column `lead_id`
    *("lead_outcomes", "lead_score_history", "lead_scores", "lead_snapshots", "quarantined_leads", "score_overrides"),
    *("staged_departures", "staged_outcomes", "staged_quarantine", "staged_scores", "write_backs"),
)
OTHERS = ("feature_counts", "models", "monitoring", "score_cohorts", "score_runs", "staged_chunks")


def erase(store: Engine, lead_id: int | str) -> dict[str, int]:
    """Delete every row of the lead, in one transaction; how many went, by table.

    What was counted with the lead is counted again without it: the outcomes of its account, and that it left the leads
    whose outcome monitoring waits for.
    """
    with writing(store) as connection:
        if _counts(connection, lead_id)["lead_scores"]:
            load_rows(connection, "stage_departures", pl.DataFrame({"lead_id": [lead_id]}))
            execute(connection, "settle_cohorts")
            execute(connection, "clear_staged_departures")
        execute(connection, "touch_account", lead_id=lead_id)
        rows = {name: _delete(connection, name, lead_id) for name in BY_LEAD}
        execute(connection, "forget_tallies")
        execute(connection, "tally_accounts")
        execute(connection, "clear_staged_accounts")
    return {name: n for name, n in rows.items() if n}


def rows_of(store: Engine, lead_id: int | str) -> dict[str, int]:
    """How many rows of the lead each table holds."""
    with reading(store) as connection:
        return _counts(connection, lead_id)


def cells_with(store: Engine, text: str) -> dict[str, int]:
    """In how many cells of other columns than ``lead_id`` the ``text`` occurs, by table and column, if in any."""
    with reading(store) as connection:
        tables = [sa.Table(name, sa.MetaData(), autoload_with=connection) for name in (*BY_LEAD, *OTHERS)]
        texts = [each for table in tables for each in table.columns if isinstance(each.type, sa.Text | sa.JSON)]
        found = {f"{each.table.name}.{each.name}": _n_with(connection, each, text) for each in texts}
    return {name: n for name, n in found.items() if n and not name.endswith(".lead_id")}


def overwrite(store: Engine) -> None:
    """Have the database let go the space of deleted rows: until then a file of SQLite, and its log, still hold them.

    Raises DatabaseUnreachable where a reader keeps the log.
    """
    with translated(store), closing(store.raw_connection()) as connection:
        if store.dialect.name == "sqlite":
            connection.execute("VACUUM")
            is_read, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if is_read:
                raise DatabaseUnreachable(
                    "Another program reads the store, whose log still holds what was erased.",
                    "close that program, then run `leadscore forget` again.",
                )
        else:
            connection.set_autocommit(True)
            connection.cursor().execute(f"VACUUM {', '.join(BY_LEAD)}")
            connection.set_autocommit(False)


def _delete(connection: Connection, name: str, lead_id: int | str) -> int:
    table = sa.table(name, sa.column("lead_id"))
    return connection.execute(sa.delete(table).where(table.c.lead_id == lead_id)).rowcount


def _counts(connection: Connection, lead_id: int | str) -> dict[str, int]:
    tables = [sa.table(name, sa.column("lead_id")) for name in BY_LEAD]
    counts = (sa.select(sa.func.count()).select_from(each).where(each.c.lead_id == lead_id) for each in tables)
    return {each.name: connection.execute(n).scalar_one() for each, n in zip(tables, counts, strict=True)}


def _n_with(connection: Connection, column: sa.Column[str], text: str) -> int:
    told = sa.cast(column, sa.Text)
    there = sa.select(sa.func.count()).select_from(column.table).where(told.contains(text, autoescape=True))
    return connection.execute(there).scalar_one()
