"""A file of leads into a table: read once to learn its columns, once more to load it, and merged in one transaction."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from leadscore.errors import SourceError, meant
from leadscore.intake.blocks import LINE, SHOWN, Aside, Block, RowFile
from leadscore.intake.columns import Column, Learned, ambiguous, learn, settle
from leadscore.intake.formats import open_rows
from leadscore.intake.keys import likely_keys
from leadscore.intake.options import FileOptions
from leadscore.intake.rejected import Rejected
from leadscore.schema import Type
from leadscore.store.imports import (
    CONTENT_KEY,
    NUMBER,
    Merged,
    Staging,
    Target,
    find_target,
    import_connection,
    merge,
    writing_on,
)

NEARLY = 0.01  # share of the rows but for which a column is an id
BETWEEN = "\x1f"  # cells, in what a content key is made of
WORDS = {
    Type.INTEGER: "whole number",
    Type.FLOAT: "number",
    Type.BOOLEAN: "true or false",
    Type.TIME: "time",
    Type.TEXT: "text",
}

Tell = Callable[[str, float, int], None]  # what is done, the share of the file that is done, and the rows so far


@dataclass(frozen=True)
class Plan:
    """How the columns of a file go into a table: what it calls each, and how each is read."""

    file: RowFile
    names: dict[str, str]
    columns: dict[str, Column]

    @property
    def types(self) -> dict[str, Type]:
        return {self.names[name]: column.type for name, column in self.columns.items()}


@dataclass(frozen=True)
class Imported:
    """What became of a file. ``key`` is the column of ids; without one rows are known by their content.

    ``nearly`` are then columns that would be ids but for some rows. ``ambiguous`` columns hold days or months first.
    """

    target: Target
    plan: Plan
    ambiguous: list[str]
    key: str | None
    nearly: dict[str, int]
    merged: Merged
    rejected: Rejected


def import_file(path: Path, url: str, table: str, options: FileOptions, key: str | None, tell: Tell) -> Imported:
    """Load the rows of ``path`` into ``table``, by their ``key`` if they are known there.

    Raises SourceError, and loads nothing, if the file cannot be read or none of its rows can be loaded.
    """
    file = open_rows(path, options)
    with import_connection(url) as connection:
        with connection.begin():
            target = find_target(connection, table)
        key = known_key(target, key, [target.called(name) for name in file.columns])
        learned = learn(file, partial(tell, "looking through the file"))
        plan = planned(file, target, learned, options)
        with Rejected(path) as rejected:
            with connection.begin():
                staging = Staging(connection, plan.types | ({} if key else {CONTENT_KEY: Type.TEXT}), LINE)
                _stage(staging, plan, rejected, partial(tell, "loading"), content_key=key is None)
                unkeyed = {} if key else {name: staging.n_unkeyed(name) for name in likely_keys(plan.types)}
                key = key or next((name for name, n in unkeyed.items() if not n), None)
                rejected.add(_without_place(staging, key) if key else [])
            with writing_on(connection):
                merged = merge(staging, target, plan.types, key)
    _require_rows(path, merged, rejected)
    nearly = {} if key else {name: n for name, n in unkeyed.items() if n <= NEARLY * learned.n_rows}
    return Imported(target, plan, ambiguous(learned, plan.columns), key, nearly, merged, rejected)


def _without_place(staging: Staging, key: str) -> Iterator[Aside]:
    """The staged rows that cannot be known by ``key``."""
    for line, row in staging.without(key):
        yield Aside(line, f"it has no {key}", row[:SHOWN])
    for line, row in staging.repeated(key):
        yield Aside(line, f"its {key} comes again further down", row[:SHOWN])


def known_key(target: Target, asked: str | None, columns: list[str]) -> str | None:
    """The column by which rows are known, if that is settled before they are read."""
    key = asked or (None if target.numbered and target.key not in columns else target.key)
    if key and key not in columns:
        hint = meant(key, columns) if asked else f"name another --table than {target.name}."
        raise SourceError(f"The file has no column {key} to know its rows by.", hint)
    if asked and target.key not in (None, asked):
        raise SourceError(f"The rows of table {target.name} are known by {target.key}.", "name another --table.")
    if not key and not target.is_new and not target.numbered:
        raise SourceError(f"Table {target.name} is there and has no key.", "name its column of ids by --id.")
    if not key and {CONTENT_KEY, NUMBER} & set(columns):
        raise SourceError(f"The file has columns called {CONTENT_KEY} or {NUMBER}.", "name its column of ids by --id.")
    return key


def planned(file: RowFile, target: Target, learned: Learned, options: FileOptions) -> Plan:
    """The columns as the file suggests; those that the table has, as it has them."""
    names = {name: target.called(name) for name in file.columns}
    found = settle(file, learned, options.dates)
    columns = {name: column.stored_as(target.columns.get(names[name])) for name, column in found.items()}
    return Plan(file, names, columns)


def _stage(
    staging: Staging, plan: Plan, rejected: Rejected, tell: Callable[[float, int], None], *, content_key: bool
) -> None:
    """Stage the rows of the file that can be read; reject the others."""
    n = 0
    for block in plan.file.blocks():
        rejected.add(block.aside)
        values, misfits = fitted(block, plan)
        rejected.add(misfits)
        if content_key:
            values = values.with_columns(content_keys(block.rows.filter(pl.col(LINE).is_in(values[LINE].implode()))))
        staging.add(values)
        n += values.height
        tell(block.done, n)


def fitted(block: Block, plan: Plan) -> tuple[pl.DataFrame, list[Aside]]:
    """The rows as the table holds them, and those with a cell that it does not take."""
    rows = block.rows
    read = (column.read(name, rows.schema[name]).alias(plan.names[name]) for name, column in plan.columns.items())
    values = rows.select(LINE, *read)
    reasons = [_misfit(rows[name], values[plan.names[name]], column) for name, column in plan.columns.items()]
    reason = pl.select(pl.coalesce(reasons)).to_series() if reasons else pl.Series([None] * rows.height)
    fits = reason.is_null()
    if fits.all():
        return values, []
    texts = rows.filter(~fits).select(LINE, row=_joined(rows.drop(LINE).columns, ","), reason=reason.filter(~fits))
    return values.filter(fits), [Aside(line, why, text[:SHOWN]) for line, text, why in texts.iter_rows()]


def _misfit(cells: pl.Series, values: pl.Series, column: Column) -> pl.Series:
    """Why a cell cannot be read, where that is so."""
    filled = cells.is_not_null()
    if cells.dtype == pl.String:
        filled &= cells.str.strip_chars() != ""
    lost = (filled & values.is_null()).alias("lost")
    reason = f"{cells.name} is no {WORDS[column.type]}"
    return lost.to_frame().select(pl.when("lost").then(pl.lit(reason))).to_series()


def content_keys(rows: pl.DataFrame) -> pl.Series:
    """A key for each row that equal rows share, whatever the order of their columns: 16 hexadecimal digits."""
    names = sorted(rows.drop(LINE).columns)
    text = rows.select(_joined(names, BETWEEN, named=True)).to_series()
    keys = [hashlib.blake2b(row.encode(), digest_size=8).hexdigest() for row in text]
    return pl.Series(CONTENT_KEY, keys, dtype=pl.String)


def _joined(names: list[str], separator: str, *, named: bool = False) -> pl.Expr:
    """The filled cells of a row as one text, each after its column's name if they are to be ``named``."""
    cells = [pl.lit(f"{name}=" * named) + pl.col(name).cast(pl.String) for name in names]
    return pl.concat_str(cells, separator=separator, ignore_nulls=True)


def _require_rows(path: Path, merged: Merged, rejected: Rejected) -> None:
    if merged.n_new or merged.n_known:
        return
    if not rejected.n:
        raise SourceError(f"{path.name} has names of columns, but no rows.", "export it again, with its rows.")
    [(reason, n)] = rejected.reasons.most_common(1)
    raise SourceError(
        f"None of the {rejected.n:,} rows of {path.name} can be loaded; of {n:,}: {reason}.",
        f"see {rejected.file.name}; is there something above the line of names?",
    )
