"""When the customer wants to buy: a band and the expected days, from forms' bands and from what sellers typed.

All words are data, in ``tables/timeline.toml``. A text is read in this order:

1. A note ("no response for 3 months", "duplicate lead 1037", "2 years ago") is a note whatever numbers it holds.
2. Numbers with a unit. Several are averaged ("4/8 months" is 6, "9 months ~ 1 year" 10.5), but a smaller unit after
   a larger one is added ("1 year 6 months"). "Less than" is the middle between the span and the next lower edge of
   the bands, "more than" that to the next higher edge, and past a year half as long again: "less than 3 months" are
   45 days, "more than 3 months" 135, "more than a year" 540.
3. A span in words ("immediately", "next month").

A band starts at its lower edge: 3 months are "3 to 6 months", 6 are "6 to 9 months", a year is "more than a year". A
month has 30 days, a year 12 months; what is expected is rounded to half days. A number without a unit ("2022") is
missing; all else is "other".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.reading.phrases import longest, unpunctuated
from leadscore.reading.table_files import checked, read_tables, written
from leadscore.reading.text import OTHER, PLAIN_LETTERS, matched
from leadscore.reading.words import Words, cleaned
from leadscore.schema import Kind

TABLE = "timeline"
EDGES = (90.0, 180.0, 270.0, 360.0)  # days
BANDS = ("less than 3 months", "3 to 6 months", "6 to 9 months", "9 to 12 months", "more than a year")
LONGEST = 7200.0  # days, 20 years: "2024 年" is no span but a date
BEYOND = 1.5  # "more than a year" is taken for a year and a half

HALF = r"([0-9])[.,]5\b"  # normalising takes a decimal point for a separator
SIGN = r"([<>≤≥+~])"
DIGIT_THEN_LETTER, LETTER_THEN_DIGIT = r"([0-9])(\p{L})", r"(\p{L})([0-9])"
GAPLESS = r"^[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}\p{Thai}]+$"  # scripts that leave no gaps around units
LETTER = r"\p{L}"

MORE, LESS = "more", "less"
GLUED = 8  # characters that a phrase needs to be found without its gaps: shorter ones could be other words
BREAK = 0.0  # in place of a unit: a word that parts the numbers before it from the units after it


class Unit(BaseModel):
    """A unit of time: its length in days, and the words for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: float
    words: tuple[str, ...] = ()


class Phrases(BaseModel):
    """Words around numbers: ``articles`` for one, ``joining`` that part no number from its unit, and bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    articles: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()


class Table(BaseModel):
    """The file: ``numbers`` are the words by number, ``spans`` days by phrase, ``notes`` phrases by kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: dict[str, Unit] = {}
    numbers: dict[float, tuple[str, ...]] = {}
    phrases: Phrases = Phrases()
    spans: dict[str, float] = {}
    notes: dict[str, tuple[str, ...]] = {}

    @property
    def texts(self) -> list[str]:
        """All its words and phrases."""
        around, notes = self.phrases, self.notes
        units = [word for unit in self.units.values() for word in unit.words]
        several = (around.articles, around.joining, around.more, around.less, *self.numbers.values(), *notes.values())
        return [*units, *self.spans, *notes, *(word for words in several for word in words)]


