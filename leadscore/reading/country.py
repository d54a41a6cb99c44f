"""Countries as people write them in `/city/country`: in many languages, as a code, as a state or as a large city.

A text is cut at slashes into segments, and at commas where a segment as a whole is no place. The last segment counts
first; if it says nothing, the others do. In a segment the name of a country counts before a state, a code and a city, a
long name before those within it ("Papua New Guinea"), and a later name before an earlier one. Names are whole words.

What may be two things (Georgia, DE) is the state if the text also names a city of that state or its country. In an
address, an e-mail address or prose only a country's name counts; the rest of it is dropped, that is null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.errors import ConfigError
from leadscore.reading.phrases import PUNCTUATION
from leadscore.reading.table_files import all_written, checked, read_tables, written
from leadscore.reading.text import INVISIBLE, PLAIN_LETTERS, normalise, without_accents
from leadscore.reading.words import Words, cleaned
from leadscore.schema import Kind

TABLE = "country"
PROSE = 8  # words: a longer text is a sentence
REGION = 3  # words: a longer text that names no place is not kept

ADDRESS = r"\S*\s?@\s?\S*"  # an e-mail address, and what comes near one
DIGIT_OR_ADDRESS = r"[\p{Nd}@]"
SLASH = r"[/\\|\x{FF0F}]"  # the last: the slash of Chinese and Japanese
COMMA = r"[,;()\x{FF0C}\x{3001}\x{060C}]"  # with those of Chinese, Japanese and Arabic
IDEOGRAPH = r"(\p{Han})"  # written without spaces: each counts as a word

# What a name can be, in the order in which it counts.
SUPPORTED, NAMED, STATE, CODE, STATE_CODE, CITY, TOWN = range(7)  # a town says no more than which state is meant
CODES = [CODE, STATE_CODE]  # these count only as a whole segment


class State(BaseModel):
    """A part of a country: its code, and cities that tell it from another place of that code or name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = ""
    cities: tuple[str, ...] = ()


