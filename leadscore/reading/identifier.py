"""What tells one account or seller from another: read as it stands, and by a digest where it is personal."""

from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.reading.text import digests, spelled
from leadscore.reading.words import EDGE, Words, cleaned, personal
from leadscore.schema import Kind


class Identifier(BaseModel):
    """Names and numbers of accounts or sellers. One that is an e-mail address or a phone number is "id 3fa2c1...".

    Dropped as a plain column drops it, a seller who is known by his address would be nobody.
    """

    model_config = ConfigDict(frozen=True)

    derived: ClassVar[dict[str, Kind]] = {}

    kind: Literal["identifier"] = "identifier"
    words: Words

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        return cls(words=Words.load(folder))

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value`` and ``understood`` (always true) of each text."""
        frame = texts.alias("text").to_frame().lazy().select(text=spelled(pl.col("text")).str.strip_chars(EDGE))
        text = frame.collect().to_series()
        secret = "id " + digests(text)
        return cleaned(texts, self.words).select(
            value=pl.when(text.to_frame().select(personal(pl.col("text"))).to_series()).then(secret).otherwise("value"),
            understood=pl.lit(True),
        )
