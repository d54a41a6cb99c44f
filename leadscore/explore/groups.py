"""Leads by what they have in common: how many, and how many of them converted, the small groups folded into one.

Rates have Wilson's interval (E. Wilson, Journal of the American Statistical Association 22, 1927), which holds for
small groups, too. It takes leads for independent; leads of one account or seller are not, so groups of few of these
are less certain than their intervals say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import polars as pl

from leadscore.models.metrics import Estimate, wilson

LEAST = 20  # leads of a group that is told by its name: fewer are chance, and could be people
MISSING = "missing"
MOST = 12  # groups that are told apart, the largest


@dataclass(frozen=True)
class Group:
    """The ``n`` leads called ``name``: the outcome of so many is ``known``, of which so many ``converted``."""

    name: str
    n: int
    known: int
    converted: int

    @cached_property
    def rate(self) -> Estimate | None:
        """The share that converted, with its 95% interval; None where no outcome is known."""
        return wilson(self.converted, self.known) if self.known else None

    @property
    def lost(self) -> int:
        return self.known - self.converted

    def __add__(self, other: "Group") -> "Group":
        return Group(self.name, self.n + other.n, self.known + other.known, self.converted + other.converted)


@dataclass(frozen=True)
class Groups:
    """The ``named`` groups, the ``folded`` ones of ``n_folded`` names as one, and the leads that are ``missing``."""

    named: tuple[Group, ...]
    folded: Group | None = None
    n_folded: int = 0
    missing: Group | None = None

    @property
    def shown(self) -> tuple[Group, ...]:
        """All of them, the named ones first."""
        return (*self.named, *(each for each in (self.folded, self.missing) if each))

    @property
    def total(self) -> Group:
        """All leads."""
        return summed("all leads", self.shown)

    def largest(self, most: int) -> "Groups":
        """The same with only the ``most`` largest named groups, in their order."""
        kept = sorted(self.named, key=lambda each: -each.n)[:most]
        named = tuple(each for each in self.named if each in kept)
        rest = [each for each in self.named if each not in kept]
        n_folded = self.n_folded + len(rest)
        folded = summed(f"{n_folded:,} others", [*rest, *([self.folded] if self.folded else [])])
        return Groups(named, folded, n_folded, self.missing) if rest else self

    def ranked(self) -> "Groups":
        """The same with the named groups by their conversion rate, the highest first; those without one last."""
        by_rate = sorted(self.named, key=lambda each: -each.rate.value if each.rate else 1.0)
        return Groups(tuple(by_rate), self.folded, self.n_folded, self.missing)


def grouped(
    names: pl.Series, outcome: pl.Series, order: Sequence[str] = (), *, least: int = LEAST, most: int = MOST
) -> Groups:
    """The leads (n,) by their ``names``: in this ``order`` those in it, the others behind them, the largest first.

    Of more than ``most`` groups the smallest are folded, and in any case those of fewer than ``least`` leads.
    """
    tallies = (
        pl.DataFrame({"name": names.cast(pl.String), "outcome": outcome})
        .group_by("name")
        .agg(n=pl.len(), known=pl.col("outcome").count(), converted=pl.col("outcome").sum().cast(pl.Int64))
        .sort(["n", "name"], descending=[True, False])
    )
    every = [Group(**row) for row in tallies.drop_nulls("name").iter_rows(named=True)]
    kept = [each for each in every[:most] if each.n >= least]
    place = {name: at for at, name in enumerate(order)}
    named = sorted(kept, key=lambda each: place.get(each.name, len(place)))
    rest = every[len(kept) :]
    missing = [Group(MISSING, *row[1:]) for row in tallies.filter(pl.col("name").is_null()).rows()]
    return Groups(tuple(named), others(rest), len(rest), next(iter(missing), None))


def others(rest: Sequence[Group]) -> Group | None:
    """Groups that are not told apart, as one; None of none."""
    return summed(f"{len(rest):,} other{'' if len(rest) == 1 else 's'}", rest) if rest else None


def summed(name: str, groups: Iterable[Group]) -> Group:
    """Some groups as one."""
    return reduce(lambda one, other: one + other, groups, Group(name, 0, 0, 0))
