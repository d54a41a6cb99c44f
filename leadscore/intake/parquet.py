"""Parquet files, which say themselves what their columns are: read batch by batch."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from leadscore.errors import SourceError
from leadscore.intake.blocks import LINE, MOST_ROWS, Block
from leadscore.intake.forms import Decimal
from leadscore.intake.names import changed, clean_names
from leadscore.schema import Type
from leadscore.times import to_utc

WHOLE = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)


class Parquet:
    """A Parquet file. Times with a zone are turned into UTC; what no table holds becomes text."""

    likely_decimal: Decimal = "point"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                schema, self._rows = file.schema_arrow, file.metadata.num_rows
                empty = pl.DataFrame(schema.empty_table())
        except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
            raise _damaged(path) from error
        self.columns = clean_names(schema.names)
        self.declared = {
            name: _type(dtype) for name, dtype in zip(self.columns, empty.dtypes, strict=True) if _is_declared(dtype)
        }
        self.found = (("read as", "Parquet"), *changed(schema.names, self.columns))

    def blocks(self) -> Iterator[Block]:
        """All rows, numbered from 1."""
        start = 1
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=MOST_ROWS):
                    rows = pl.DataFrame(batch)
                    rows.columns = list(self.columns)
                    plain = rows.select(_plain(name, dtype) for name, dtype in rows.schema.items())
                    lines = pl.int_range(start, start + rows.height, dtype=pl.Int64, eager=True).alias(LINE)
                    start += rows.height
                    yield Block(pl.DataFrame([lines, *plain]), (), (start - 1) / max(self._rows, 1))
        except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
            raise _damaged(self._path) from error


def _damaged(path: Path) -> SourceError:
    return SourceError(f"{path.name} cannot be read as Parquet: it is damaged or cut off.", "write it anew.")


def _is_declared(dtype: pl.DataType) -> bool:
    """Whether the format states what a column is; a column without a value is text that may turn out as anything."""
    return dtype != pl.Null


def _type(dtype: pl.DataType) -> Type:
    if dtype == pl.Boolean:
        return Type.BOOLEAN
    if dtype in WHOLE:
        return Type.INTEGER
    if dtype.is_float() or dtype.is_decimal():
        return Type.FLOAT
    return Type.TIME if dtype in (pl.Date, pl.Datetime) else Type.TEXT


def _plain(name: str, dtype: pl.DataType) -> pl.Expr:
    """The column as a table holds it."""
    column, type_ = pl.col(name), _type(dtype)
    if type_ is Type.TIME:
        return to_utc(column, dtype, "UTC").alias(name)
    if dtype == pl.Binary:
        return column.map_elements(lambda cell: cell.decode(errors="replace"), return_dtype=pl.String)
    if dtype.is_nested():
        return column.map_elements(lambda cell: json.dumps(_bare(cell), default=str), return_dtype=pl.String)
    text = column.cast(pl.String).str.replace_all("\0", "", literal=True)
    return text if type_ is Type.TEXT else column.cast(type_.polars)


def _bare(cell: object) -> object:
    return cell.to_list() if isinstance(cell, pl.Series) else cell
