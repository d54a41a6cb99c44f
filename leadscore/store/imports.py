"""A file's rows into a table of the user's database: staged first, then merged in one transaction.

The staging table is a temporary one: it needs no right but the one to make such, locks nothing, and is gone with the
connection, however that ends. A row is known by its key: importing a file twice is importing it once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import polars as pl
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError

from leadscore.errors import SourceError
from leadscore.schema import Type
from leadscore.store.engine import open_engine, told, translated
from leadscore.store.load import COLUMN_TYPES, insert_rows
from leadscore.store.relation import DECLARED

STAGED = "leadscore_import"
CONTENT_KEY = "row_id"  # made of a row's content where the file has no id
NUMBER = "row_number"  # the order of such rows
DIALECTS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Target:
    """The table to import into: its ``columns`` and their types if it is there, and its ``key``, as far as known.

    ``numbered`` tells that the key is made of a row's content, and its rows have numbers.
    """

    name: str
    columns: Mapping[str, Type]
    key: str | None = None
    numbered: bool = False

    @property
    def is_new(self) -> bool:
        return not self.columns

    def called(self, name: str) -> str:
        """What the table calls a column of the file: databases differ in whether case counts."""
        same = [column for column in self.columns if column.casefold() == name.casefold()]
        return name if name in self.columns or not same else same[0]


@dataclass(frozen=True)
class Merged:
    """How many rows were new, and how many were known before."""

    n_new: int
    n_known: int


class Staging:
    """Rows on their way into a table, with the ``line`` of the file that each comes from."""

    def __init__(self, connection: sa.Connection, types: Mapping[str, Type], line: str) -> None:
        self.connection = connection
        self.types = types
        columns = (sa.Column(name, COLUMN_TYPES[type(type_.polars)]) for name, type_ in types.items())
        self._table = sa.Table(
            STAGED, sa.MetaData(), sa.Column(line, sa.Integer, primary_key=True), *columns, prefixes=["TEMPORARY"]
        )
        self.line = line
        self._line = self._table.c[line]
        self._table.create(connection)

    def add(self, rows: pl.DataFrame) -> None:
        """Stage ``rows``, their columns in the order of the types, after the line."""
        insert_rows(self.connection, self._table, rows)

    def n_unkeyed(self, column: str) -> int:
        """In how many rows ``column`` is empty, or holds what another row holds."""
        values = self._table.c[column]
        counts = sa.select(sa.func.count() - sa.func.count(sa.distinct(values))).select_from(self._table)
        return self.connection.execute(counts).scalar_one()

    def without(self, key: str) -> Iterator[tuple[int, str]]:
        """The line and the cells of each row whose ``key`` is empty."""
        return self._told(self._table.c[key].is_(None))

    def repeated(self, key: str) -> Iterator[tuple[int, str]]:
        """The same of each row whose ``key`` comes again in a later line, which counts."""
        places = self._places(key)
        again = sa.select(places.c.line).where(places.c.again > 1)
        return self._told(self._line.in_(again) & self._table.c[key].is_not(None))

    def keyed(self, key: str) -> sa.Subquery:
        """The rows to load: of those with the same ``key`` the last."""
        places = self._places(key)
        last = sa.select(self._table).join(places, self._line == places.c.line).where(places.c.again == 1)
        return last.where(self._table.c[key].is_not(None)).subquery()

    def numbered(self) -> sa.Subquery:
        """All rows, the second and third of equal ones told apart by their key: "3fa2c1d2-2"."""
        places, values = self._places(CONTENT_KEY, from_first=True), self._table.c[CONTENT_KEY]
        again = values + "-" + sa.cast(places.c.again, sa.Text)
        parted = sa.case((places.c.again == 1, values), else_=again).label(CONTENT_KEY)
        others = (column for column in self._table.c if column.name != CONTENT_KEY)
        return sa.select(parted, *others).join(places, self._line == places.c.line).subquery()

    def _places(self, key: str, *, from_first: bool = False) -> sa.Subquery:
        """For each line the place of its row among those with the same ``key``, the last one's being 1."""
        order = self._line if from_first else self._line.desc()
        again = sa.func.row_number().over(partition_by=self._table.c[key], order_by=order)
        return sa.select(self._line.label("line"), again.label("again")).subquery()

    def _told(self, those: sa.ColumnElement[bool]) -> Iterator[tuple[int, str]]:
        rows = self.connection.execute(sa.select(self._table).where(those).order_by(self._line))
        return ((row[0], ",".join("" if cell is None else str(cell) for cell in row[1:])) for row in rows)


