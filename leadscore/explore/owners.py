"""How leads are spread over the sellers, and whether those who have many convert as many of them."""

from dataclasses import dataclass

import polars as pl

from leadscore.explore.bands import between
from leadscore.explore.groups import Group, Groups, grouped

LOADS = (5, 20, 100, 500)  # leads
LOAD_NAMES = ("up to 5 leads", "6 to 20 leads", "21 to 100 leads", "101 to 500 leads", "more than 500 leads")
SHOWN = 100  # sellers that are listed, those with the most leads
BUSIEST = 0.1  # of the sellers


@dataclass(frozen=True)
class Owner:
    """A seller's leads, of which so many are still ``open``."""

    owner: int | str
    open: int
    leads: Group


@dataclass(frozen=True)
class Load:
    """``n`` sellers: the ``busiest`` of them, leads by the load of their seller, and how uneven that is.

    ``top_share`` of the leads have the busiest tenth of the sellers; ``median`` leads has a seller in the middle;
    ``nobody`` is how many leads have none.
    """

    n: int
    busiest: tuple[Owner, ...]
    by_load: Groups
    top_share: float
    median: float
    nobody: int


def load(lives: pl.DataFrame) -> Load | None:
    """The load of the sellers; None where no lead says who has it."""
    tallies = (
        lives.group_by(owner="owner_id")
        .agg(
            n=pl.len(),
            known=pl.col("outcome").count(),
            converted=pl.col("outcome").sum().cast(pl.Int64),
            open=pl.col("open").sum(),
        )
        .drop_nulls("owner")
        .sort(["n", "owner"], descending=[True, False])
    )
    if tallies.is_empty():
        return None
    most = max(round(BUSIEST * tallies.height), 1)
    return Load(
        n=tallies.height,
        busiest=tuple(_owner(**row) for row in tallies.head(SHOWN).iter_rows(named=True)),
        by_load=_by_load(lives),
        top_share=int(tallies["n"].head(most).sum()) / int(tallies["n"].sum()),
        median=float(tallies["n"].median() or 0),  # type: ignore[arg-type]
        nobody=int(lives["owner_id"].null_count()),
    )


def _owner(owner: int | str, n: int, known: int, converted: int, open: int) -> Owner:
    return Owner(owner, open, Group(str(owner), n, known, converted))


def _by_load(lives: pl.DataFrame) -> Groups:
    """The leads by how many their seller has; those of nobody are missing."""
    there = lives.filter(pl.col("owner_id").is_not_null())
    loads = there.select(pl.len().over("owner_id")).to_series()
    return grouped(between(loads, LOADS, LOAD_NAMES), there["outcome"], LOAD_NAMES, least=1)
