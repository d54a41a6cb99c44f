"""The leads where the user keeps them: read only, never assumed to be clean."""

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import types as sql_types
from sqlalchemy.exc import NoSuchTableError, ProgrammingError

from leadscore.errors import SourceError
from leadscore.schema import Type, present, truth
from leadscore.sections import Leads
from leadscore.store.engine import reading
from leadscore.store.frames import to_frame
from leadscore.times import UTC_NAIVE, to_utc

SAMPLE_ROWS = 1000  # read to type the columns of a query, or of a SQLite table without declared types
BOUND_VALUES = 30_000  # SQLite takes at most 32,766 a statement

DECLARED: tuple[tuple[type[sql_types.TypeEngine[Any]], Type], ...] = (
    (sql_types.Boolean, Type.BOOLEAN),
    (sql_types.Integer, Type.INTEGER),
    (sql_types.Numeric, Type.FLOAT),
    (sql_types.Float, Type.FLOAT),
    (sql_types.DateTime, Type.TIME),
    (sql_types.Date, Type.TIME),
    (sql_types.String, Type.TEXT),
)
SUGGESTED = {pl.Int64: Type.INTEGER, pl.Float64: Type.FLOAT, pl.Boolean: Type.BOOLEAN, pl.Datetime: Type.TIME}


@dataclass(frozen=True)
class Source:
    """The table or query of the leads. ``declared`` are the types that the database states, ``types`` those we read."""

    engine: sa.Engine
    relation: sa.FromClause
    leads: Leads
    declared: dict[str, Type | None]
    types: dict[str, Type]

    @property
    def features(self) -> dict[str, Type | None]:
        """The columns that may become features, with their declared types."""
        hidden = {*self.leads.roles, *self.leads.exclude}
        return {name: type_ for name, type_ in self.declared.items() if name not in hidden}


def open_source(engine: sa.Engine, leads: Leads) -> Source:
    """Find the leads and their columns. Raises SourceError if the settings name what is not there."""
    with reading(engine) as connection:
        relation = _relation(connection, leads)
        declared = {column.name: _declared(column.type) for column in relation.columns}
        _require_columns(leads, list(declared))
        sample = to_frame(connection.execute(_select(relation).limit(SAMPLE_ROWS)).fetchall(), declared)
    types = {
        name: type_ or SUGGESTED.get(sample.schema[name].base_type(), Type.TEXT) for name, type_ in declared.items()
    }
    return Source(engine, relation, leads, declared, types)


def scan(source: Source, chunk_rows: int) -> pl.DataFrame:
    """Who the leads are and how they stand: one narrow pass over the whole table.

    A frame as `describe` gives it, with ``row_number`` from 1 before it. Where there is no ``updated_at`` the whole
    row has to be read, to be hashed.
    """
    names = _life_columns(source.leads) if source.leads.updated_at else list(source.types)
    parts = [describe(source, chunk) for chunk in _chunks(source, names, chunk_rows)]
    if not parts:
        raise SourceError(f"{_name(source.leads)} holds no leads.", "load some, or point [leads] table elsewhere.")
    return pl.concat(parts).with_row_index("row_number", offset=1)


def fetch(source: Source, ids: pl.Series) -> pl.DataFrame:
    """The leads with these ``ids``, all columns, each in its stored type (text where cells disagree with it)."""
    rows: list[sa.Row[Any]] = []
    key = source.relation.columns[source.leads.id]
    with reading(source.engine) as connection:
        for start in range(0, len(ids), BOUND_VALUES):
            batch = ids.slice(start, BOUND_VALUES).to_list()
            rows += connection.execute(_select(source.relation).where(key.in_(batch))).fetchall()
    return to_frame(rows, source.types)


def describe(source: Source, raw: pl.DataFrame) -> pl.DataFrame:
    """The lives of the leads in ``raw``, a row each.

    ``lead_id``, ``account_id``, ``owner_id`` as stored; ``label`` (1, 0, null while open); ``created_at``,
    ``closed_at`` and ``lead_updated_at`` in naive UTC; ``row_hash`` where the source has no column of the last change;
    ``unreadable``, the first column whose cell is there but no yes or no, or no time.
    """
    leads = source.leads
    label = truth(pl.col(leads.label).cast(pl.String))
    times = {name: _time(raw, name, leads.timezone) for name in (leads.created_at, leads.closed_at, leads.updated_at)}
    read = {leads.label: label} | {name: time for name, time in times.items() if name}
    return raw.select(
        pl.col(leads.id).alias("lead_id"),
        _optional(raw, leads.account).alias("account_id"),
        _optional(raw, leads.owner).alias("owner_id"),
        label.cast(pl.Int8).alias("label"),
        times[leads.created_at].alias("created_at"),
        times[leads.closed_at].alias("closed_at"),
        times[leads.updated_at].alias("lead_updated_at"),
        pl.lit(None, dtype=pl.String).alias("row_hash") if leads.updated_at else _row_hash(raw),
        pl.coalesce(_unreadable(name, value, leads) for name, value in read.items()).alias("unreadable"),
    )