@contextmanager
def import_connection(url: str) -> Iterator[sa.Connection]:
    """A connection for one import. Raises SourceError for a database that leads cannot be imported into."""
    engine = open_engine(url)
    try:
        if engine.dialect.name not in DIALECTS:
            raise SourceError(
                f"Files cannot be imported into {engine.dialect.name}.",
                "load them by the database's own tools, or import into SQLite or PostgreSQL.",
            )
        with translated(engine), engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise SourceError(
            f"The table does not take the rows: {told(error)}.", "see its constraints, or import into another --table."
        ) from None  # it may quote what the file holds
    finally:
        engine.dispose()


def find_target(connection: sa.Connection, name: str) -> Target:
    """The table ``name`` as it is, or none yet."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(name):
        return Target(name, {})
    columns = {column["name"]: _type(column["type"]) for column in inspector.get_columns(name)}
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    return Target(name, columns, key[0] if len(key) == 1 else None, numbered={CONTENT_KEY, NUMBER} <= set(columns))


def merge(staging: Staging, target: Target, types: Mapping[str, Type], key: str | None) -> Merged:
    """Bring the columns ``types`` of the staged rows into the table, which is made or widened where need be.

    Rows with a known ``key`` overwrite what the table has of their columns. Without a key rows are known by their
    content: a known one stays as it is, a new one gets the next number.
    """
    rows = staging.keyed(key) if key else staging.numbered()
    counted = sa.select(sa.func.count()).select_from(rows)
    n = staging.connection.execute(counted).scalar_one()
    if not n:  # nor is a table made
        return Merged(0, 0)
    loaded = dict(types) if key else {CONTENT_KEY: Type.TEXT, **types}
    table = _made(staging.connection, target, loaded if key else loaded | {NUMBER: Type.INTEGER}, key or CONTENT_KEY)
    is_known = sa.exists().where(table.c[key or CONTENT_KEY] == rows.c[key or CONTENT_KEY])
    n_known = staging.connection.execute(counted.where(is_known)).scalar_one()
    if key and n_known and len(loaded) > 1:
        values = {table.c[name]: rows.c[name] for name in loaded if name != key}
        staging.connection.execute(sa.update(table).values(values).where(table.c[key] == rows.c[key]))
    new = sa.select(*(rows.c[name] for name in loaded)).where(~is_known)
    if not key:
        number = _last(staging.connection, table) + sa.func.row_number().over(order_by=rows.c[staging.line])
        new = new.add_columns(number)
    names = [*loaded] if key else [*loaded, NUMBER]
    staging.connection.execute(sa.insert(table).from_select(names, new))
    return Merged(n - n_known, n_known)


def _last(connection: sa.Connection, table: sa.Table) -> int:
    """The highest number of a row so far."""
    return cast(int, connection.execute(sa.select(sa.func.coalesce(sa.func.max(table.c[NUMBER]), 0))).scalar_one())


@contextmanager
def writing_on(connection: sa.Connection) -> Iterator[None]:
    """A transaction on ``connection`` that writes: on SQLite it takes the lock at its start."""
    connection.execution_options(leadscore_writes=True)
    with connection.begin():
        yield


def _made(connection: sa.Connection, target: Target, types: Mapping[str, Type], key: str) -> sa.Table:
    """The table, with a column for each of ``types``."""
    columns = [_column(name, type_, is_key=name == key) for name, type_ in types.items()]
    if target.is_new:
        table = sa.Table(target.name, sa.MetaData(), *columns)
        table.create(connection)
        return table
    operations = Operations(MigrationContext.configure(connection))
    for name, type_ in types.items():
        if name not in target.columns:
            operations.add_column(target.name, _column(name, type_))
    return sa.Table(target.name, sa.MetaData(), *columns)


def _column(name: str, type_: Type, *, is_key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, COLUMN_TYPES[type(type_.polars)], primary_key=is_key, autoincrement=False)


def _type(stored: sa.types.TypeEngine[Any]) -> Type:
    return next((ours for theirs, ours in DECLARED if isinstance(stored, theirs)), Type.TEXT)
