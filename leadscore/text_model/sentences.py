"""A lead as one text: "column_value column_value ...", which a language model reads as it reads any other."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from leadscore.features.inputs import Input, Role
from leadscore.schema import Kind, named

MISSING = "nan"  # a word like any other: that a value is missing tells something, too
STOP_SIGNS = r"[^\p{L}\p{M}\p{N}.+-]+"  # all but letters, digits and what is part of a number
DIGITS = 4  # significant ones that a number is told with


@dataclass(frozen=True)
class Sentences:
    """Leads are told by these ``columns``, the most important first: what a text has no room for comes last."""

    columns: tuple[str, ...]

    def cells(self, leads: pl.DataFrame) -> pl.DataFrame:
        """The words of each value (n, c), without stop signs; MISSING where there are none."""
        return leads.select(words(name, leads.schema[name]) for name in self.columns)

    def texts(self, cells: pl.DataFrame) -> list[str]:
        """One text for each row (n,) of ``cells``."""
        told = (pl.concat_str(pl.lit(f"{name}_"), pl.col(name)) for name in self.columns)
        texts: list[str] = cells.select(pl.concat_str(*told, separator=" ").alias("text"))["text"].to_list()
        return texts


def words(column: str, stored: pl.DataType) -> pl.Expr:
    """The values of a ``column`` that is ``stored`` like this, as words."""
    value = pl.col(column)
    text = named(value.round_sig_figs(DIGITS)) if stored.is_float() else value.cast(pl.String)
    bare = text.str.replace_all(STOP_SIGNS, " ").str.strip_chars()
    return pl.when(bare != "").then(bare).otherwise(pl.lit(MISSING)).alias(column)


def tellable(inputs: Sequence[Input]) -> list[Input]:
    """The ``inputs`` that columns of the leads became: not those whose words are gone, nor histories and rates,
    which are numbers of ours.
    """
    return [each for each in inputs if each.role in (Role.COLUMN, Role.IDENTIFIER) and each.kind is not Kind.TEXT]
