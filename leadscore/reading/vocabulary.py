"""A vocabulary: the groups of one field (customer type, job, product ...) and all the ways to write each.

A text is compared with the spellings as one run of letters and digits, so that case, accents, separators and lost
spaces do not count ("C-LevelExecutive"); after that by the whole words that a group names as its keywords, of which
the longest counts ("Vice President of Sales" is a vice president and no president). Never by parts of words. What is
in no group stays as it is, normalised.

In a vocabulary of lists a cell is a multi-select, joined by commas, semicolons or bars and perhaps cut at its end.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.reading import lists
from leadscore.reading.phrases import longest, unpunctuated
from leadscore.reading.table_files import (
    TABLES,
    Group,
    all_written,
    checked,
    keys_of,
    laid_over,
    named_groups,
    read_tables,
)
from leadscore.reading.text import OTHER, compact, normalise, without_accents
from leadscore.reading.words import Words, cleaned
from leadscore.schema import Kind


class Plain(BaseModel):
    """Text without a vocabulary: normalised, missing words null, other words "other"."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["plain"] = "plain"
    words: Words

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        return cls(words=Words.load(folder))

    @property
    def derived(self) -> dict[str, Kind]:
        """No further columns."""
        return {}

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value`` and ``understood`` (always true) of each text."""
        return cleaned(texts, self.words).select("value", understood=pl.lit(True))


class Table(BaseModel):
    """A vocabulary's file. ``missing``: texts that mean missing in this field only ("none" as a position)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ordered: bool | None = None
    lists: bool | None = None
    missing: tuple[str, ...] = ()
    groups: dict[str, Group] = {}


class Vocabulary(BaseModel):
    """The groups of one field. ``ordered``: they have ranks. ``lists``: a cell names several.

    ``missing`` are the keys (compact texts) that mean missing in this field only ("none" as a position).
    Understood is a text that names a group or is one of them; what means other or missing in any field is not.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["vocabulary"] = "vocabulary"
    name: str
    groups: tuple[Group, ...]
    ordered: bool = False
    lists: bool = False
    missing: tuple[str, ...] = ()
    words: Words = Words()

    @classmethod
    def load(cls, name: str, folder: Path | None = None) -> Self:
        """The table ``name``, extended by the user's. Raises ConfigError if there is none, or it is ill-formed."""
        return cls.of(name, read_tables(name, folder), Words.load(folder))

    @classmethod
    def of(cls, name: str, contents: Sequence[Mapping[str, Any]], words: Words) -> Self:
        """The vocabulary of the files with these ``contents``, each laid over those before it."""
        vocabulary = cls(name=name, groups=(), words=words)
        for content in contents:
            vocabulary = vocabulary.extended(checked(Table, name, content))
        return vocabulary

    def extended(self, table: Table) -> Self:
        """The vocabulary with a file laid over it."""
        own = named_groups(self.name, table.groups)
        named = set(keys_of(own).values())
        missing = (*(key for key in self.missing if key not in named), *all_written(key_form, table.missing))
        changed = {
            "groups": tuple(laid_over(self.groups, own)),
            "missing": tuple(dict.fromkeys(missing)),
            "ordered": self.ordered if table.ordered is None else table.ordered,
            "lists": self.lists if table.lists is None else table.lists,
        }
        return self.model_copy(update=changed)

    @property
    def derived(self) -> dict[str, Kind]:
        """The columns beside the value."""
        if self.lists:
            return lists.DERIVED
        return {"rank": Kind.NUMBER} if self.ordered else {}

    @cached_property
    def ranks(self) -> dict[str, float]:
        """The rank of each group that has one: as given, or its position if none is given."""
        if all(group.rank is None for group in self.groups):
            return {group.name: float(rank) for rank, group in enumerate(self.groups)}
        return {group.name: group.rank for group in self.groups if group.rank is not None}

    @cached_property
    def names(self) -> dict[str, str]:
        """The group of each of its words in compact form."""
        keys = keys_of(self.groups)
        return {keys[word]: group.name for group in self.groups for word in group.words}

    @cached_property
    def parents(self) -> dict[str, str]:
        """The branch of the tree of each group; a group without one is its own."""
        return {group.name: group.parent or group.name for group in self.groups}

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value``, ``understood`` and the derived columns of each text."""
        if self.lists:
            return lists.read_lists(texts, self.look_up, self.names, self.parents)
        read = self.look_up(texts)
        if not self.ordered:
            return read
        return read.with_columns(rank=translated(pl.col("value"), self.ranks, pl.Float64()))

    def look_up(self, texts: pl.Series) -> pl.DataFrame:
        """``value`` and ``understood`` of texts that name one thing each."""
        named = translated(pl.col("key"), self.names, pl.String())
        frame = cleaned(texts, self.words).with_columns(group=named, unsaid=pl.col("key").is_in(self.missing))
        group = pl.when(~pl.col("unsaid")).then(pl.coalesce("group", self.by_keyword(frame)))
        return frame.with_columns(group=group).select(
            value=pl.when(~pl.col("unsaid")).then(pl.coalesce("group", "value")),
            understood=pl.col("unsaid").fill_null(False) | (pl.col("group").fill_null(OTHER) != OTHER),
        )

    def by_keyword(self, frame: pl.DataFrame) -> pl.Series:
        """The group of each ``value`` by its longest keyword."""
        keywords = {word: group.name for group in self.groups for word in group.keywords}
        return longest(frame.select(unpunctuated(without_accents(pl.col("value")))).to_series(), keywords)


def key_form(text: pl.Expr) -> pl.Expr:
    """Raw text as groups are looked up."""
    return compact(normalise(text))


def translated(column: pl.Expr, meanings: Mapping[str, Any], dtype: pl.DataType) -> pl.Expr:
    """What ``meanings`` says of each value; null where it says nothing."""
    return column.replace_strict(meanings, default=None, return_dtype=dtype)


def load_all(folder: Path | None = None) -> tuple[Vocabulary, ...]:
    """All the shipped vocabularies and those that the user's folder adds, by name: the tables that have groups."""
    places = [TABLES] if folder is None else [TABLES, folder]
    names = sorted({path.stem for place in places for path in place.glob("*.toml")})
    contents = {name: read_tables(name, folder) for name in names}
    words = Words.load(folder)
    return tuple(
        Vocabulary.of(name, each, words) for name, each in contents.items() if any("groups" in c for c in each)
    )
