"""What a person should know of the columns: placeholders for missing, ids that look like numbers, personal data."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from leadscore.names import is_id_name
from leadscore.reading.text import is_personal, matched, spelled
from leadscore.reading.words import Words
from leadscore.schema import Kind, Type, Word
from leadscore.setup.looking import NO_TIMES, Look
from leadscore.times import to_utc

CODES = (-1, *(sign * int("9" * digits) for digits in range(2, 8) for sign in (1, -1)))
OFTEN = 0.01  # share of the leads from which on a value may be a code for missing
NO_DAYS = (
    "0001-01-01",
    "1753-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1970-01-01",
    "2099-12-31",
    "2999-12-31",
    "3000-01-01",
    "4000-12-31",
    "9999-01-01",
    "9999-12-31",
)  # what programs write where they know no date
APART = 2.0  # times the spread of all others by which it lies away from them
UNIQUE = 0.95  # distinct values per filled cell from which on text says nothing that repeats
PERSONAL = 0.5  # share of the cells that are addresses or numbers of a person
MOST_TEXTS = 5_000  # distinct texts that are looked through


@dataclass(frozen=True)
class Oddity:
    """What is odd in a column, in a sentence without any personal cell, and what to set because of it.

    ``missing`` are words and numbers that mean so, ``here``: in this column only.
    """

    column: str
    words: str
    missing: tuple[Word, ...] = ()
    here: bool = False
    kind: Kind | None = None

    @property
    def taken(self) -> str:
        """What the column, or some values in it, are therefore taken for; empty where that is told elsewhere."""
        if self.kind:
            return "left out" if self.kind is Kind.IGNORE else f"taken for an {self.kind}"
        return "taken for missing" if self.here else ""


def oddities(look: Look, taken: Collection[str]) -> Iterator[Oddity]:
    """What is odd in the columns but for those that are ``taken``: they say who a lead is."""
    missing = Words.load().missing
    for name, type_ in look.types.items():
        if name not in taken and not look.filled(name).is_empty():
            yield from _of_text(look, name, missing) if type_ is Type.TEXT else _of_numbers(look, name)
            if look.kinds[name] is Kind.DATE:
                yield from _of_dates(look, name)


def _of_text(look: Look, name: str, missing: tuple[str, ...]) -> Iterator[Oddity]:
    cells = look.filled(name)
    texts = cells.value_counts(sort=True, name="n").head(MOST_TEXTS).rename({name: "text"})
    said = texts.lazy().select("text", "n", plain=matched(pl.col("text")), who=is_personal(spelled(pl.col("text"))))
    read = said.collect()
    is_text = look.kinds[name] is Kind.TEXT  # of which nothing but hashes of its words is kept
    if float(read.filter("who")["n"].sum()) > PERSONAL * float(read["n"].sum()) and not is_text:
        yield Oddity(name, "e-mail addresses or phone numbers", kind=Kind.IGNORE)
    elif look.kinds[name] is Kind.CATEGORY and cells.n_unique() > UNIQUE * len(cells):
        yield Oddity(name, "hardly any value occurs twice", kind=Kind.IGNORE)
    blanks = read.filter(pl.col("plain").is_in(missing))
    if blanks.height:
        yield Oddity(
            name,
            f"{float(blanks['n'].sum()) / look.sample.height:.1%} of the leads",
            missing=tuple(blanks["text"].str.strip_chars()),
        )


def _of_numbers(look: Look, name: str) -> Iterator[Oddity]:
    cells = look.filled(name)
    if not cells.dtype.is_numeric():
        return
    if look.types[name] is Type.INTEGER and is_id_name(name) and cells.n_unique() > 2:
        yield Oddity(name, "numbers that name something", kind=Kind.ID)
        return
    for code in CODES:
        share = (cells == code).mean()
        if isinstance(share, float) and OFTEN <= share < 1:
            low, high = (float(cells.filter(cells != code).quantile(end) or 0) for end in (0.0, 1.0))
            if code > high + APART * max(high - low, 1.0) or code < 0 <= low:
                told = f"{code} in {share:.0%} of the leads, all others from {low:g} to {high:g}"
                yield Oddity(name, told, missing=(code,), here=True)


def _of_dates(look: Look, name: str) -> Iterator[Oddity]:
    """Days that lie before or after all others, and that nobody can have meant."""
    cells = look.filled(name)
    days = cells.to_frame().select(
        cell=pl.col(name).cast(pl.String), day=to_utc(pl.col(name), cells.dtype, "UTC").dt.date()
    )
    if none := [text for text in NO_TIMES if cells.dtype == pl.String and (cells == text).any()]:
        yield Oddity(name, f"{cells.is_in(none).sum():,} dates are zeros", tuple(none), here=True)
    told = days.with_columns(pl.col("day").cast(pl.String)).drop_nulls()
    strange = pl.col("day").is_in(NO_DAYS)
    others = told.filter(~strange)["day"].sort().to_list()
    for day in told.filter(strange)["day"].unique().sort() if others else ():
        share = float((told["day"] == day).mean() or 0)
        if share < OFTEN or others[0] <= day <= others[-1]:
            continue
        words = told.filter(day=day)["cell"].unique().sort() if look.types[name] is Type.TEXT else [day]
        span = f"{day} in {share:.0%} of the leads, all others from {others[0]} to {others[-1]}"
        yield Oddity(name, span, missing=tuple(words), here=True)
