"""The leads where the user keeps them: read only, never assumed to be clean."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import types as sql_types
from sqlalchemy.exc import NoSuchTableError, ProgrammingError

from leadscore.errors import SourceError, meant
from leadscore.schema import Type, present, truth
from leadscore.sections import Leads
from leadscore.store.engine import reading
from leadscore.store.frames import to_frame
from leadscore.times import UTC_NAIVE, to_utc

SAMPLE_ROWS = 1000  # read to type the columns of a query, or of a SQLite table without declared types
BIND = r"(?<![:\w\\]):(?=\w)"  # what SQLAlchemy would take for a value to bind
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
class Chunk:
    """Leads as the source holds them: ``raw`` all columns, each in its stored type; ``lives`` who they are.

    A column of ``raw`` whose cells disagree with its type is text. ``lives`` has a row for each lead: ``lead_id``,
    ``account_id`` and ``owner_id`` (whole numbers or text); ``label`` (1, 0, null while open); ``created_at``,
    ``closed_at`` and ``lead_updated_at`` in naive UTC; ``row_hash`` where the source has no column of the last
    change; ``unreadable``, the first of these columns whose cell is there but cannot be read.
    """

    raw: pl.DataFrame
    lives: pl.DataFrame


@dataclass(frozen=True)
class Source:
    """The table or query of the leads. ``declared`` are the types that the database states, ``types`` those we read."""

    engine: sa.Engine
    relation: sa.FromClause
    leads: Leads
    declared: dict[str, Type | None]
    types: dict[str, Type]

    @property
    def identifier_types(self) -> dict[str, Type]:
        """Types of the identifiers by role: whole numbers or text."""
        roles = {"id": self.leads.id, "account": self.leads.account, "owner": self.leads.owner}
        return {role: self.types[name] if name else Type.TEXT for role, name in roles.items()}

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
    suggested = {name: SUGGESTED.get(dtype.base_type(), Type.TEXT) for name, dtype in sample.schema.items()}
    types = {name: type_ or suggested[name] for name, type_ in declared.items()}
    if sample.schema[leads.id] == pl.Binary:
        raise SourceError(
            f"{_name(leads)} has ids of bytes in {leads.id}.",
            "name a whole number or a text, or a [leads] query with hex().",
        )
    identifiers = {name: identifier_type(types[name]) for name in (leads.id, leads.account, leads.owner) if name}
    return Source(engine, relation, leads, declared, types | identifiers)


def identifier_type(type_: Type) -> Type:
    """Identifiers are whole numbers or text. Databases hold whole numbers as floats where some were missing."""
    return Type.INTEGER if type_ in (Type.INTEGER, Type.FLOAT) else Type.TEXT


def scan(source: Source, chunk_rows: int) -> pl.DataFrame:
    """Who the leads are and how they stand (`Chunk.lives`), with ``row_number`` from 1: one pass over the table.

    It is narrow, unless there is no ``updated_at``: then whole rows have to be read, to be hashed.
    """
    names = _life_columns(source.leads) if source.leads.updated_at else list(source.types)
    types = {name: source.types[name] for name in names}
    with reading(source.engine) as connection:
        result = connection.execution_options(yield_per=chunk_rows).execute(_select(source.relation, names))
        parts = [_chunk(source, rows, types).lives for rows in result.partitions()]
    if not parts:
        raise SourceError(f"{_name(source.leads)} holds no leads.", "load some, or point [leads] table elsewhere.")
    return pl.concat(parts).with_row_index("row_number", offset=1)


def fetch(source: Source, ids: pl.Series) -> Chunk:
    """The leads with these ``ids``, whole, by id."""
    rows: list[sa.Row[Any]] = []
    key = source.relation.columns[source.leads.id]
    with reading(source.engine) as connection:
        for start in range(0, len(ids), BOUND_VALUES):
            batch = ids.slice(start, BOUND_VALUES).to_list()
            rows += connection.execute(_select(source.relation).where(key.in_(batch)).order_by(key)).fetchall()
    return _chunk(source, rows, source.types)


def _chunk(source: Source, rows: Sequence[sa.Row[Any]], types: Mapping[str, Type]) -> Chunk:
    raw = to_frame(rows, types)
    hashes = [None] * len(rows) if source.leads.updated_at else [_digest(row) for row in rows]
    return Chunk(raw, _describe(source, raw).with_columns(row_hash=pl.Series(hashes, dtype=pl.String)))


def _describe(source: Source, raw: pl.DataFrame) -> pl.DataFrame:
    """The lives of the leads in ``raw``, but for the hashes."""
    leads = source.leads
    roles = {"lead_id": leads.id, "account_id": leads.account, "owner_id": leads.owner}
    times = {"created_at": leads.created_at, "closed_at": leads.closed_at, "lead_updated_at": leads.updated_at}
    cells = {
        **{role: pl.col(name).cast(source.types[name].polars, strict=False) for role, name in roles.items() if name},
        "label": truth(pl.col(leads.label).cast(pl.String)).cast(pl.Int8),
        **{role: to_utc(pl.col(name), raw.schema[name], leads.timezone) for role, name in times.items() if name},
    }
    named = {**roles, "label": leads.label, **times}
    absent = {role: pl.lit(None, UTC_NAIVE if role in times else pl.String) for role in named}
    unreadable = pl.coalesce(_unreadable(str(named[role]), cell, leads) for role, cell in cells.items())
    return raw.select(**(absent | cells), unreadable=unreadable)


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
    raise SourceError(f"The database has no table {leads.table}.", meant(str(leads.table), sorted(known)))


def _query(connection: sa.Connection, query: str) -> sa.FromClause:
    whole = sa.text(re.sub(BIND, r"\:", query.strip().rstrip(";")) + "\n")  # a comment may end the query
    try:
        with connection.execution_options(stream_results=True).execute(whole) as result:  # names only, no rows
            names = list(result.keys())
    except (ProgrammingError, sa.exc.OperationalError) as error:
        raise SourceError(
            f"[leads] query does not run: {error.orig}.", "try it in the database's own client."
        ) from None
    if repeated := [name for name, n in Counter(names).items() if n > 1]:
        raise SourceError(
            f"[leads] query gives {', '.join(repeated)} more than once.", "name each column once, with AS if need be."
        )
    return whole.columns(*(sa.column(name) for name in names)).subquery("leads")


def _require_columns(leads: Leads, known: Sequence[str]) -> None:
    for name in (*leads.roles, *filter(None, (leads.account, leads.owner)), *leads.exclude, *leads.kinds):
        if name not in known:
            raise SourceError(f"{_name(leads)} has no column {name}.", meant(name, sorted(known)))


def _name(leads: Leads) -> str:
    return f"Table {leads.table}" if leads.table else "The query of the leads"


def _declared(type_: sql_types.TypeEngine[Any]) -> Type | None:
    return next((ours for theirs, ours in DECLARED if isinstance(type_, theirs)), None)


def _select(relation: sa.FromClause, names: Sequence[str] | None = None) -> sa.Select[*tuple[Any, ...]]:
    """Cells as the driver hands them over: SQLAlchemy's own conversions stop at the first odd one."""
    chosen = [relation.columns[name] for name in names] if names else list(relation.columns)
    return sa.select(*(sa.type_coerce(column, sql_types.NullType()).label(column.name) for column in chosen))


def _life_columns(leads: Leads) -> list[str]:
    return list(dict.fromkeys(filter(None, (*leads.roles, leads.account, leads.owner))))


def _unreadable(name: str, value: pl.Expr, leads: Leads) -> pl.Expr:
    """The ``name`` of the column where its cell is there, but has no ``value``."""
    said = present(pl.col(name).cast(pl.String), [word.casefold() for word in leads.missing])
    return pl.when(said.is_not_null() & value.is_null()).then(pl.lit(name))


def _digest(row: sa.Row[Any]) -> str:
    """A hash of the cells as the driver handed them over, which no other row of the chunk can change."""
    return hashlib.blake2b(repr(tuple(row)).encode(), digest_size=8).hexdigest()
