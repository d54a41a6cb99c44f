"""Countries that are missing, taken from a column of codes whose values each stand for one country."""

from collections.abc import Sequence

import polars as pl
from pydantic import BaseModel, ConfigDict

PURE = 0.9  # share of the leads of a code that show the same country, from which the code stands for it
LEAST_LEADS = 10  # of a code
ELSEWHERE = 5.0  # leads of other countries that a code as large as this one would have if it said nothing
FEWER = 0.2  # of these, the share up to which the code tells the countries apart
LEAST_COUNTRIES = 2  # that a column of codes tells apart
WORTH = 0.3  # share of the missing countries that a column of codes must give


class Fallback(BaseModel):
    """What a missing value of ``column`` is taken from: ``values`` by the values of column ``of``."""

    model_config = ConfigDict(frozen=True)

    column: str
    of: str
    values: dict[str, str]


def find_fallback(read: pl.DataFrame, country: str, columns: Sequence[str]) -> Fallback | None:
    """The one of ``columns`` that fills the most missing values of column ``country``, if it is worth it."""
    missing = read[country].is_null()
    if not missing.any():
        return None
    found = [Fallback(column=country, of=name, values=codes(read[country], read[name])) for name in columns]
    filled = [float(read[each.of].filter(missing).is_in(list(each.values)).mean() or 0.0) for each in found]  # type: ignore[arg-type]
    top = max(range(len(found)), key=lambda i: filled[i], default=None)
    return found[top] if top is not None and filled[top] >= WORTH else None


def codes(country: pl.Series, code: pl.Series) -> dict[str, str]:
    """The country of each ``code`` that stands for one; none where all stand for the same.

    Nearly all leads with the code that show a country show that one, and far more than leads at large do: where most
    leads come from one country, it dominates the values of every column. Codes of regions stand for none.
    """
    filled = pl.DataFrame([code.alias("code"), country.alias("country")]).drop_nulls()
    counts = filled.group_by("code", "country").len("n").with_columns(leads=pl.col("n").sum().over("code"))
    chance = pl.col("leads") * (1 - pl.col("n").sum().over("country") / pl.col("n").sum())
    telling = (chance >= ELSEWHERE) & (pl.col("leads") - pl.col("n") <= FEWER * chance)
    pure = (pl.col("n") >= PURE * pl.col("leads")) & (pl.col("leads") >= LEAST_LEADS)
    found = dict(counts.filter(pure & telling).sort("code").select("code", "country").rows())
    return found if len(set(found.values())) >= LEAST_COUNTRIES else {}
