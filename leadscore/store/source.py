"""The leads where the user keeps them: read only, never assumed to be clean."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from leadscore.errors import SourceError, meant
from leadscore.schema import Type
from leadscore.sections import Leads
from leadscore.store import arrow, by_id, postgres
from leadscore.store.engine import reading, told
from leadscore.store.frames import to_frame
from leadscore.store.lives import describe
from leadscore.store.relation import Relation, called, find

SAMPLE_ROWS = 1000  # read to type the columns of a query, or of a SQLite table without declared types
BOUND_VALUES = 30_000  # SQLite takes at most 32,766 a statement
FETCHED_AT_ONCE = 25_000  # by PostgreSQL, which takes them as one array, and hands the rows over as a whole: 1 KB each
ROW_HASH = "leadscore.row_hash"  # no column of a user's table

SUGGESTED = {
    pl.Int64: Type.INTEGER,
    pl.Float64: Type.FLOAT,
    pl.Decimal: Type.FLOAT,
    pl.Boolean: Type.BOOLEAN,
    pl.Datetime: Type.TIME,
    pl.Date: Type.TIME,
}


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
    """The table or query of the leads. ``declared`` are the types that the database states, ``types`` those we read.

    Neither has the columns that leadscore itself writes there, ``written``.
    """

    engine: sa.Engine
    found: Relation
    leads: Leads
    declared: dict[str, Type | None]
    types: dict[str, Type]
    written: tuple[str, ...] = ()

    @property
    def relation(self) -> sa.FromClause:
        """What the leads are selected from, with all its columns."""
        return self.found.origin

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

    @property
    def by_arrow(self) -> bool:
        """Whether the leads come as record batches, typed by the server, and not row by row."""
        return self.engine.dialect.name == "postgresql"


def open_source(engine: sa.Engine, leads: Leads, written: Collection[str] = ()) -> Source:
    """Find the leads and their columns, of which ``written`` are ours.

    Raises SourceError if the settings name what is not there.
    """
    with reading(engine) as connection:
        found = find(connection, leads)
        if absent := [name for name in written if name not in found.declared]:
            raise SourceError(
                f"{called(leads)} has no column {', '.join(absent)} to write to.",
                f"add it, or mend [publish] into: {meant(absent[0], sorted(found.declared))}",
            )
        declared = {name: type_ for name, type_ in found.declared.items() if name not in written}
        types = _typed(connection, found, declared, leads)
    identifiers = {name: identifier_type(types[name]) for name in (leads.id, leads.account, leads.owner) if name}
    return Source(engine, found, leads, declared, types | identifiers, tuple(written))


def identifier_type(type_: Type) -> Type:
    """Identifiers are whole numbers or text. Databases hold whole numbers as floats where some were missing."""
    return Type.INTEGER if type_ in (Type.INTEGER, Type.FLOAT) else Type.TEXT


def scan(source: Source, chunk_rows: int) -> pl.DataFrame:
    """All ranges of `scan_ranges` in one frame."""
    return pl.concat(scan_ranges(source, chunk_rows))


def scan_ranges(source: Source, chunk_rows: int) -> Iterator[pl.DataFrame]:
    """Who the leads are and how they stand (`Chunk.lives`), with ``row_number`` from 1: one pass over the table.

    They come by id, some ``chunk_rows`` at a time, and where ids are missing or repeated by all else: a database may
    tell these in any order. Leads with the same id are never parted.
    """
    names, n = _life_columns(source), 0
    with _readable(source):
        frames = _streamed(source, names) if source.by_arrow else _partitions(source, names, chunk_rows)
        for lives in by_id.cut(_chunk(source, frame).lives for frame in frames if frame.height):
            if lives.height:
                yield lives.sort(pl.all(), nulls_last=True).with_row_index("row_number", offset=n + 1)
            n += lives.height
    if not n:
        raise SourceError(f"{called(source.leads)} holds no leads.", "load some, or point [leads] table elsewhere.")


def first_rows(source: Source, n: int) -> pl.DataFrame:
    """The first ``n`` leads, as the source holds them: all columns, each in its stored type."""
    names, rows = list(source.types), _select(source, list(source.types)).limit(n)
    with _readable(source):
        if source.by_arrow:
            return arrow.read(source.engine, rows).drop(ROW_HASH, strict=False)
        with reading(source.engine) as connection:
            return _frame(source, connection.execute(rows).fetchall(), names).drop(ROW_HASH, strict=False)


def fetch(source: Source, ids: pl.Series) -> Chunk:
    """The leads with these ``ids``, whole, by id."""
    names = list(source.types)
    with _readable(source):
        if source.by_arrow:
            return _chunk(source, _arrays(source, names, ids))
        with reading(source.engine) as connection:
            return _chunk(source, _picked(connection, source, names, ids))


def lives_of(connection: sa.Connection, source: Source, ids: pl.Series, *, lock: bool = False) -> pl.DataFrame:
    """How the leads with these ``ids`` stand (`Chunk.lives`) to ``connection``.

    With ``lock`` their rows are kept from changing where the database can do so; those that somebody else is just
    changing are left out instead of waited for. The lock is the one of an update that changes no key: others can
    still add rows that refer to the leads.
    """
    locked = lock and connection.dialect.name != "duckdb"  # SQLAlchemy takes it for PostgreSQL, whose lock it lacks
    return _chunk(source, _picked(connection, source, _life_columns(source), ids, locked=locked)).lives


@contextmanager
def _readable(source: Source) -> Iterator[None]:
    """A statement that the database refuses is the fault of the table, its rights or the query."""
    try:
        yield
    except DBAPIError as error:
        raise SourceError(
            f"{called(source.leads)} cannot be read: {told(error)}.",
            "try it in the database's own client, as the same user.",
        ) from None  # it may quote what leads hold


def _life_columns(source: Source) -> list[str]:
    """What has to be read to describe the lives: few columns, or all if rows are hashed, and not by the server."""
    leads = source.leads
    if not leads.updated_at and not source.by_arrow:
        return list(source.types)
    return list(dict.fromkeys(filter(None, (*leads.roles, leads.account, leads.owner))))


def _select(source: Source, names: Sequence[str]) -> sa.Select[Any]:
    """The cells of the columns ``names`` as the driver hands them over, and the hash of the row where one is due.

    SQLAlchemy's own conversions would stop at the first odd cell.
    """
    cells = [source.found.cells[name].label(name) for name in names]
    if source.by_arrow and not source.leads.updated_at:
        cells.append(postgres.row_hash(source.relation.columns[name] for name in source.types).label(ROW_HASH))
    return sa.select(*cells).select_from(source.relation)


def _chosen(source: Source, names: Sequence[str]) -> sa.Select[Any]:
    """The same of the leads with the bound ``ids``, by id."""
    key = source.relation.columns[source.leads.id]
    native = source.found.id_type
    those = postgres.among(key, native) if native else key.in_(sa.bindparam("ids", expanding=True))
    return _select(source, names).where(those).order_by(key)


def _by_id(source: Source, names: Sequence[str]) -> sa.Select[Any]:
    """The same of all leads, in the order of their ids."""
    key, type_ = source.relation.columns[source.leads.id], source.identifier_types["id"]
    return _select(source, names).order_by(by_id.ordered(key, type_, source.engine.dialect.name))


def _streamed(source: Source, names: Sequence[str]) -> Iterator[pl.DataFrame]:
    return arrow.batches(source.engine, _by_id(source, names))


def _arrays(source: Source, names: Sequence[str], ids: pl.Series) -> pl.DataFrame:
    starts = range(0, max(len(ids), 1), FETCHED_AT_ONCE)
    values = [{"ids": ids.slice(start, FETCHED_AT_ONCE)} for start in starts]
    return arrow.read(source.engine, _chosen(source, names), *values)


def _partitions(source: Source, names: Sequence[str], chunk_rows: int) -> Iterator[pl.DataFrame]:
    with reading(source.engine) as connection:
        result = connection.execution_options(yield_per=chunk_rows).execute(_by_id(source, names))
        yield from (_frame(source, rows, names) for rows in result.partitions())


def _picked(
    connection: sa.Connection, source: Source, names: Sequence[str], ids: pl.Series, *, locked: bool = False
) -> pl.DataFrame:
    statement = (
        _chosen(source, names).with_for_update(key_share=True, skip_locked=True) if locked else _chosen(source, names)
    )
    rows: list[sa.Row[Any]] = []
    for start in range(0, len(ids), BOUND_VALUES):
        rows += connection.execute(statement, {"ids": ids.slice(start, BOUND_VALUES).to_list()}).fetchall()
    return _frame(source, rows, names)


def _frame(source: Source, rows: Sequence[sa.Row[Any]], names: Sequence[str]) -> pl.DataFrame:
    """A driver's ``rows`` as a frame, with their hashes where they are due."""
    types = {name: source.types[name] for name in names}
    if source.by_arrow:
        return to_frame(rows, types if source.leads.updated_at else types | {ROW_HASH: Type.TEXT})
    text = pl.col(pl.String).exclude(source.leads.id)
    frame = to_frame(rows, types).with_columns(text.str.replace_all("\0", "", literal=True))  # no store takes NUL
    if source.leads.updated_at:
        return frame
    return frame.with_columns(pl.Series(ROW_HASH, [_digest(row) for row in rows], dtype=pl.String))


