"""How the columns of PostgreSQL are read: as which of our types, and cast to what a frame can hold."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import types as sql_types
from sqlalchemy.dialects.postgresql import ARRAY

from leadscore.schema import Type

Cell = sa.ColumnElement[Any]

REAL, NUMERIC = 700, 1700  # object ids of pg_type, the same on every server
TYPES: dict[int, Type] = {
    16: Type.BOOLEAN,
    **dict.fromkeys((20, 21, 23), Type.INTEGER),
    **dict.fromkeys((REAL, 701, NUMERIC), Type.FLOAT),
    **dict.fromkeys((25, 1043), Type.TEXT),
    **dict.fromkeys((1082, 1114, 1184), Type.TIME),
}


class Named(sql_types.UserDefinedType[Any]):
    """A type that only the server knows, by its name there."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


def type_of(oid: int) -> Type:
    """Our type for a column of this type; whatever is no number, truth or time is text."""
    return TYPES.get(oid, Type.TEXT)


def _constant(words: str) -> Cell:
    """A constant in the statement itself: a bound one would keep the server from streaming."""
    return sa.literal_column(words)


def cell(column: Cell, oid: int) -> Cell:
    """``column`` as it is read.

    Times that no calendar of ours has, infinity among them, and numbers that are none are null; a decimal number
    is the nearest double; an enum, a UUID, JSON, an array and whatever else is its text.
    """
    if oid == NUMERIC:
        size = sa.func.abs(column)
        double = sa.cast(column, sa.Double)
        return sa.case((size <= _constant("1e-300"), _constant("0")), (size < _constant("1e308"), double))
    if oid == REAL:
        return sa.cast(column, sa.Double)
    if oid not in TYPES:
        return sa.cast(column, sa.Text)
    within = sa.and_(column >= _constant("'0001-01-01'"), column < _constant("'10000-01-01'"))
    return sa.case((within, column)) if type_of(oid) is Type.TIME else column


def row_hash(columns: Iterable[Cell]) -> Cell:
    """A hash of the stored row, made by the server, so that the row itself need not travel."""
    text = sa.cast(sa.func.row(*columns), sa.Text)
    digest = sa.func.sha256(sa.func.convert_to(text, _constant("'UTF8'")))
    return sa.func.left(sa.func.encode(digest, _constant("'hex'")), _constant("16"))


def among(key: Cell, type_name: str) -> sa.ColumnElement[bool]:
    """Whether ``key``, of the type ``type_name``, is one of the bound ``ids``, put so that an index on it serves."""
    return key == sa.any_(sa.cast(sa.bindparam("ids"), ARRAY(Named(type_name))))
