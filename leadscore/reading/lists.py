"""Cells that name several things: multi-selects joined by commas, semicolons or bars, perhaps cut at their end."""

from collections.abc import Callable, Mapping

import polars as pl

from leadscore.reading.text import OTHER, compact, spelled
from leadscore.schema import Kind

END = r"[,;|،؛、]"
CUT = 10  # letters and digits that an item needs to be taken for the beginning of a longer one: forms cut long lists
SEVERAL = "several"
MOST = 0.5  # share of the items of a cell that must be known for the cell to be understood

DERIVED = {"count": Kind.NUMBER, "group": Kind.CATEGORY, "first": Kind.CATEGORY}

LookUp = Callable[[pl.Series], pl.DataFrame]


def read_lists(texts: pl.Series, look_up: LookUp, names: Mapping[str, str], parents: Mapping[str, str]) -> pl.DataFrame:
    """``value`` of each cell: its distinct items, sorted, joined by ", "; ``understood`` and the derived columns.

    ``look_up`` gives ``value`` and ``understood`` of single items, ``names`` the value of each key, ``parents`` the
    branch of the tree of each value. ``group`` is the branch of the known items, or "several"; ``first`` is the item
    that was written first; ``count`` is of distinct items.
    """
    split = items(texts)
    read = read_items(split["item"].unique(), look_up, names)
    branches = pl.col("value").replace_strict(parents, default=None, return_dtype=pl.String)
    found = (
        split.join(read, on="item", how="inner")
        .sort("place")
        .with_columns(parent=branches)
        .group_by("cell")
        .agg(
            value=pl.col("value").unique().sort().str.join(", "),
            understood=pl.col("understood").mean() >= MOST,
            count=pl.col("value").n_unique().cast(pl.Float64),
            group=branch(pl.col("parent").drop_nulls()),
            first=pl.col("value").first(),
        )
    )
    cells = pl.DataFrame({"cell": pl.int_range(len(texts), eager=True, dtype=pl.UInt32)})
    every = cells.join(found, on="cell", how="left", maintain_order="left").drop("cell")
    return every.with_columns(pl.col("understood").fill_null(False))


def in_order() -> pl.Expr:
    """The text of a cell that was read, such that its first item is still its first: that twice, where need be."""
    sorted_first = pl.col("value").str.split(", ").list.first() == pl.col("first")
    return pl.when(sorted_first).then("value").otherwise(pl.concat_str("first", "value", separator=", "))


def branch(parents: pl.Expr) -> pl.Expr:
    """The one branch of the known items of a cell, "several", or "other" where none is known."""
    one = pl.when(parents.n_unique() == 1).then(parents.first()).otherwise(pl.lit(SEVERAL))
    return pl.when(parents.len() == 0).then(pl.lit(OTHER)).otherwise(one)


def items(texts: pl.Series) -> pl.DataFrame:
    """The items of each cell: ``cell`` (its index), ``place`` (order of all items) and ``item``, as `spelled`."""
    frame = texts.alias("item").to_frame().lazy().with_row_index("cell").with_columns(spelled(pl.col("item")))
    split = frame.with_columns(pl.col("item").str.replace_all(END, ",").str.split(","))
    stripped = split.explode("item").with_row_index("place").with_columns(pl.col("item").str.strip_chars())
    return stripped.filter(pl.col("item") != "").collect()


def read_items(item: pl.Series, look_up: LookUp, names: Mapping[str, str]) -> pl.DataFrame:
    """``item``, ``value`` and ``understood`` of the distinct items that are neither missing nor personal."""
    read = look_up(item).with_columns(item=item)
    whole = compact(pl.col("value")).replace_strict(beginnings(names), default=None, return_dtype=pl.String)
    completed = pl.when("understood").then("value").otherwise(pl.coalesce(whole, "value"))
    known = pl.col("understood") | whole.is_not_null()
    return read.select("item", value=completed, understood=known).drop_nulls("value")


def beginnings(names: Mapping[str, str]) -> dict[str, str]:
    """The value of each beginning of a key, from CUT characters on, that is not also one of another value's key."""
    cut = [(key[:end], name) for key, name in names.items() for end in range(CUT, len(key))]
    values = pl.DataFrame(cut, schema={"key": pl.String, "name": pl.String}, orient="row")
    single = values.group_by("key").agg(pl.col("name").first(), n=pl.col("name").n_unique()).filter(pl.col("n") == 1)
    return dict(zip(single["key"], single["name"], strict=True))
