"""Categories with an order that is said: the values, the lowest first, as the settings name them."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.reading.text import normalise
from leadscore.reading.words import Words, cleaned
from leadscore.schema import Kind


class Scale(BaseModel):
    """The ``order`` of one field's values. A text of another value stays as it is, and has no rank."""

    model_config = ConfigDict(frozen=True)

    derived: ClassVar[dict[str, Kind]] = {"rank": Kind.NUMBER}

    kind: Literal["scale"] = "scale"
    order: tuple[str, ...]
    words: Words

    @classmethod
    def load(cls, order: tuple[str, ...], folder: Path | None = None) -> Self:
        return cls(order=order, words=Words.load(folder))

    @cached_property
    def ranks(self) -> dict[str, float]:
        """The place of each value, as texts are normalised."""
        values = pl.DataFrame({"value": self.order}).select(normalise(pl.col("value"))).to_series()
        return {value: float(place) for place, value in enumerate(values) if value}

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value``, ``understood`` and ``rank`` of each text."""
        rank = pl.col("value").replace_strict(self.ranks, default=None, return_dtype=pl.Float64)
        return cleaned(texts, self.words).select("value", understood=rank.is_not_null(), rank=rank)
