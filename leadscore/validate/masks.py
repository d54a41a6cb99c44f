"""The row rules as Polars masks: which row of a chunk fails which rule, with personal data masked."""

from typing import assert_never

import polars as pl

from leadscore.schema import WORDED, Column, Kind, Schema, value
from leadscore.validate.rules import AllowedRule, RangeRule, RowRule, Rules, TypeRule

SHAPE_LENGTH = 20  # characters of a text's shape that are shown
DAYS_A_YEAR = 365.2425
FIGURES = 4  # significant figures of a number that are shown: its size, but no phone number

FAILURES = pl.Schema({"row": pl.UInt32(), "rule": pl.String(), "column": pl.String(), "value": pl.String()})


def failures(raw: pl.DataFrame, schema: Schema, rules: Rules) -> pl.DataFrame:
    """One row for each row of ``raw`` and rule that it fails, by row and then in the order of the rules.

    ``row`` counts from 0 in ``raw``; ``value`` is the masked cell, see `_shown`.
    """
    columns = {column.name: column for column in schema.modelled}
    stored = raw.schema
    masks = [_fails(rule, columns[rule.column], stored[rule.column], schema.missing) for rule in rules.rows]
    # Lazy, so that a column which several rules read is conformed once.
    rows_of = (mask.arg_true().implode().alias(str(i)) for i, mask in enumerate(masks))
    found = raw.lazy().select(rows_of).collect()
    listed = [
        _told(raw, rows, rule, columns[rule.column], schema.missing)
        for rule, rows in zip(rules.rows, (column.item() for column in found), strict=True)
        if len(rows)
    ]
    return pl.concat([FAILURES.to_frame(), *listed]).sort("row", maintain_order=True)


def failures_json(failures: pl.DataFrame) -> pl.DataFrame:
    """One row for each failing ``row``; ``failures`` is the JSON list of its rules, columns and values."""
    each = pl.struct("rule", "column", "value").struct.json_encode()
    listed = pl.concat_str(pl.lit("["), each.str.join(","), pl.lit("]"))
    return failures.group_by("row", maintain_order=True).agg(listed.alias("failures"))


def _fails(rule: RowRule, column: Column, stored: pl.DataType, missing: tuple[str, ...]) -> pl.Expr:
    """True where a cell of ``column``, stored as ``stored``, fails ``rule``; False or null elsewhere."""
    cell = value(column, stored, missing)
    match rule:
        case TypeRule():
            if column.kind in WORDED or (stored != pl.String and column.kind is not Kind.DATE):  # can always be read
                return pl.lit(False)
            text = value(column.model_copy(update={"kind": Kind.CATEGORY}), stored, missing)
            return text.is_not_null() & cell.is_null()
        case RangeRule():
            return ~cell.is_between(rule.low, rule.high)  # Polars orders NaN above all numbers, and the ends are finite
        case AllowedRule():
            return ~cell.is_in(rule.values)
        case _:
            assert_never(rule)


def _told(raw: pl.DataFrame, rows: pl.Series, rule: RowRule, column: Column, missing: tuple[str, ...]) -> pl.DataFrame:
    """The failures of one rule, which are at ``rows``."""
    cells = raw.select(column.name)[rows]
    return cells.select(
        rows.cast(pl.UInt32).alias("row"),
        pl.lit(rule.name).alias("rule"),
        pl.lit(rule.column).alias("column"),
        _shown(column, raw.schema[column.name], rule, missing).alias("value"),
    )


def _shown(column: Column, stored: pl.DataType, rule: RowRule, missing: tuple[str, ...]) -> pl.Expr:
    """The cells of ``column`` fit to leave the database: numbers to a few figures, of text only its shape.

    The shape has ``a`` for each letter and ``9`` for each digit, of any script, and is cut short.
    """
    if isinstance(rule, RangeRule):
        cell = value(column, stored, missing)
        return _year(cell) if column.kind is Kind.DATE else _figures(cell)
    if stored.is_numeric():
        return _figures(pl.col(column.name).cast(pl.Float64))
    text = pl.col(column.name).cast(pl.String).str.head(SHAPE_LENGTH)
    return text.str.replace_all(r"[\p{L}\p{M}]", "a").str.replace_all(r"\p{N}", "9")


def _year(days: pl.Expr) -> pl.Expr:
    """Of days since 1970 the year."""
    return pl.format("year {}", (1970 + days / DAYS_A_YEAR).floor().cast(pl.Int64))


def _figures(number: pl.Expr) -> pl.Expr:
    """Numbers as text with few significant figures; NaN and infinity as they are."""
    return pl.when(number.is_finite()).then(number.round_sig_figs(FIGURES)).otherwise(number).cast(pl.String)