class Timeline(BaseModel):
    """The words of times by what they mean: days of ``units`` and ``spans``, values of ``numbers``, kinds of ``notes``.

    Understood is a text with a band or a kind of note; "other" is neither.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["timeline"] = "timeline"
    units: dict[str, float] = {}
    numbers: dict[str, float] = {}
    articles: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    bounds: dict[str, str] = {}
    spans: dict[str, float] = {}
    notes: dict[str, str] = {}
    words: Words = Words()

    @classmethod
    def load(cls, folder: Path | None = None) -> Self:
        """The shipped table, with the user's laid over it word by word. Raises ConfigError if one is ill-formed."""
        timeline = cls(words=Words.load(folder))
        for content in read_tables(TABLE, folder):
            timeline = timeline.extended(checked(Table, TABLE, content))
        return timeline

    def extended(self, table: Table) -> Self:
        """The timeline with a file laid over it."""
        forms, around = Forms(written(tidied, table.texts)), table.phrases
        units = {word: unit.days for unit in table.units.values() for word in forms.tidy(unit.words)}
        numbers = {word: number for number, words in table.numbers.items() for word in forms.tidy(words)}
        bounds = dict.fromkeys(forms.glued(around.more), MORE) | dict.fromkeys(forms.glued(around.less), LESS)
        spans = {form: days for phrase, days in table.spans.items() for form in forms.glued([phrase])}
        notes = {phrase: kind for kind, phrases in table.notes.items() for phrase in forms.glued([kind, *phrases])}
        changed = {
            "units": self.units | units,
            "numbers": self.numbers | numbers,
            "articles": (*self.articles, *forms.tidy(around.articles)),
            "joining": (*self.joining, *forms.tidy(around.joining)),
            "bounds": self.bounds | bounds,
            "spans": self.spans | spans,
            "notes": self.notes | notes,
        }
        return self.model_copy(update=changed)

    @property
    def derived(self) -> dict[str, Kind]:
        """The expected days until the purchase; null for notes."""
        return {"days": Kind.NUMBER}

    def read(self, texts: pl.Series) -> pl.DataFrame:
        """``value``, ``understood`` and ``days`` of each text."""
        plain = texts.alias("text").to_frame().lazy().select(tidied(pl.col("text"))).collect().to_series()
        apart = plain.str.replace_all(DIGIT_THEN_LETTER, "$1 $2").str.replace_all(LETTER_THEN_DIGIT, "$1 $2")
        spans = longest(apart, {phrase: phrase for phrase in self.spans})
        spaced = self.spaced(apart)
        found = cleaned(texts, self.words).with_columns(
            note=longest(apart, self.notes),
            stated=self.stated(spaced),
            bound=longest(spaced, self.bounds),
            span=spans.replace_strict(self.spans, default=None, return_dtype=pl.Float64),
        )
        timed = pl.col("note").is_null() & pl.col("value").is_not_null()
        expected = pl.coalesce(bounded(pl.col("stated"), pl.col("bound")), "span")
        # Such that what is kept of a lead, "45 days" or "127.5 days", reads to the same number.
        days = pl.when(timed).then((expected.clip(0.0, LONGEST) * 2).round() / 2)
        read = found.with_columns(days=days).select(value=meaning(), days="days")
        return read.select("value", understood=(pl.col("value") != OTHER).fill_null(False), days="days")

    def spaced(self, plain: pl.Series) -> pl.Series:
        """``plain`` with gaps around the units of scripts that have none."""
        words = pl.Series(sorted(self.units, key=len, reverse=True), dtype=pl.String)
        gapless = words.filter(words.str.contains(GAPLESS)).to_list()
        return plain.str.replace_many(gapless, [f" {unit} " for unit in gapless], leftmost=True).str.strip_chars()

    def stated(self, spaced: pl.Series) -> pl.Series:
        """The days that the numbers and units of each text make; null where there are none."""
        texts = spaced.alias("token").to_frame().with_row_index()
        spans = self.tokens(texts).filter(pl.col("days").is_between(0.0, LONGEST), pl.col("unit") > BREAK)
        first, last = pl.col("unit").first(), pl.col("unit").last()
        remainder = (pl.len() == 2) & (last < first) & (pl.col("days").last() < first)
        days = pl.when(remainder).then(pl.col("days").sum()).otherwise(pl.col("days").mean())
        return texts.join(spans.group_by("index").agg(days), on="index", how="left", maintain_order="left")["days"]

    def tokens(self, texts: pl.DataFrame) -> pl.DataFrame:
        """``index``, ``unit`` (days of the unit that follows) and ``days`` of each number in the texts."""
        words = texts.with_columns(pl.col("token").str.split(" ")).explode("token").filter(pl.col("token") != "")
        known = words.with_columns(
            unit=pl.col("token").replace_strict(self.units, default=None, return_dtype=pl.Float64),
            number=self.number(pl.col("token")),
        )
        before, after = pl.col("number").shift(1).over("index"), pl.col("unit").shift(-1).over("index")
        article = pl.col("token").is_in(self.articles) & pl.col("number").is_null()
        one = article & before.is_null() & after.is_not_null()
        told = known.with_columns(number=pl.when(one).then(1.0).otherwise("number"))
        joins = (pl.col("token").is_in(self.joining) | article) & pl.col("number").is_null() & pl.col("unit").is_null()
        unit = pl.when(pl.col("number").is_null()).then(pl.col("unit").fill_null(BREAK))
        units = told.filter(~joins).with_columns(unit=unit).with_columns(pl.col("unit").backward_fill().over("index"))
        return units.with_columns(days=pl.col("number") * pl.col("unit")).drop_nulls("days")

    def number(self, token: pl.Expr) -> pl.Expr:
        """The value of a number in digits or in words."""
        digits = token.str.replace("·", ".", literal=True).cast(pl.Float64, strict=False)
        return pl.coalesce(digits, token.replace_strict(self.numbers, default=None, return_dtype=pl.Float64))


