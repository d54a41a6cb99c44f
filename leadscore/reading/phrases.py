"""Phrases in text as whole words: "no" is neither in "november" nor in "notebook"."""

from collections.abc import Mapping

import polars as pl

PUNCTUATION = r"[^\p{L}\p{M}\p{N}<>≤≥+~·]+"  # signs of size stay words


def longest(words: pl.Series, meanings: Mapping[str, str]) -> pl.Series:
    """The meaning of the longest phrase that each text holds as whole words; null where it holds none.

    ``words`` and the phrases are matched text without punctuation, see `unpunctuated`. Of phrases of one length the
    first by letters counts.
    """
    texts = words.alias("text").to_frame().with_row_index()
    padded = pl.concat_str(pl.lit(" "), "text", pl.lit(" "))
    phrases = {f" {phrase} ": meaning for phrase, meaning in meanings.items()}
    found = (
        # Overlapping, since neighbours share the space between them, and a long phrase may hold a short one.
        texts.select("index", phrase=padded.str.extract_many(list(phrases) or [" \0 "], overlapping=True))
        .explode("phrase")
        .drop_nulls("phrase")
        .sort(pl.col("phrase").str.len_chars(), "phrase", descending=[True, False])
        .unique("index", keep="first", maintain_order=True)
        .select("index", meaning=pl.col("phrase").replace_strict(phrases, return_dtype=pl.String))
    )
    return texts.join(found, on="index", how="left", maintain_order="left")["meaning"]


def unpunctuated(words: pl.Expr) -> pl.Expr:
    """``words`` with a single space for whatever is between them; null where nothing is left."""
    bare = words.str.replace_all(PUNCTUATION, " ").str.strip_chars()
    return pl.when(bare != "").then(bare)