def _relation(connection: sa.Connection, leads: Leads) -> sa.FromClause:
    if leads.query is not None:
        return _query(connection, leads.query)
    schema, _, name = (leads.table or "").rpartition(".")
    for table, owner in ((leads.table, None), (name, schema or None)):
        try:
            return sa.Table(str(table), sa.MetaData(), schema=owner, autoload_with=connection, resolve_fks=False)
        except NoSuchTableError:
            continue
    inspector = sa.inspect(connection)
    known = [*inspector.get_table_names(), *inspector.get_view_names()]
    raise SourceError(f"The database has no table {leads.table}.", _meant(str(leads.table), known))


def _query(connection: sa.Connection, query: str) -> sa.FromClause:
    whole = sa.text(query.strip().rstrip(";"))
    try:
        names = connection.execute(
            sa.select(sa.literal_column("*")).select_from(whole.columns().subquery()).limit(0)
        ).keys()
    except (ProgrammingError, sa.exc.OperationalError) as error:
        raise SourceError(
            f"[leads] query does not run: {error.orig}.", "try it in the database's own client."
        ) from None
    return whole.columns(*(sa.column(name) for name in names)).subquery("leads")


def _require_columns(leads: Leads, known: Sequence[str]) -> None:
    for name in (*leads.roles, *filter(None, (leads.account, leads.owner)), *leads.exclude, *leads.kinds):
        if name not in known:
            raise SourceError(f"{_name(leads)} has no column {name}.", _meant(name, known))


def _meant(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"it has {', '.join(sorted(known)) or 'none'}."


def _name(leads: Leads) -> str:
    return f"Table {leads.table}" if leads.table else "The query of the leads"


def _declared(type_: sql_types.TypeEngine[Any]) -> Type | None:
    return next((ours for theirs, ours in DECLARED if isinstance(type_, theirs)), None)


def _select(relation: sa.FromClause, names: Sequence[str] | None = None) -> sa.Select[*tuple[Any, ...]]:
    """Cells as the driver hands them over: SQLAlchemy's own conversions stop at the first odd one."""
    chosen = [relation.columns[name] for name in names] if names else list(relation.columns)
    return sa.select(*(sa.type_coerce(column, sql_types.NullType()).label(column.name) for column in chosen))


def _chunks(source: Source, names: Sequence[str], chunk_rows: int) -> Iterator[pl.DataFrame]:
    types = {name: source.types[name] for name in names}
    with reading(source.engine) as connection:
        result = connection.execution_options(yield_per=chunk_rows).execute(_select(source.relation, names))
        for rows in result.partitions():
            yield to_frame(rows, types)


def _life_columns(leads: Leads) -> list[str]:
    return list(dict.fromkeys(filter(None, (*leads.roles, leads.account, leads.owner))))


def _optional(raw: pl.DataFrame, name: str | None) -> pl.Expr:
    return pl.col(name) if name else pl.lit(None, dtype=pl.String)


def _time(raw: pl.DataFrame, name: str | None, timezone: str) -> pl.Expr:
    return to_utc(pl.col(name), raw.schema[name], timezone) if name else pl.lit(None, dtype=UTC_NAIVE)


def _unreadable(name: str, value: pl.Expr, leads: Leads) -> pl.Expr:
    """The ``name`` where the cell is there, but has no ``value``."""
    said = present(pl.col(name).cast(pl.String), [word.casefold() for word in leads.missing])
    return pl.when(said.is_not_null() & value.is_null()).then(pl.lit(name))


def _row_hash(raw: pl.DataFrame) -> pl.Expr:
    cells = pl.concat_str(pl.all().cast(pl.String).fill_null("\x00"), separator="\x1f")
    return cells.map_batches(_digests, return_dtype=pl.String).alias("row_hash")


def _digests(rows: pl.Series) -> pl.Series:
    return pl.Series(
        rows.name, [hashlib.blake2b(row.encode(), digest_size=8).hexdigest() for row in rows], dtype=pl.String
    )
