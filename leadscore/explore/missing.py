"""What leads do not say: how much of each column is missing, and whether that it is missing tells the outcome."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from leadscore.explore.groups import Group, grouped


@dataclass(frozen=True)
class Missing:
    """Leads whose ``column`` is empty, and those whose is not; either may be no leads at all."""

    column: str
    empty: Group
    filled: Group

    @property
    def share(self) -> float:
        return self.empty.n / max(self.empty.n + self.filled.n, 1)

    @property
    def tells(self) -> bool:
        """Whether the conversion rates of the two differ beyond doubt: their 95% intervals have nothing in common."""
        empty, filled = self.empty.rate, self.filled.rate
        return bool(empty and filled and (empty.low > filled.high or filled.low > empty.high))


def missing(columns: Iterable[pl.Series], outcome: pl.Series) -> list[Missing]:
    """Each of the ``columns`` (n,) by the ``outcome`` (n,) of its leads, the emptiest first.

    NaN counts as missing. Texts that mean missing are to be null already.
    """
    found = [_missing(column, outcome) for column in columns]
    return sorted(found, key=lambda each: (-each.share, each.column))


def _missing(column: pl.Series, outcome: pl.Series) -> Missing:
    values = column.fill_nan(None) if column.dtype.is_float() else column
    state = pl.Series(values.is_null()).cast(pl.String)
    sides = {each.name: each for each in grouped(state, outcome, least=0).named}
    empty, filled = (sides.get(name, Group(name, 0, 0, 0)) for name in ("true", "false"))
    return Missing(column.name, empty, filled)
