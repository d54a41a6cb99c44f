"""How strongly categories hang together with the outcome and with each other, by the corrected Cramér's V."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import polars as pl

from leadscore.explore.groups import LEAST
from leadscore.features.association import cramers_v

FEWEST = 5  # leads of a value that counts as one of its own: rarer ones are one value together
MOST_VALUES = 50  # of each of two columns that are compared with each other


class Link(NamedTuple):
    """Two columns and their V, by the ``n`` leads that say both."""

    first: str
    second: str
    v: float
    n: int


def with_outcome(names: Mapping[str, pl.Series], outcome: pl.Series) -> dict[str, Link]:
    """The V of each column of group ``names`` (n,) with the ``outcome`` (n,), 1, 0 or null."""
    label = outcome.cast(pl.String).rename("outcome")
    return {name: linked(folded(values, FEWEST), label)._replace(first=name) for name, values in names.items()}


def between(names: Sequence[pl.Series]) -> list[Link]:
    """The V of each two columns (n,), the strongest first."""
    few = [folded(each, LEAST, MOST_VALUES) for each in names]
    return sorted((linked(*pair) for pair in combinations(few, 2)), key=lambda link: -link.v)


def linked(first: pl.Series, second: pl.Series) -> Link:
    """The V of two columns (n,), by the leads that say both."""
    both = pl.DataFrame({"first": first, "second": second}).drop_nulls()
    return Link(first.name, second.name, cramers_v(both["first"], both["second"]), both.height)


def folded(names: pl.Series, least: int, most: int | None = None) -> pl.Series:
    """The same with one name for all that fewer than ``least`` leads have, and for all but the ``most`` frequent."""
    counts = names.drop_nulls().alias("name").value_counts(name="n").filter(pl.col("n") >= least)
    kept = counts.sort(["n", "name"], descending=[True, False]).head(most or counts.height)["name"]
    held = pl.col(names.name)
    rare = pl.when(held.is_in(kept.implode()) | held.is_null()).then(held).otherwise(pl.lit("\0rare"))
    return names.to_frame().select(rare.alias(names.name)).to_series()