class Place(BaseModel):
    """A country, or what a user adds to one. The head of the table explains each field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = ""
    continent: str = ""
    alone: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    states: dict[str, State] = {}

    @property
    def entries(self) -> list[tuple[str, int, str, str]]:
        """The spelling, role, country and state of each name; state is empty where it is none of a state."""
        roles = {NAMED: (self.country, *self.names), CODE: self.alone, CITY: self.cities}
        found = [(name, role, self.country, "") for role, names in roles.items() for name in names]
        for title, state in self.states.items():
            spelled = [(title, STATE), (state.code, STATE_CODE), *((town, TOWN) for town in state.cities)]
            found += [(name, role, self.country, title) for name, role in spelled]
        return found


class Table(BaseModel):
    """A file. ``missing``: whole texts that mean missing where a country is due."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    missing: tuple[str, ...] = ()
    countries: dict[str, Place] = {}


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Places as they are looked up.

    ``names``: columns name, role, country, state; a name may have several roles. ``patterns``: those that count within
    a segment, the longest first, as `apart` writes them. ``continents``: by country.
    """

    names: pl.DataFrame
    patterns: list[str]
    continents: dict[str, str]

    @classmethod
    def of(cls, places: Sequence[Place]) -> Self:
        """The names in ``places``; of two places that claim a name in one role the later has it."""
        entries = [entry for place in places for entry in place.entries]
        schema = {"name": pl.String, "role": pl.Int64, "country": pl.String, "state": pl.String}
        frame = pl.DataFrame(entries, schema, orient="row").with_columns(key(folded(pl.col("name")))).drop_nulls("name")
        names = frame.unique(["name", "role", "state"], keep="last", maintain_order=True)
        within = names.filter(~pl.col("role").is_in(CODES)).select(pl.col("name").unique())
        longest = within.sort(pl.col("name").str.len_chars(), "name", descending=[True, False])
        return cls(names, longest.select(apart(pl.col("name"))).to_series().to_list(), continents(places))


class Country(BaseModel):
    """The countries that are known.

    Understood is a text with a segment that is the name of a country, and no more. What follows from a code, a state, a
    city or a name among other words is read, but is no sign that a column holds countries: business units are called
    IT and AS, territories "Germany North" and "Germany South", and a column of cities should stay one.
    """

    model_config = ConfigDict(frozen=True)

    derived: ClassVar[dict[str, Kind]] = {"continent": Kind.CATEGORY}

    kind: Literal["country"] = "country"
    places: tuple[Place, ...]
    missing: tuple[str, ...] = ()
    words: Words = Words()

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """The shipped countries, extended by the user's. Raises ConfigError if a file is ill-formed."""
        country = cls(places=(), words=Words.load(folder))
        for content in read_tables(TABLE, folder):
            places = {name: place for name, place in content.items() if name != "missing"}
            table = {"missing": content.get("missing", ()), "countries": places}
            country = country.extended(checked(Table, TABLE, table))
        return country

    def extended(self, table: Table) -> Self:
        """The countries with a file laid over them. Raises ConfigError if a country has no continent."""
        names = written(normalise, list(table.countries))
        own = [place.model_copy(update={"country": names[title]}) for title, place in table.countries.items()]
        places = (*self.places, *own)
        homeless = [place.country for place in own if place.country not in continents(places)]
        if homeless:
            raise ConfigError(f'{TABLE}.toml: "{homeless[0]}" has no continent.', "say which region it belongs to.")
        missing = dict.fromkeys((*self.missing, *all_written(lambda text: key(folded(text)), table.missing)))
        return type(self)(places=places, missing=tuple(missing), words=self.words)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The places as they are looked up."""
        return Gazetteer.of(self.places)

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value``, ``understood`` and ``continent`` of each text."""
        frame = described(texts, self.words)
        found = chosen(mentions(parts(frame, self.gazetteer.names), self.gazetteer), frame)
        unsaid = (pl.col("kept").is_null() & ~pl.col("private")) | pl.col("whole").is_in(self.missing).fill_null(False)
        value = pl.coalesce("country", pl.when(~pl.col("private") & (pl.col("words") <= REGION)).then("kept"))
        return (
            frame.join(found, on="index", how="left", maintain_order="left")
            .with_columns(value=pl.when(~unsaid).then(value))
            .select("value", understood=~unsaid & pl.col("named").fill_null(False), continent=self.continent("value"))
        )

    def continent(self, country: str) -> pl.Expr:
        """The continent of the column ``country``; null where it is none."""
        return pl.col(country).replace_strict(self.gazetteer.continents, default=None, return_dtype=pl.String)


def continents(places: Sequence[Place]) -> dict[str, str]:
    """The continent of each country."""
    return {place.country: place.continent for place in places if place.continent}


def folded(text: pl.Expr) -> pl.Expr:
    """Raw text in plain small letters, its punctuation kept, each ideograph between spaces."""
    small = text.str.replace_all(INVISIBLE, "").str.normalize("NFKC").str.to_lowercase()
    return without_accents(small).str.replace_many(PLAIN_LETTERS).str.replace_all(IDEOGRAPH, " $1 ")


def key(text: pl.Expr) -> pl.Expr:
    """Folded text as names are looked up: letters and digits, one space between words; null where none are."""
    return text.str.replace_all(PUNCTUATION, " ").str.strip_chars().replace("", None)


def together(words: pl.Expr) -> pl.Expr:
    """What `apart` made of words, undone."""
    return words.str.replace_all("  ", " ", literal=True).str.strip_chars()


def apart(words: pl.Expr) -> pl.Expr:
    """``words``, each between two spaces, so that neighbours need not share one when they are searched."""
    return pl.concat_str(pl.lit(" "), words.str.replace_all(" ", "  ", literal=True), pl.lit(" "))


