"""How sellers and accounts, products and places went together before: the "partnership" columns of a write-up.

The write-up counted them on the training labels themselves, so that each lead knew its own outcome. Here what a lead
is told comes from other leads: of its account and seller, those whose outcome was known when it came in, where the
source has times; of all else, those of the other folds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from leadscore.features.encoders import Encoder, Matrix
from leadscore.features.folds import Rows, cross_fitted

PARTNERS = 2  # leads of an account with one seller, of which half converted, from which the two are partners
BEST = 15  # sellers of a product, those with the highest rates
SEEN = 14  # leads of a place and product, from which their rate is more than luck

Counted = Callable[[pl.DataFrame], Matrix]


@dataclass(frozen=True)
class Partnership:
    """Four features (n, 4), each 0 where a column that it needs is None or the lead lacks it.

    ``history`` is the column of the tally of ``account`` and ``owner`` as of the lead's creation (see
    `leadscore.features.rates.PastMap`), where there is one.
    """

    account: str | None
    owner: str | None
    product: str | None
    country: str | None
    subsidiary: str | None
    history: str | None

    names = ("partners", "best seller of the product", "place and product", "seller of several subsidiaries")

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        told = self._counted(leads, converted)

        def of_others(others: Rows, fold: Rows) -> Matrix:
            return self._counted(leads[others], converted[others])(leads[fold])

        return Encoder(self.names, told), cross_fitted(leads.height, seed, of_others, (len(self.names),))

    def _counted(self, leads: pl.DataFrame, converted: Matrix) -> Counted:
        """The features of any leads by what became of ``leads``."""
        known = leads.with_columns(pl.Series("converted", converted))
        features = (
            self._partners(known),
            self._best_sellers(known),
            self._places(known),
            self._several(known),
        )
        return lambda some: np.column_stack([each(some) for each in features])

    def _partners(self, known: pl.DataFrame) -> Counted:
        if self.history is None:
            keys = named(self.account, self.owner)
            return looked_up(tallied(known, keys).select(*keys, pl.col("partners")), keys)
        closed, won = (pl.col(self.history).struct.field(name) for name in ("closed", "won"))
        partners = ((closed >= PARTNERS) & (2 * won >= closed)).cast(pl.Float64).fill_null(0.0)
        return lambda some: some.select(partners).to_series().to_numpy()

    def _best_sellers(self, known: pl.DataFrame) -> Counted:
        keys = named(self.product, self.owner)
        place = pl.col("rate").rank("ordinal", descending=True).over(keys[0]) if keys else pl.lit(0)
        best = tallied(known, keys).sort(keys).with_columns(best=(place <= BEST).cast(pl.Float64))
        return looked_up(best.select(*keys, "best"), keys)

    def _places(self, known: pl.DataFrame) -> Counted:
        """1 and 2 where leads are few, 3 and 4 where they are not; the higher of two where more than half converted."""
        keys = named(self.country, self.product)
        step = 1.0 + 2 * (pl.col("n") >= SEEN).cast(pl.Float64) + (pl.col("rate") > 0.5).cast(pl.Float64)
        return looked_up(tallied(known, keys).select(*keys, step=step), keys)

    def _several(self, known: pl.DataFrame) -> Counted:
        keys = named(self.owner, self.subsidiary)
        counts = tallied(known, keys).group_by(keys[:1]).len("n") if keys else tallied(known, keys)
        return looked_up(counts.select(*keys[:1], several=(pl.col("n") > 1).cast(pl.Float64)), keys[:1])


def named(*columns: str | None) -> list[str]:
    """The columns, or none if one of them is not there."""
    found = [name for name in columns if name]
    return found if len(found) == len(columns) else []


def tallied(known: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """How many leads each group has, their rate, and whether they make partners; nothing without ``keys``."""
    if not keys:
        return pl.DataFrame(schema={"n": pl.UInt32, "rate": pl.Float64, "partners": pl.Float64})
    groups = known.select(*keys, "converted").drop_nulls().group_by(keys)
    counts = groups.agg(n=pl.len(), rate=pl.col("converted").mean())
    enough = (pl.col("n") >= PARTNERS) & (pl.col("rate") >= 0.5)
    return counts.with_columns(partners=enough.cast(pl.Float64))


def looked_up(table: pl.DataFrame, keys: list[str]) -> Counted:
    """The last column of the ``table`` for the group of each lead, 0 where it is of none."""
    if not keys:
        return lambda some: np.zeros(some.height)
    value = table.columns[-1]

    def look(some: pl.DataFrame) -> Matrix:
        found = some.select(keys).join(table, on=keys, how="left", maintain_order="left")
        return found[value].fill_null(0.0).to_numpy()

    return look