def _chunk(source: Source, frame: pl.DataFrame) -> Chunk:
    raw = frame.drop(ROW_HASH, strict=False)
    hashes = pl.lit(None, pl.String) if source.leads.updated_at else frame[ROW_HASH]
    return Chunk(raw, describe(raw, source.leads, source.types).with_columns(row_hash=hashes))


def _typed(
    connection: sa.Connection, found: Relation, declared: Mapping[str, Type | None], leads: Leads
) -> dict[str, Type]:
    """The declared types; those of other columns by what their first cells suggest."""
    known = {name: type_ for name, type_ in declared.items() if type_}
    if len(known) == len(declared):
        return known
    cells = [found.cells[name].label(name) for name in declared]
    rows = connection.execute(sa.select(*cells).limit(SAMPLE_ROWS)).fetchall()
    sample = to_frame(rows, declared).schema
    if sample[leads.id] == pl.Binary:
        raise SourceError(
            f"{called(leads)} has ids of bytes in {leads.id}.",
            "name a whole number or a text, or a [leads] query with hex().",
        )
    return {name: SUGGESTED.get(dtype.base_type(), Type.TEXT) for name, dtype in sample.items()} | known


def _digest(row: sa.Row[Any]) -> str:
    """A hash of the cells as the driver handed them over, which no other row of the chunk can change."""
    return hashlib.blake2b(repr(tuple(row)).encode(), digest_size=8).hexdigest()