def described(texts: pl.Series, words: Words) -> pl.DataFrame:
    """The ``index`` of each text, how it is ``kept`` if it is no country, and how many ``words`` that has.

    ``private``: it has digits or an address. ``folded`` is the text less addresses, ``whole`` its key.
    """
    frame = texts.alias("text").to_frame().with_row_index().with_columns(folded=folded(pl.col("text")))
    return frame.select(
        "index",
        cleaned(texts, words)["value"].alias("kept"),
        folded=pl.col("folded").str.replace_all(ADDRESS, " "),
        private=pl.col("folded").str.contains(DIGIT_OR_ADDRESS),
    ).with_columns(whole=key(pl.col("folded")), words=pl.col("kept").str.count_matches(r"\S+"))


def parts(frame: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """The parts of each text: its ``index``, their ``order``, the ``part`` as a key, whether it is the ``last``.

    The first is the whole text, for a name that was cut ("Viet/Nam"). A segment that is a name stays whole in spite of
    its comma ("Korea, Republic of").
    """
    folded = pl.col("folded").str.replace_all(SLASH, "/").str.replace_all(COMMA, ",")
    segments = frame.select("index", part=folded.str.split("/")).explode("part")
    whole = key(pl.col("part")).is_in(names["name"].implode()).fill_null(False)
    cut = pl.when(whole).then(pl.col("part").str.replace_all(",", " ")).otherwise("part").str.split(",")
    pieces = segments.with_columns(part=cut).explode("part").with_columns(key(pl.col("part")))
    both = pl.concat([frame.select("index", part="whole"), pieces]).drop_nulls("part").with_row_index("order")
    return both.with_columns(last=pl.col("order") == pl.col("order").max().over("index"))


def mentions(parts: pl.DataFrame, gazetteer: Gazetteer) -> pl.DataFrame:
    """Each name in each part, with its ``place`` within it, ``role``, ``country`` and ``state``."""
    distinct = parts.select(pl.col("part").unique())
    known = pl.col("part").is_in(gazetteer.names["name"].implode())
    searched = distinct.filter(~known).with_columns(
        name=apart(pl.col("part")).str.extract_many(gazetteer.patterns, leftmost=True)
    )
    within = searched.explode("name").drop_nulls("name").with_columns(together(pl.col("name")))
    names = pl.concat([distinct.filter(known).with_columns(name="part"), within]).with_row_index("place")
    meant = names.join(gazetteer.names, on="name")
    whole = pl.col("part") == pl.col("name")
    return parts.join(meant.filter(whole | ~pl.col("role").is_in(CODES)), on="part")


def chosen(mentions: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """The country of each text that says one: ``index``, ``country``, and whether a part is its name (``named``)."""
    ranked = supported(mentions).filter(pl.col("role") != TOWN).join(frame, on="index")
    loose = ~pl.col("private") & (pl.col("words") <= PROSE)
    counted = ranked.filter(loose | (pl.col("rank") <= NAMED))
    order = {"index": False, "last": True, "rank": False, "order": True, "place": True, "country": False}
    best = counted.sort(*order, descending=list(order.values()))
    part, name = (pl.col(words).str.strip_prefix("the ") for words in ("part", "name"))
    alone = (pl.col("role") == NAMED) & (part == name)
    said = alone & (pl.col("country") == pl.col("country").first())
    return best.group_by("index", maintain_order=True).agg(pl.col("country").first(), named=said.any())


def supported(mentions: pl.DataFrame) -> pl.DataFrame:
    """``mentions`` with their ``rank``: a state comes first if the text names its country or a city of it, too."""
    towns = mentions.filter(pl.col("role") == TOWN).select("index", "country", "state", town=True).unique()
    named = pl.col("role").is_in([NAMED, CODE])
    countries = mentions.filter(named).select("index", "country", abroad=True).unique()
    state = pl.col("role").is_in([STATE, STATE_CODE]) & (pl.col("town") | pl.col("abroad"))
    return (
        mentions.join(towns, on=["index", "country", "state"], how="left")
        .join(countries, on=["index", "country"], how="left")
        .with_columns(rank=pl.when(state).then(SUPPORTED).otherwise("role"))
    )
