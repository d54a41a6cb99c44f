"""What the tables of a database hold: their names, and of one its columns by a sample and by counts of it all."""

from dataclasses import dataclass
from functools import cached_property

import polars as pl
import sqlalchemy as sa

from leadscore.errors import SourceError, meant
from leadscore.schema import Kind, Type, blank_missing, infer_kind
from leadscore.sections import Leads
from leadscore.store.engine import reading
from leadscore.store.source import Source, first_rows, open_source

SAMPLE_ROWS = 50_000
NO_TIMES = ("0000-00-00", "0000-00-00 00:00:00")  # of MySQL: dates that are none, among others that are
OURS = {  # tables and views of the score store: no leads of anybody's
    "account_index",
    "account_outcomes",
    "conversion_by_grade",
    "feature_counts",
    "lead_outcomes",
    "lead_score_history",
    "lead_scores",
    "lead_snapshots",
    "leadscore_alembic_version",
    "models",
    "monitoring",
    "overrides_in_force",
    "quarantined_leads",
    "sales_queue",
    "score_changes",
    "score_cohorts",
    "score_overrides",
    "score_runs",
    "scored_leads",
    "write_backs",
}


@dataclass(frozen=True)
class Look:
    """A table of ``n`` rows, and a ``sample`` of them, each column in the type that it is read as."""

    source: Source
    table: str
    n: int
    sample: pl.DataFrame

    @property
    def types(self) -> dict[str, Type]:
        return self.source.types

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What each column looks like."""
        return {name: infer_kind(blank_missing(self.filled(name), NO_TIMES)) for name in self.types}

    def filled(self, name: str) -> pl.Series:
        """The cells of a column that hold something."""
        cells = self.sample[name].drop_nulls()
        return cells.filter(cells.str.strip_chars() != "") if cells.dtype == pl.String else cells


def tables(engine: sa.Engine) -> list[str]:
    """The tables and views of a database but for those of the score store."""
    with reading(engine) as connection:
        inspector = sa.inspect(connection)
        names = {*inspector.get_table_names(), *inspector.get_view_names()}
    return sorted(name for name in names if name not in OURS and not name.startswith("staged_"))


def look(engine: sa.Engine, table: str) -> Look:
    """Look at a table. Raises SourceError if it is not there, or empty."""
    known = tables(engine)
    if table not in known:
        raise SourceError(f"The database has no table {table}.", meant(table, known))
    with reading(engine) as connection:
        columns = [column["name"] for column in sa.inspect(connection).get_columns(table)]
        n = connection.execute(sa.select(sa.func.count()).select_from(sa.table(table))).scalar_one()
    if not n:
        raise SourceError(f"Table {table} holds no rows.", "load some, or name another by --table.")
    source = open_source(engine, Leads(table=table, id=columns[0], label=columns[0]))
    return Look(source, table, n, first_rows(source, SAMPLE_ROWS))


def n_different(found: Look, name: str) -> tuple[int, int]:
    """In how many of all rows a column is filled, and how many values it has."""
    column: sa.ColumnClause[object] = sa.column(sa.quoted_name(name, True))
    counts = sa.select(sa.func.count(column), sa.func.count(sa.distinct(column)))
    with reading(found.source.engine) as connection:
        filled, different = connection.execute(counts.select_from(sa.table(found.table))).one()
    return filled, different
