"""What a spreadsheet would run as a formula, made harmless in the files that people open in one."""

import re

import polars as pl

FORMULA = r"^[=+\-@\t\r\n]"  # what a spreadsheet takes for the start of a formula (OWASP, CSV Injection)


def harmless(column: str) -> pl.Expr:
    """The texts of ``column``, those that are formulas quoted as text by a ``'``."""
    text = pl.col(column)
    return pl.when(text.str.contains(FORMULA)).then("'" + text).otherwise(text).alias(column)


def harmless_text(text: str) -> str:
    """The same of one ``text``."""
    return f"'{text}" if re.match(FORMULA, text) else text
