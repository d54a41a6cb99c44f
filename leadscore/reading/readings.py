"""Which reading each column of text gets, found from its values and frozen in the bundle.

A reading is offered the distinct values of a column and says which of them it understands. The one that understands
the most leads' values gets the column, if that is most of them; the others are read as they stand. No outcome is
looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from leadscore.errors import ConfigError, meant
from leadscore.reading.bands import Bands
from leadscore.reading.country import Country
from leadscore.reading.fallback import Fallback, find_fallback
from leadscore.reading.identifier import Identifier
from leadscore.reading.lists import in_order
from leadscore.reading.prose import Prose
from leadscore.reading.scale import Scale
from leadscore.reading.text import OTHER
from leadscore.reading.timeline import Timeline, in_days
from leadscore.reading.vocabulary import Plain, Vocabulary, load_all
from leadscore.schema import NAMED, Kind, Schema, free_name

Reading = Annotated[
    Plain | Identifier | Vocabulary | Country | Timeline | Bands | Scale | Prose, Field(discriminator="kind")
]

UNDERSTOOD = 0.75  # share of a column's filled cells that a reading must understand to get it
LEAST_VALUES = 2  # different meanings among them: one says nothing of the column
RAW = "raw"
MOST_SEEN = 200_000  # texts of a column that are kept in mind
MOST_DISTINCT = 2_000  # distinct values, the most frequent ones, that are offered


class ReadColumn(BaseModel):
    """A column after reading: ``name`` in the frame, ``source`` in the table."""

    model_config = ConfigDict(frozen=True)

    name: str
    source: str
    kind: Kind


class Seen:
    """The texts that were read before, by column: most of a night's chunk says what the last one said.

    A class, so that what was seen is no part of what makes two `Readings` equal.
    """

    def __init__(self) -> None:
        self.of: dict[str, pl.DataFrame] = {}


class Readings(BaseModel):
    """The modelled columns in order, the reading of each that holds text, and what fills a missing country."""

    model_config = ConfigDict(frozen=True)

    kinds: dict[str, Kind]
    texts: dict[str, Reading]
    fallback: Fallback | None = None

    @classmethod
    def plain(cls, schema: Schema) -> Self:
        """The columns of ``schema``, all read as they stand; sentences as such."""
        kinds = kinds_of(schema)
        as_they_are: dict[Kind, Reading] = {Kind.CATEGORY: Plain.load(None), Kind.TEXT: Prose.load(None)}
        return cls(kinds=kinds, texts={name: as_they_are[kind] for name, kind in kinds.items() if kind in as_they_are})

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

        ``identifiers`` are read as such, beside the ids of ``schema``; ``read_as`` names the reading of a column and
        overrules what is found; ``tables`` is a folder with a user's own tables. Raises ConfigError for a wrong name.
        """
        plain, known = shipped() if tables is None else loaded(tables)
        standing: dict[str, Reading] = {"plain": plain, "identifier": Identifier.load(tables)}
        _require_known(read_as, [*known, *standing], schema)
        kinds = kinds_of(schema)
        categories = [name for name, kind in kinds.items() if kind is Kind.CATEGORY]
        said = {name: (standing | known)[read_as[name]] for name in categories if name in read_as}
        said |= {name: each for name, each in by_kind(schema, identifiers, tables).items() if name not in said}
        unsaid = [leads[name] for name in categories if name not in said]
        decided = said | best(unsaid, list(known.values()), plain)
        texts = {name: decided[name] for name in kinds if name in decided}
        found = cls(kinds=kinds, texts=texts)
        codes = [name for name, reading in texts.items() if reading.kind == "plain" and name not in identifiers]
        fallback = find_fallback(found.read(leads), found.country, codes) if found.country else None
        return found.model_copy(update={"fallback": fallback})

    @property
    def columns(self) -> tuple[ReadColumn, ...]:
        """The columns of what `read` returns."""
        found = []
        for name, kind in self.kinds.items():
            found.append(ReadColumn(name=name, source=name, kind=kind))
            derived = self.texts[name].derived if name in self.texts else {}
            found += [
                ReadColumn(name=self.derived[name, what], source=name, kind=kind) for what, kind in derived.items()
            ]
        return tuple(found)

    @cached_property
    def derived(self) -> dict[tuple[str, str], str]:
        """The name in the frame of what is derived of each column: one that no column of the table has."""
        taken, found = set(self.kinds), dict[tuple[str, str], str]()
        for name in self.kinds:
            for what in self.texts[name].derived if name in self.texts else ():
                found[name, what] = free_name(f"{name} ({what})", taken)
                taken.add(found[name, what])
        return found

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The columns whose values name somebody or something."""
        return tuple(name for name, reading in self.texts.items() if isinstance(reading, Identifier))

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
    def continent(self) -> str | None:
        """The column that says on which continent a lead is, if there is one."""
        return self.derived[self.country, "continent"] if self.country else None

    @property
    def product(self) -> str | None:
        """The column that says what a lead wants first, if there is one."""
        lists = (name for name, reading in self.texts.items() if isinstance(reading, Vocabulary) and reading.lists)
        return next((self.derived[name, "first"] for name in lists), None)

    def read(self, leads: pl.DataFrame) -> pl.DataFrame:
        """The conformed ``leads`` with each text as what it means, and the columns that follow from it."""
        parts = [self._read_column(leads[name]) if name in self.texts else [leads[name]] for name in self.kinds]
        read = pl.DataFrame({column.name: column for part in parts for column in part})
        return self._filled(read) if self.fallback else read

    def inputs(self, leads: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
        """The conformed ``leads``, which were ``read``, fit to be kept: what was read, as text that reads the same.

        Nothing personal is left: of an address the country, of a sentence with a job in it the job. Identifiers stay
        as they are, as they stand beside the scores, too: by them the history of an account is found.
        """
        return leads.with_columns(
            self._kept(name, read) for name, reading in self.texts.items() if not isinstance(reading, Identifier)
        )

    def _kept(self, name: str, read: pl.DataFrame) -> pl.Series:
        reading = self.texts[name]
        derived = [read[self.derived[name, what]].alias(what) for what in reading.derived]
        return pl.DataFrame([read[name].alias("value"), *derived]).select(kept(reading)).to_series().alias(name)

    @cached_property
    def _seen(self) -> Seen:
        return Seen()

    def _read_column(self, values: pl.Series) -> list[pl.Series]:
        """``values`` (conformed text) as read: a column of their name, and one for each that is derived."""
        name, reading = values.name, self.texts[values.name]
        raw = values.alias(RAW).to_frame()
        meant = meanings(raw.drop_nulls().unique(), reading, self._seen.of.get(name))
        self._seen.of[name] = meant if meant.height <= MOST_SEEN else meant.clear()
        read = raw.join(meant, on=RAW, how="left", maintain_order="left")
        names = {"value": name} | {what: self.derived[name, what] for what in reading.derived}
        return [read[old].alias(new) for old, new in names.items()]

    def _filled(self, read: pl.DataFrame) -> pl.DataFrame:
        """The countries that are missing, by the code in another column; the continents with them."""
        assert self.fallback
        name = self.fallback.column
        given = read[self.fallback.of].replace_strict(self.fallback.values, default=None, return_dtype=pl.String)
        return read.with_columns(self._read_column(read[name].fill_null(given)))


def kinds_of(schema: Schema) -> dict[str, Kind]:
    """The modelled columns, in order; ids are categories that are read as such."""
    return {column.name: Kind.CATEGORY if column.kind in NAMED else column.kind for column in schema.modelled}


def by_kind(schema: Schema, identifiers: Collection[str], tables: Path | None) -> dict[str, Reading]:
    """The readings that the kinds of columns ask for: of ids, of categories with an order, of sentences."""
    identifier, prose, found = Identifier.load(tables), Prose.load(tables), dict[str, Reading]()
    for column in schema.modelled:
        if column.kind is Kind.TEXT:
            found[column.name] = prose
        elif column.order:
            found[column.name] = Scale.load(column.order, tables)
        elif column.kind is Kind.ID or column.name in identifiers:
            found[column.name] = identifier
    return found


def meanings(texts: pl.DataFrame, reading: Reading, seen: pl.DataFrame | None) -> pl.DataFrame:
    """What is ``seen`` already, and below it those of the distinct ``texts`` that are not: `RAW` and as read."""
    new = texts if seen is None else texts.join(seen, on=RAW, how="anti")
    if seen is not None and new.is_empty():
        return seen
    read = new.with_columns(reading.read(new[RAW]).drop("understood"))
    return read if seen is None else pl.concat([seen, read])


def kept(reading: Reading) -> pl.Expr:
    """Of the columns ``value`` and those derived: text that ``reading`` reads to the same again."""
    if isinstance(reading, Timeline):
        return in_days()
    return in_order() if isinstance(reading, Vocabulary) and reading.lists else pl.col("value")


def loaded(tables: Path | None) -> tuple[Plain, dict[str, Reading]]:
    """How a column is read that no reading understands, and by name those that are offered every column."""
    offered: dict[str, Reading] = {"country": Country.load(tables), "timeline": Timeline.load(tables)}
    offered |= {vocabulary.name: vocabulary for vocabulary in load_all(tables)} | {"bands": Bands.load(tables)}
    return Plain.load(tables), offered


@cache
def shipped() -> tuple[Plain, dict[str, Reading]]:
    """Those of the shipped tables, which take a second to load: a process may train often, on the past above all."""
    return loaded(None)


def best(columns: Sequence[pl.Series], offered: Sequence[Reading], plain: Plain) -> dict[str, Reading]:
    """The one of the readings ``offered`` that understands the most of each column; ``plain`` where that is too little.

    Cells that say "other", or nothing, could stand in any column and do not count. Each reading reads the values of all
    columns at once: to be asked at all takes it longer than to read some thousand.
    """
    counts = {column.name: most_frequent(column) for column in columns}
    texts = pl.concat([pl.Series("text", dtype=pl.String), *(each["text"] for each in counts.values())]).unique()
    said = plain.read(texts)["value"]
    telling = texts.to_frame().with_row_index("row").filter(said.is_not_null() & (said != OTHER))
    read = [(reading, reading.read(texts)) for reading in offered]
    found: dict[str, Reading] = {}
    for name, each in counts.items():
        rows = each.join(telling, on="text", maintain_order="left")
        shares = [share_understood(reading, words[rows["row"]], rows["n"]) for reading, words in read]
        top = max(range(len(offered)), key=lambda i: shares[i])
        found[name] = offered[top] if shares[top] >= UNDERSTOOD else plain
    return found


def most_frequent(values: pl.Series) -> pl.DataFrame:
    """The most frequent values of a column, each ``text`` with its number ``n``."""
    counts = values.alias("text").drop_nulls().value_counts(name="n")
    return counts.sort("n", "text", descending=[True, False]).head(MOST_DISTINCT)


def share_understood(reading: Reading, read: pl.DataFrame, n: pl.Series) -> float:
    """The share of the cells, ``n`` of each distinct text as it was ``read``, that ``reading`` understands."""
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


def _require_known(read_as: Mapping[str, str], known: Sequence[str], schema: Schema) -> None:
    categories = [column.name for column in schema.columns if column.kind in (*NAMED, Kind.IGNORE)]
    for column, name in read_as.items():
        if name not in known:
            raise ConfigError(f"features.read_as: {column} cannot be read as {name!r}.", meant(name, known))
        if column not in categories:  # one that is left out of this model may be back in the next
            raise ConfigError(f"features.read_as: {column} is no category column.", meant(column, categories))
