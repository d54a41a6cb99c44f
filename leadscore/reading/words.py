"""The words that say nothing in any column: those that mean missing and those that mean other, in many languages."""

from pathlib import Path
from typing import Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.reading.table_files import all_written, checked, read_tables
from leadscore.reading.text import OTHER, is_personal, matched, normalise, run_together, without_accents

TABLE = "words"
EDGE = " ,;:!'\""  # left at the ends of a text by lists and quotes
PERSON = "@"  # what holds one is no category, even if it is no full address


class Words(BaseModel):
    """The texts, as `matched` writes them, that mean missing, and those that mean other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    missing: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """The shipped words and those of the user's folder; a word that he names as the other kind moves."""
        kinds: dict[str, str] = {}
        for content in read_tables(TABLE, folder):
            table = checked(cls, TABLE, content)
            kinds |= dict.fromkeys(all_written(matched, table.missing), "missing")
            kinds |= dict.fromkeys(all_written(matched, table.other), "other")
        missing, other = (tuple(w for w, k in kinds.items() if k == kind) for kind in ("missing", "other"))
        return cls(missing=missing, other=other)


def cleaned(texts: pl.Series, words: Words) -> pl.DataFrame:
    """``value``: normalised, null where missing or personal, "other" where that; and ``key``: its compact form."""
    # Collected step by step: in one plan the optimiser computes the steps again for each of their uses.
    normal = texts.alias("value").to_frame().lazy().select(normalise(pl.col("value"))).collect()
    bare = normal.select(pl.col("value").str.strip_chars(EDGE))
    named = bare.select(pl.when((pl.col("value") != "") & ~personal(pl.col("value"))).then("value"))
    plain = named.with_columns(plain=without_accents(pl.col("value")))
    other = pl.col("plain").is_in(words.other)
    said = ~pl.col("plain").is_in(words.missing)
    return plain.select(
        value=pl.when(other).then(pl.lit(OTHER)).when(said).then("value"),
        key=pl.when(other).then(pl.lit(OTHER)).when(said).then(run_together(pl.col("plain"))),
    )


def personal(words: pl.Expr) -> pl.Expr:
    """Whether text as `spelled` holds an address, a part of one, or a phone number."""
    return is_personal(words) | words.str.contains(PERSON, literal=True)