def meaning() -> pl.Expr:
    """The value of a text by its ``note``, else by its ``days``; null where it is missing or a bare number."""
    band: pl.Expr = pl.when(pl.col("days") >= 0.0).then(pl.lit(BANDS[0]))
    for edge, later in zip(EDGES, BANDS[1:], strict=True):
        band = pl.when(pl.col("days") >= edge).then(pl.lit(later)).otherwise(band)
    other = pl.when(pl.col("value").str.contains(LETTER)).then(pl.lit(OTHER))
    return pl.when(pl.col("value").is_not_null()).then(pl.coalesce("note", band, other))


def in_days() -> pl.Expr:
    """The text of a cell that was read: its expected days, where it has any."""
    number = pl.col("days").cast(pl.String).str.strip_suffix(".0")
    return pl.coalesce(pl.format("{} days", number), "value")


def bounded(stated: pl.Expr, bound: pl.Expr) -> pl.Expr:
    """The expected days of "less" or "more" than the ``stated`` days, or just those."""
    below = pl.max_horizontal(pl.lit(0.0), *(pl.when(stated > edge).then(edge) for edge in EDGES))
    above = pl.min_horizontal(pl.when(stated < edge).then(edge) for edge in EDGES)
    far = pl.coalesce(above, (2 * BEYOND - 1) * stated)
    return (
        pl.when(bound == LESS).then((below + stated) / 2).when(bound == MORE).then((stated + far) / 2).otherwise(stated)
    )


def tidied(text: pl.Expr) -> pl.Expr:
    """Raw text as times are looked up: words and signs with single spaces, "1.5" as "1·5"."""
    halves = matched(text.str.replace_all(HALF, "$1·5"))
    return unpunctuated(halves.str.replace_many(PLAIN_LETTERS).str.replace_all(SIGN, " $1 "))


@dataclass(frozen=True)
class Forms:
    """Words as times are looked up, all found at once: to be asked takes longer than to write a hundred."""

    of: dict[str, str | None]

    def tidy(self, words: Sequence[str]) -> tuple[str, ...]:
        """The forms of ``words``, in order."""
        return tuple(dict.fromkeys(known for word in words if (known := self.of[word])))

    def glued(self, words: Sequence[str]) -> tuple[str, ...]:
        """The same, those of two or more also without the gaps, which get lost at times."""
        tidied_words = self.tidy(words)
        return (*tidied_words, *(word.replace(" ", "") for word in tidied_words if len(word) >= GLUED))
