"""Which reading each column of text gets, found from its values and frozen in the bundle.

A reading is offered the distinct values of a column and says which of them it understands. The one that understands
the most leads' values gets the column, if that is most of them; the others are read as they stand. No outcome is
looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from leadscore.errors import ConfigError, meant
from leadscore.reading.country import Country
from leadscore.reading.text import OTHER
from leadscore.reading.timeline import Timeline
from leadscore.reading.vocabulary import Plain, Vocabulary, load_all
from leadscore.schema import Kind, Schema

Reading = Annotated[Plain | Vocabulary | Country | Timeline, Field(discriminator="kind")]

UNDERSTOOD = 0.75  # share of a column's filled cells that a reading must understand to get it
LEAST_VALUES = 2  # different meanings among them: one says nothing of the column
MOST_DISTINCT = 2_000  # distinct values, the most frequent ones, that are offered

PURE = 0.9  # share of the leads of a code that show the same country, from which the code stands for it
LEAST_LEADS = 10  # of a code
WORTH = 0.3  # share of the missing countries that a column of codes must give


class ReadColumn(BaseModel):
    """A column after reading: ``name`` in the frame, ``source`` in the table."""

    model_config = ConfigDict(frozen=True)

    name: str
    source: str
    kind: Kind


class Fallback(BaseModel):
    """What a missing value of ``column`` is taken from: ``values`` by the values of column ``of``."""

    model_config = ConfigDict(frozen=True)

    column: str
    of: str
    values: dict[str, str]


class Readings(BaseModel):
    """The modelled columns in order, the reading of each that holds text, and what fills a missing country."""

    model_config = ConfigDict(frozen=True)

    kinds: dict[str, Kind]
    texts: dict[str, Reading]
    fallback: Fallback | None = None

    @classmethod
    def plain(cls, schema: Schema) -> Self:
        """The columns of ``schema``, all read as they stand."""
        kinds = {column.name: column.kind for column in schema.modelled}
        return cls(kinds=kinds, texts={name: Plain.load(None) for name, kind in kinds.items() if kind is Kind.CATEGORY})

    @classmethod
    def infer(
        cls,
        leads: pl.DataFrame,
        schema: Schema,
        *,
        identifiers: Collection[str],
        read_as: Mapping[str, str],
        tables: Path | None,
    ) -> Self:
        """Find the reading of each column of the conformed training ``leads``.

        ``identifiers`` are read as they stand; ``read_as`` names the reading of a column and overrules what is found;
        ``tables`` is a folder with a user's own tables. Raises ConfigError for a name that is none.
        """
        known: dict[str, Reading] = {"country": Country.load(tables), "timeline": Timeline.load(tables)}
        known |= {vocabulary.name: vocabulary for vocabulary in load_all(tables)}
        plain = Plain.load(tables)
        _require_known(read_as, [*known, "plain"], schema)
        bare = cls.plain(schema)
        texts: dict[str, Reading] = {}
        for name in bare.texts:
            if name in read_as:
                texts[name] = known.get(read_as[name], plain)
            else:
                texts[name] = plain if name in identifiers else best(leads[name], list(known.values()), plain)
        found = bare.model_copy(update={"texts": texts})
        return found.model_copy(update={"fallback": find_fallback(found, found.read(leads), identifiers)})

    @property
    def columns(self) -> tuple[ReadColumn, ...]:
        """The columns of what `read` returns."""
        found = []
        for name, kind in self.kinds.items():
            found.append(ReadColumn(name=name, source=name, kind=kind))
            derived = self.texts[name].derived if name in self.texts else {}
            found += [ReadColumn(name=f"{name} ({what})", source=name, kind=kind) for what, kind in derived.items()]
        return tuple(found)

    @property
    def names(self) -> dict[str, str]:
        """What each column of text is read as."""
        return {
            name: reading.name if isinstance(reading, Vocabulary) else reading.kind
            for name, reading in self.texts.items()
        }

    @property
    def country(self) -> str | None:
        """The column that says where a lead is, if there is one."""
        return next((name for name, reading in self.texts.items() if isinstance(reading, Country)), None)

    @property
    def product(self) -> str | None:
        """The column that says what a lead wants first, if there is one."""
        lists = (name for name, reading in self.texts.items() if isinstance(reading, Vocabulary) and reading.lists)
        return next((f"{name} (first)" for name in lists), None)

    def read(self, leads: pl.DataFrame) -> pl.DataFrame:
        """The conformed ``leads`` with each text as what it means, and the columns that follow from it."""
        parts = [
            read_column(leads[name], self.texts[name]) if name in self.texts else leads.select(name)
            for name in self.kinds
        ]
        read = pl.concat(parts, how="horizontal") if parts else leads.select()
        return self._filled(read) if self.fallback else read

    def inputs(self, leads: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
        """The conformed ``leads``, which were ``read``, fit to be kept: nothing personal, of addresses the country."""
        kept = [
            read[name] if isinstance(reading, Country) else leads[name].set(read[name].is_null(), None)
            for name, reading in self.texts.items()
        ]
        return leads.with_columns(kept)

    def _filled(self, read: pl.DataFrame) -> pl.DataFrame:
        """The countries that are missing, by the code in another column; the continents with them."""
        assert self.fallback
        name, reading = self.fallback.column, self.texts[self.fallback.column]
        given = read[self.fallback.of].replace_strict(self.fallback.values, default=None, return_dtype=pl.String)
        filled = read_column(read[name].fill_null(given), reading)
        return read.with_columns(filled)


def read_column(values: pl.Series, reading: Reading) -> pl.DataFrame:
    """``values`` (conformed text) as read: a column of their name, and one for each that follows from it."""
    raw = values.alias("raw").to_frame()
    distinct = raw.drop_nulls().unique()
    meant = distinct.with_columns(reading.read(distinct["raw"]).drop("understood"))
    names = {"value": values.name} | {what: f"{values.name} ({what})" for what in reading.derived}
    return raw.join(meant, on="raw", how="left", maintain_order="left").select(
        pl.col(old).alias(new) for old, new in names.items()
    )


def best(values: pl.Series, offered: Sequence[Reading], plain: Plain) -> Reading:
    """The one of the readings ``offered`` that understands the most of ``values``; ``plain`` where that is too little.

    Cells that say "other", or nothing, could stand in any column and do not count.
    """
    counts = values.drop_nulls().value_counts(sort=True, name="n").head(MOST_DISTINCT)
    if counts.is_empty():
        return plain
    said = plain.read(counts[values.name])["value"]
    telling = counts.filter(said.is_not_null() & (said != OTHER))
    shares = [share_understood(telling, reading) for reading in offered]
    top = max(range(len(offered)), key=lambda i: shares[i])
    return offered[top] if shares[top] >= UNDERSTOOD else plain


def share_understood(counts: pl.DataFrame, reading: Reading) -> float:
    """The share of the cells, ``counts`` of each distinct value, that ``reading`` understands."""
    text, n = counts.get_columns()
    read = reading.read(text)
    understood = read["understood"]
    valued = understood & read["value"].is_not_null()
    meanings = read["value"].filter(valued).n_unique()
    if meanings < LEAST_VALUES or not orders(reading, read.filter(valued), n.filter(valued)):
        return 0.0
    return float(n.filter(understood).sum()) / float(n.sum())


def orders(reading: Reading, read: pl.DataFrame, n: pl.Series) -> bool:
    """Whether a ``reading`` that measures something measures most of the ``n`` cells of each text that was ``read``.

    A timeline of notes alone is none.
    """
    measures = [what for what, kind in reading.derived.items() if kind is Kind.NUMBER]
    return all(n.filter(read[what].is_not_null()).sum() > n.sum() / 2 for what in measures)


def find_fallback(readings: Readings, read: pl.DataFrame, identifiers: Collection[str]) -> Fallback | None:
    """The column of codes that fills the most missing countries, if it is worth it.

    A code stands for a country if nearly all leads with the code that show a country show that one. Codes of
    regions do not.
    """
    country = readings.country
    if country is None or not read[country].has_nulls():
        return None
    others = [name for name, reading in readings.texts.items() if reading.kind == "plain" and name not in identifiers]
    found = [Fallback(column=country, of=name, values=codes(read, country, name)) for name in others]
    missing = read.filter(pl.col(country).is_null())
    filled = [float(missing[each.of].is_in(list(each.values)).mean() or 0.0) for each in found]  # type: ignore[arg-type]
    top = max(range(len(found)), key=lambda i: filled[i], default=None)
    return found[top] if top is not None and filled[top] >= WORTH else None


def codes(read: pl.DataFrame, country: str, of: str) -> dict[str, str]:
    """The country of each value of column ``of`` that stands for one."""
    counts = read.drop_nulls([country, of]).group_by(of, country).len("n")
    whole = counts.with_columns(leads=pl.col("n").sum().over(of))
    pure = whole.filter((pl.col("n") >= PURE * pl.col("leads")) & (pl.col("leads") >= LEAST_LEADS))
    return dict(pure.sort(of).select(of, country).rows())


def _require_known(read_as: Mapping[str, str], known: Sequence[str], schema: Schema) -> None:
    categories = [column.name for column in schema.modelled if column.kind is Kind.CATEGORY]
    for column, name in read_as.items():
        if name not in known:
            raise ConfigError(f"features.read_as: {column} cannot be read as {name!r}.", meant(name, known))
        if column not in categories:
            raise ConfigError(f"features.read_as: {column} is no category column.", meant(column, categories))
