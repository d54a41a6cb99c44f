"""Sentences as sets of numbered words: what somebody wrote goes no further than here.

Each word, and each two that follow each other, falls into one of `BUCKETS` by its hash (feature hashing; Weinberger et
al. 2009). Several words share a bucket, so none can be told from its number. Of scripts that put no spaces between
words each sign is a word.
"""

from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.reading.text import digests, spelled
from leadscore.reading.words import Words
from leadscore.schema import Kind

BUCKETS = 2**14
LONGEST = 5_000  # characters that are read of one text
WORD = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[^\W_\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]+"
READ = r"^#\d+( #\d+)*$"  # a text that was read already
HASHED = 2**31  # of which 12 hex digits leave so much that a product with `NEIGHBOUR` is exact
NEIGHBOUR = 1_000_003


class Prose(BaseModel):
    """Text becomes "#17 #4031": the buckets of its words, rising, each once."""

    model_config = ConfigDict(frozen=True)

    derived: ClassVar[dict[str, Kind]] = {}

    kind: Literal["prose"] = "prose"
    words: Words

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        return cls(words=Words.load(folder))

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value``, null where nothing is said, and ``understood`` (always true) of each text."""
        raw = texts.alias("text").to_frame()
        plain = raw.select(text=spelled(pl.col("text").str.head(LONGEST))).to_series()
        said = plain.set(plain.is_in(self.words.missing), None)
        hashed = raw.with_columns(value=bucketed(said), known=pl.col("text").str.contains(READ))
        value = pl.when("known").then("text").otherwise("value")
        return hashed.select(value=value, understood=pl.lit(True))


def bucketed(texts: pl.Series) -> pl.Series:
    """The buckets of the words of each text; null where it has none."""
    rows = texts.alias("word").to_frame().with_row_index("row").cast({"row": pl.Int64})
    words = rows.with_columns(pl.col("word").str.extract_all(WORD)).explode("word").drop_nulls()
    distinct = words["word"].unique()
    number = digests(distinct).str.to_integer(base=16, dtype=pl.Int64) % HASHED
    each = words.join(pl.DataFrame({"word": distinct, "n": number}), on="word", maintain_order="left")
    first = pl.col("row") != pl.col("row").shift(1, fill_value=-1)
    both = pl.when(~first).then((pl.col("n").shift(1) * NEIGHBOUR + pl.col("n")) % BUCKETS)
    found = pl.concat(each.select("row", bucket=bucket) for bucket in (pl.col("n") % BUCKETS, both)).drop_nulls()
    sets = found.group_by("row").agg(pl.col("bucket").unique().sort())
    told = sets.select("row", value=pl.col("bucket").list.eval(pl.format("#{}", pl.element())).list.join(" "))
    return rows.join(told, on="row", how="left", maintain_order="left")["value"]
