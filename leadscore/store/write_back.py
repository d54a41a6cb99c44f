"""Scores in the user's own leads table: only in the columns that are named for it, only in rows that are as scored.

Whether a row already says what it should is judged by the database, after the value went through the column: a
probability kept with three digits is not written anew each time.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from leadscore.due import VERSION
from leadscore.errors import SourceError
from leadscore.store.engine import told
from leadscore.store.postgres import Named
from leadscore.store.relation import called
from leadscore.store.source import Source, lives_of

BATCH = 30_000  # rows that are locked, compared and written at a time
BOUND = "leadscore.{}"  # names of bound values: SQLAlchemy takes those of the table's columns for its own
ZONED = "with time zone"  # in PostgreSQL's names of types

Type = sa.types.TypeEngine[Any]
TYPES: Mapping[str, Type] = {"score": sa.BigInteger(), "grade": sa.Text(), "probability": sa.Double()}


@dataclass(frozen=True)
class Written:
    """What became of the wanted rows. Those not ``settled`` have to wait: they were edited since they were scored.

    ``settled`` are the ids of rows that are in line now, or gone. ``versions`` has ``lead_id``, ``lead_updated_at``
    and ``row_hash`` of those whose version was changed by our writing, as a trigger on the table does.
    """

    n_written: int
    settled: pl.Series
    versions: pl.DataFrame


@dataclass(frozen=True)
class Column:
    """A column to write to: values are bound as ``bound``, which PostgreSQL then casts to ``stored``."""

    name: str
    bound: Type
    stored: Type


def bring_in_line(connection: sa.Connection, source: Source, into: Mapping[str, str], wanted: pl.DataFrame) -> Written:
    """Write ``wanted`` into the leads' columns ``into``, within the transaction of ``connection``.

    ``wanted`` has ``lead_id``, the ``lead_updated_at`` and ``row_hash`` that were scored, and ``score``, ``grade``,
    ``probability`` and ``scored_at`` in naive UTC, which are null for a lead without a score. Raises SourceError if
    the database refuses to write.
    """
    with _in_words(source):
        columns = _columns(connection, source, into)
        rows = _bindable(source, columns, wanted)
        starts = range(0, max(rows.height, 1), BATCH)
        parts = [_write_batch(connection, source, columns, rows.slice(start, BATCH)) for start in starts]
    return Written(
        sum(part.n_written for part in parts),
        pl.concat([part.settled for part in parts]),
        pl.concat([part.versions for part in parts]),
    )


def _write_batch(
    connection: sa.Connection, source: Source, columns: Mapping[str, Column], wanted: pl.DataFrame
) -> Written:
    """The same for rows that fit into one statement. What has no score is cleared in whatever version it is.

    Rows that somebody is just changing wait like those that were changed.
    """
    version = ["lead_id", *VERSION]
    found = lives_of(connection, source, wanted["lead_id"], lock=True).select(version)
    unlocked = wanted.join(found, on="lead_id", how="anti")["lead_id"]
    busy = lives_of(connection, source, unlocked).select("lead_id")  # the others that could not be locked are gone
    unique = found.filter(pl.col("lead_id").is_unique())
    as_scored = wanted.join(unique, on=version, how="semi", nulls_equal=True)
    scored = wanted.filter(~pl.all_horizontal(pl.col(role).is_null() for role in columns))
    edited = scored.join(found, on="lead_id", how="semi").join(as_scored, on="lead_id", how="anti")
    waiting = pl.concat([edited.select("lead_id"), busy])
    fit = wanted.join(waiting, on="lead_id", how="anti")
    n_written = _update(connection, source, columns, fit.join(found, on="lead_id", how="semi").drop(VERSION))
    stamped = as_scored["lead_id"] if n_written else as_scored["lead_id"].clear()
    now = lives_of(connection, source, stamped).select(version)
    return Written(n_written, fit["lead_id"], now.join(as_scored, on=version, how="anti", nulls_equal=True))


def _update(connection: sa.Connection, source: Source, columns: Mapping[str, Column], rows: pl.DataFrame) -> int:
    """Update those of ``rows`` whose cells differ; how many those were."""
    if rows.is_empty():
        return 0
    bound = rows.rename(BOUND.format)
    if connection.dialect.name == "postgresql":
        return connection.execute(_all_at_once(source, columns), bound.to_dict(as_series=False)).rowcount
    return connection.execute(_one_by_one(source, columns), bound.to_dicts()).rowcount


def _all_at_once(source: Source, columns: Mapping[str, Column]) -> sa.Update:
    """For PostgreSQL: an array is bound for each column. It is faster, and needs no index on the id to be so."""
    types = {"lead_id": Named(str(source.found.id_type)), **{role: each.bound for role, each in columns.items()}}
    arrays = [sa.cast(sa.bindparam(BOUND.format(role)), ARRAY(type_)) for role, type_ in types.items()]
    rows = sa.func.unnest(*arrays).table_valued(*types, name="wanted").render_derived()
    values = {role: sa.cast(rows.columns[role], each.stored) for role, each in columns.items()}
    return _statement(source, columns, rows.columns["lead_id"], values)


def _one_by_one(source: Source, columns: Mapping[str, Column]) -> sa.Update:
    values = {role: sa.bindparam(BOUND.format(role), type_=each.bound) for role, each in columns.items()}
    return _statement(source, columns, sa.bindparam(BOUND.format("lead_id")), values)


def _statement(
    source: Source,
    columns: Mapping[str, Column],
    lead_id: sa.ColumnElement[Any],
    values: Mapping[str, sa.ColumnElement[Any]],
) -> sa.Update:
    table = source.relation
    assert isinstance(table, sa.TableClause)  # a query is refused by the settings
    cells = {role: table.columns[each.name] for role, each in columns.items()}
    differs = [_differs(role, cell, values[role], alone=len(cells) == 1) for role, cell in cells.items()]
    chosen = sa.update(table).where(table.columns[source.leads.id] == lead_id, sa.or_(*differs))
    return chosen.values({cell: values[role] for role, cell in cells.items()})


def _differs(
    role: str, cell: sa.ColumnElement[Any], value: sa.ColumnElement[Any], *, alone: bool
) -> sa.ColumnElement[bool]:
    """Whether ``value`` is a reason to write. A lead that got the same score at another time is left as it is."""
    if role == "scored_at" and not alone:
        return cell.is_(None) != value.is_(None)
    return cell.is_distinct_from(value)


def _columns(connection: sa.Connection, source: Source, into: Mapping[str, str]) -> dict[str, Column]:
    if connection.dialect.name == "postgresql":
        types = _postgres_types(connection, [source.relation.columns[name] for name in into.values()])
        stored: list[Type] = [Named(name) for name in types]
        zoned = [ZONED in name for name in types]
    else:
        stored = [source.relation.columns[name].type for name in into.values()]
        zoned = [getattr(type_, "timezone", False) for type_ in stored]
    return {
        role: Column(name, TYPES.get(role) or _time(type_, zone), type_)
        for (role, name), type_, zone in zip(into.items(), stored, zoned, strict=True)
    }


def _postgres_types(connection: sa.Connection, cells: list[sa.ColumnElement[Any]]) -> list[str]:
    """The types of ``cells`` as PostgreSQL writes them, with lengths and digits."""
    with connection.execute(sa.select(*cells).limit(0)) as result:
        described = result.cursor.pgresult
        types = [(described.ftype(i), described.fmod(i)) for i in range(len(cells))]
    return list(connection.execute(sa.select(*(sa.func.format_type(*type_) for type_ in types))).one())


def _time(stored: Type, zoned: bool) -> Type:
    """What a time is bound as: SQLite would put the hours into a column of days, too."""
    return sa.Date() if isinstance(stored, sa.Date) else sa.DateTime(timezone=zoned)


def _bindable(source: Source, columns: Mapping[str, Column], wanted: pl.DataFrame) -> pl.DataFrame:
    """``wanted`` with what is written, and its times as the column wants them: without a zone they are the leads'."""
    rows = wanted.select("lead_id", *VERSION, *columns)
    if "scored_at" not in columns:
        return rows
    bound, time = columns["scored_at"].bound, pl.col("scored_at").dt.replace_time_zone("UTC")
    if getattr(bound, "timezone", False):
        return rows.with_columns(time)
    local = time.dt.convert_time_zone(source.leads.timezone).dt.replace_time_zone(None)
    return rows.with_columns(local.cast(pl.Date) if isinstance(bound, sa.Date) else local)


@contextmanager
def _in_words(source: Source) -> Iterator[None]:
    """Tell what the table refuses; trouble with the database itself is told by whoever opened the connection."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated:
            raise
        raise SourceError(
            f"{called(source.leads)} cannot be written to: {told(error)}.",
            "the columns of [publish] into must take these values and null, and the role of [publish] url (else of "
            "[database] url) needs SELECT on the table and UPDATE on those columns.",
        ) from error
