"""Lookups from codes to text: values drawn within groups, and each value written in one of its spellings.

A code is the row of a value in its lexicon, -1 where the lead does not show the field. Everything is drawn by
index into flat arrays, so that a block of leads costs a few binary searches and no Python per row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.sample.vocabulary import Value

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ZERO_WIDTH_SPACE = "\u200b"


def variants(text: str) -> list[str]:
    """Return the ways in which forms and sellers write `text`, the plain one first, without repeats."""
    spaced = text.replace("/", " / ") if " / " not in text else text.replace(" / ", "/")
    ways = (
        *(text, text.lower(), text.title(), text.upper(), text.replace(" ", "_"), f"{text} "),
        *(text.replace(" ", "-"), text.lower().replace(" ", "_"), text.replace(" ", "  "), spaced),
        *(
            f"{text}{ZERO_WIDTH_SPACE}",
            f" {text}",
            text.capitalize(),
            f"{text}.",
            text.title().replace(" ", "_"),
        ),
        *(text.replace("-", " "), f"{text}\t", text.swapcase(), f"{text},", text.lower().replace(" ", "")),
    )
    return list(dict.fromkeys(ways))


@dataclass(frozen=True)
class Partition:
    """Weighted members that lie in contiguous groups, to draw a member given its group.

    `bounds` [groups + 1] holds the first member of each group, `cumulative` [members + 1] the running weight.
    """

    bounds: IntArray
    cumulative: FloatArray

    @classmethod
    def of(cls, weights: Sequence[Sequence[float]]) -> "Partition":
        """Build the partition from the members' weights, one sequence per group."""
        sizes = [len(group) for group in weights]
        flat = [weight for group in weights for weight in group]
        return cls(np.cumsum([0, *sizes]), np.cumsum([0.0, *flat]))

    def draw(self, uniform: FloatArray, group: IntArray) -> IntArray:
        """Return one member of each row's group, -1 where the group is -1; `uniform` lies in [0, 1)."""
        first, end = self.bounds[group], self.bounds[group + 1]
        low = self.cumulative[first]
        weight = low + uniform * (self.cumulative[end] - low)
        member = np.searchsorted(self.cumulative, weight, side="right") - 1
        # Rounding can push a weight over the border of its group.
        return np.where(group < 0, -1, np.clip(member, first, end - 1))


@dataclass(frozen=True)
class Lexicon:
    """The values of one text field and the texts that show them.

    `members` draws a value given its parent (a single parent where the field has none), `spellings` a text
    given the value; `texts` ends in a null for the missing ones.
    """

    names: tuple[str, ...]
    parents: IntArray
    effects: FloatArray
    members: Partition
    spellings: Partition
    texts: pl.Series

    @classmethod
    def of(cls, groups: Sequence[Sequence[Value]], dirt: int = 1) -> "Lexicon":
        """Build the lexicon from each parent's values; `dirt` limits the spellings made by `variants`."""
        values = [value for group in groups for value in group]
        texts = [list(dict.fromkeys([value.name, *value.spellings, *variants(value.name)[:dirt]])) for value in values]
        return cls(
            names=tuple(value.name for value in values),
            parents=np.repeat(np.arange(len(groups)), [len(group) for group in groups]),
            effects=np.array([value.effect for value in values]),
            members=Partition.of([[value.weight for value in group] for group in groups]),
            spellings=Partition.of([_by_rank(len(ways)) for ways in texts]),
            texts=pl.Series([*(way for ways in texts for way in ways), None], dtype=pl.String),
        )

    def draw(self, uniform: FloatArray, parent: IntArray | None = None) -> IntArray:
        """Return a value's code per row, of the row's parent where one is given, -1 where that is -1."""
        return self.members.draw(uniform, np.zeros(len(uniform), np.int64) if parent is None else parent)

    def write(self, uniform: FloatArray, codes: IntArray) -> pl.Series:
        """Return each row's text, null where the code is -1."""
        spelling = self.spellings.draw(uniform, codes)
        return self.texts.gather(np.where(spelling < 0, len(self.texts) - 1, spelling))

    def is_one_of(self, codes: IntArray, names: Iterable[str]) -> BoolArray:
        """Return whether each row shows one of the named values; an unknown name is a ValueError."""
        return np.isin(codes, [self.names.index(name) for name in names])


def _by_rank(count: int) -> list[float]:
    """Weights of a value's spellings: the first holds two thirds or so, the tail is long."""
    return [rank**-2.0 + 0.004 for rank in range(1, count + 1)]
