"""Names of columns that every database takes, from whatever a file has at its top."""

import re
from collections.abc import Sequence

from leadscore.errors import SourceError
from leadscore.intake.encoding import UNREADABLE

MOST_BYTES = 60  # PostgreSQL cuts a longer name than 63 without a word
MOST_COLUMNS = 1_500  # PostgreSQL takes 1,600, SQLite 2,000
QUOTE = '"'
NO_NAME = re.compile(r"\s*(|[+-]?[\d.,]+|\d{4}-\d\d-\d\d.*)\s*")


def clean_names(cells: Sequence[str | None]) -> tuple[str, ...]:
    """A name for each column: no two alike, even without case. Empty ones get a number.

    Raises SourceError where the cells are no names, or too many.
    """
    if len(cells) > MOST_COLUMNS:
        raise SourceError(
            f"The file has {len(cells):,} columns; a table takes at most {MOST_COLUMNS:,}.",
            "leave out what describes no lead, or put codes of one kind into one column.",
        )
    bare = [" ".join(UNREADABLE.sub("", cell or "").replace("\0", "").split()) for cell in cells]
    if not are_names(bare):
        raise SourceError(
            "The first line of the file holds no names of columns.", "put a line of names on top of the rows."
        )
    names: list[str] = []
    taken: set[str] = set()
    for number, name in enumerate(bare, start=1):
        names.append(_free(name or f"column {number}", taken))
        taken.add(names[-1].casefold())
    return tuple(names)


def are_names(cells: Sequence[str]) -> bool:
    """Whether at least half of ``cells`` are words."""
    return sum(bool(NO_NAME.fullmatch(cell.strip(QUOTE))) for cell in cells) * 2 <= len(cells)


def changed(cells: Sequence[str | None], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """A line for the report on names that had to be changed, if any."""
    told = [f"{cell!r:.40} is called {name}" for cell, name in zip(cells, names, strict=True) if cell != name]
    return (("names", "; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else "")),) if told else ()


def _free(name: str, taken: set[str]) -> str:
    found, n = _cut(name, ""), 1
    while found.casefold() in taken:
        n += 1
        found = _cut(name, f"_{n}")
    return found


def _cut(name: str, suffix: str) -> str:
    return name.encode()[: MOST_BYTES - len(suffix)].decode(errors="ignore") + suffix
