"""Bands of numbers, as forms offer them: "1-10 employees", "$1M - $5M", "500+", "less than 50": text with an order."""

from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.reading.words import Words, cleaned
from leadscore.schema import Kind

THOUSANDS = r"(\d)[,.' ](\d{3})\b"  # 1,000, twice for 1,000,000
UNITS = {
    "k": 1e3,
    "thousand": 1e3,
    "mio": 1e6,
    "mn": 1e6,
    "m": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "b": 1e9,
    "billion": 1e9,
}
UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
MONEY = r"(?:[$€£¥₩]|usd|eur|gbp|krw|inr)? ?"
NUMBER = rf"{MONEY}(\d+(?:\.\d+)?) ?(?:({UNIT})\b)? ?{MONEY}%?"
LESS = r"<=?|under|below|less than|fewer than|up to|bis|unter|weniger als|menos de|moins de|hasta"
MORE = r">=?|over|above|more than|at least|from|über|mehr als|ab|mas de|más de|plus de"
AND_MORE = r"\+|or more|and more|and above|and over|and up|이상|以上"
AND_LESS = r"or less|or fewer|and below|이하|미만|以下"
DASH = r" ?[-~\u2013\u2014] ?"
TO = r" ?(?:to|bis|a|and) "
WORDS = r"(?: ?[\p{L}()/.]+){0,3}"  # employees, people, per year
END = rf"(?:{WORDS} ?(?:({AND_MORE})|({AND_LESS})))?{WORDS}"
BAND = rf"^(?:({LESS})|({MORE}))? ?{NUMBER}(?:{TO}{NUMBER})?{END}$"
PARTS = ("less", "more", "low", "low_unit", "high", "high_unit", "and_more", "and_less")
BESIDE = 0.5  # of a number: what lies below or above it, and does not reach to the next


class Bands(BaseModel):
    """Text that says from where to where a number goes. Its ``middle`` is a number by which members can split.

    Understood are texts with two numbers, or with one and a word for less or more.
    """

    model_config = ConfigDict(frozen=True)

    derived: ClassVar[dict[str, Kind]] = {"middle": Kind.NUMBER}

    kind: Literal["bands"] = "bands"
    words: Words

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        return cls(words=Words.load(folder))

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value``, ``understood`` and ``middle`` of each text."""
        band = pl.when(pl.col("value").is_not_null()).then("middle")  # what may be a person's number is none
        found = cleaned(texts, self.words).select("value").with_columns(as_written(texts), middle=middles(texts))
        value = pl.when(band.is_not_null()).then("text").otherwise("value")
        return found.select(value=value, understood=band.is_not_null(), middle=band)


def as_written(texts: pl.Series) -> pl.Series:
    """``text`` in lower case, thousands without a comma, dashes as "to": read again, it says the same."""
    plain = pl.col("text").str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\s_]+", " ").str.strip_chars()
    whole = plain.str.replace_all(THOUSANDS, "$1$2").str.replace_all(THOUSANDS, "$1$2")
    return texts.alias("text").to_frame().select(whole.str.replace(DASH, " to ")).to_series()


def middles(texts: pl.Series) -> pl.Series:
    """The middle of the band that each text names; null where it names none."""
    parts = pl.col("text").str.extract_groups(BAND).struct.rename_fields(PARTS).alias("parts")
    found = as_written(texts).to_frame().select(parts).unnest("parts")
    units = {"low": pl.coalesce("low_unit", "high_unit"), "high": pl.col("high_unit")}
    low, high = (
        pl.col(name).cast(pl.Float64) * unit.replace_strict(UNITS, default=1.0, return_dtype=pl.Float64)
        for name, unit in units.items()
    )
    below = pl.col("less").is_not_null() | pl.col("and_less").is_not_null()
    above = pl.col("more").is_not_null() | pl.col("and_more").is_not_null()
    one = pl.when(below).then(low * BESIDE).when(above).then(low / BESIDE)
    both = pl.when(high > low).then((low + high) / 2)
    return found.select(middle=pl.when(pl.col("high").is_null()).then(one).otherwise(both)).to_series()
