"""The table or query that the settings name: where it is, and what its columns are."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import types as sql_types
from sqlalchemy.exc import DBAPIError

from leadscore.errors import SourceError, meant
from leadscore.schema import Type
from leadscore.sections import Leads
from leadscore.store import postgres
from leadscore.store.engine import told

READS = re.compile(r"(\s|\(|--[^\n]*\n|/\*.*?\*/)*(SELECT|WITH|VALUES|TABLE|FROM)\b", re.IGNORECASE | re.DOTALL)
BIND = r"(?<![:\w\\]):(?=\w)"  # what SQLAlchemy would take for a value to bind
DECLARED: tuple[tuple[type[sql_types.TypeEngine[Any]], Type], ...] = (
    (sql_types.Boolean, Type.BOOLEAN),
    (sql_types.Integer, Type.INTEGER),
    (sql_types.Numeric, Type.FLOAT),
    (sql_types.Float, Type.FLOAT),
    (sql_types.DateTime, Type.TIME),
    (sql_types.Date, Type.TIME),
    (sql_types.String, Type.TEXT),
)

Place = Callable[..., sa.FromClause]  # the table or query, with the columns that are handed over


@dataclass(frozen=True)
class Relation:
    """What the leads are read from. ``cells`` are what to select for each column, ``declared`` the database's types.

    ``id_type`` is PostgreSQL's own name for the type of the id.
    """

    origin: sa.FromClause
    cells: Mapping[str, sa.ColumnElement[Any]]
    declared: Mapping[str, Type | None]
    id_type: str | None = None


def find(connection: sa.Connection, leads: Leads) -> Relation:
    """The leads in the database. Raises SourceError if they, or a column that the settings name, are not there."""
    place, described = _query(connection, leads.query) if leads.query else _table(connection, str(leads.table))
    _require_columns(leads, list(described))
    if connection.dialect.name == "postgresql":
        return _typed_by_server(connection, place, described, described[leads.id])
    known = _reflected(connection, place())
    origin = place(*(_column(name, known.get(name)) for name in described))
    cells = {name: sa.type_coerce(origin.columns[name], sql_types.NullType()) for name in described}
    return Relation(origin, cells, {name: _declared(known.get(name)) for name in described})


def called(leads: Leads) -> str:
    """The leads' table or query in a sentence."""
    return f"Table {leads.table}" if leads.table else "The query of the leads"


def _require_columns(leads: Leads, known: Sequence[str]) -> None:
    """Raise SourceError if the settings name columns that are not ``known``."""
    absent = {name: key for key, name in leads.named if name not in known}
    if absent:
        told = ", ".join(f"{name} ([leads] {key})" for name, key in absent.items())
        raise SourceError(f"{called(leads)} has no column {told}.", meant(next(iter(absent)), sorted(known)))


def _typed_by_server(connection: sa.Connection, place: Place, types: Mapping[str, int], id_type: int) -> Relation:
    """PostgreSQL tells the type of every column, of a query too."""
    origin = place(*map(_column, types))
    return Relation(
        origin,
        {name: postgres.cell(origin.columns[name], oid) for name, oid in types.items()},
        {name: postgres.type_of(oid) for name, oid in types.items()},
        connection.scalar(sa.select(sa.func.format_type(id_type, -1))),  # with None, char(9) is called char(1)
    )


def _column(name: str, type_: sql_types.TypeEngine[Any] | None = None) -> sa.ColumnClause[Any]:
    """A column by its exact name, which no dialect may fold or take for a word of its own."""
    return sa.column(sa.quoted_name(name, True), type_)


def _query(connection: sa.Connection, query: str) -> tuple[Place, dict[str, Any]]:
    """A query, described by itself: within another, some databases rename the columns that it gives twice."""
    if not READS.match(query):
        raise SourceError("[leads] query is no SELECT.", "write one, or name a [leads] table.")
    whole = sa.text(re.sub(BIND, r"\:", query.strip().rstrip(";")) + "\n")  # a comment may end the query
    try:
        described = _describe(connection, whole)
    except DBAPIError as error:
        if connection.invalidated:
            raise
        raise SourceError(
            f"[leads] query does not run: {told(error)}.", "try it in the database's own client."
        ) from None
    return partial(_subquery, whole), described


def _subquery(query: sa.TextClause, *columns: sa.ColumnClause[Any]) -> sa.FromClause:
    return query.columns(*columns).subquery("leads")


def _table(connection: sa.Connection, name: str) -> tuple[Place, dict[str, Any]]:
    inspector = sa.inspect(connection)
    places = [(table, schema) for table, schema in _places(name) if schema is None or inspector.has_schema(schema)]
    for table, schema in places:
        if inspector.has_table(table, schema=schema):
            place = partial(sa.table, table, schema=schema)
            return place, _describe(connection, sa.select(sa.text("*")).select_from(place()).limit(0))
    raise SourceError(f"The database has no table {name}.", meant(name, _known(inspector, [s for _, s in places])))


def _places(name: str) -> Iterator[tuple[str, str | None]]:
    """What ``name`` may mean: a table, or, at each of its dots, a schema and a table."""
    yield name, None
    for dot in re.finditer(r"\.", name):
        yield name[dot.end() :], name[: dot.start()]


def _known(inspector: sa.Inspector, schemas: Sequence[str | None]) -> list[str]:
    found = [
        f"{schema}.{table}" if schema else table
        for schema in schemas
        for table in (*inspector.get_table_names(schema), *inspector.get_view_names(schema))
    ]
    return sorted(found)


def _describe(connection: sa.Connection, statement: sa.Executable) -> dict[str, Any]:
    """The columns of a SELECT, and what the driver calls their types; no row is read."""
    with connection.execute(statement, execution_options={"stream_results": True}) as result:
        columns = [(column[0], column[1]) for column in result.cursor.description]
    if repeated := [name for name, n in Counter(name for name, _ in columns).items() if n > 1]:
        raise SourceError(
            f"[leads] query gives {', '.join(repeated)} more than once.", "name each column once, with AS if need be."
        )
    return dict(columns)


def _reflected(connection: sa.Connection, relation: sa.FromClause) -> dict[str, sql_types.TypeEngine[Any]]:
    """The declared types of a table's columns, so far as the dialect can tell them."""
    if not isinstance(relation, sa.TableClause):
        return {}
    try:
        columns = sa.inspect(connection).get_columns(relation.name, schema=relation.schema)
    except (DBAPIError, NotImplementedError):
        connection.rollback()  # some databases refuse all else in a transaction in which something failed
        return {}
    return {column["name"]: column["type"] for column in columns}


def _declared(type_: sql_types.TypeEngine[Any] | None) -> Type | None:
    return next((ours for theirs, ours in DECLARED if isinstance(type_, theirs)), None)
