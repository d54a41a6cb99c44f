"""What a person should know of the columns: placeholders for missing, ids that look like numbers, personal data."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from leadscore.intake.keys import is_id_name
from leadscore.reading.text import is_personal, matched, spelled
from leadscore.reading.words import Words
from leadscore.schema import Kind, Type, Word
from leadscore.setup.looking import Look

CODES = (-1, *(sign * int("9" * digits) for digits in range(2, 8) for sign in (1, -1)))
OFTEN = 0.01  # share of the leads from which on a value may be a code for missing
APART = 2.0  # times the spread of all others by which it lies away from them
UNIQUE = 0.95  # distinct values per filled cell from which on text says nothing that repeats
PERSONAL = 0.5  # share of the cells that are addresses or numbers of a person
MOST_TEXTS = 5_000  # distinct texts that are looked through


@dataclass(frozen=True)
class Oddity:
    """What is odd in a column, in a sentence without any personal cell, and what to set because of it."""

    column: str
    words: str
    missing: tuple[Word, ...] = ()
    kind: Kind | None = None


def oddities(look: Look, taken: Collection[str]) -> Iterator[Oddity]:
    """What is odd in the columns but for those that are ``taken``: they say who a lead is."""
    missing = Words.load().missing
    for name, type_ in look.types.items():
        if name not in taken and not look.filled(name).is_empty():
            yield from _of_text(look, name, missing) if type_ is Type.TEXT else _of_numbers(look, name)


def _of_text(look: Look, name: str, missing: tuple[str, ...]) -> Iterator[Oddity]:
    cells = look.filled(name)
    texts = cells.value_counts(sort=True, name="n").head(MOST_TEXTS).rename({name: "text"})
    said = texts.lazy().select("text", "n", plain=matched(pl.col("text")), who=is_personal(spelled(pl.col("text"))))
    read = said.collect()
    if float(read.filter("who")["n"].sum()) > PERSONAL * float(read["n"].sum()):
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
        yield Oddity(name, "numbers that name something", kind=Kind.CATEGORY)
        return
    for code in CODES:
        share = (cells == code).mean()
        if isinstance(share, float) and OFTEN <= share < 1:
            low, high = (float(cells.filter(cells != code).quantile(end) or 0) for end in (0.0, 1.0))
            if code > high + APART * max(high - low, 1.0) or code < 0 <= low:
                told = f"{code} in {share:.0%} of the leads, all others from {low:g} to {high:g}"
                yield Oddity(name, told, missing=(code,))
