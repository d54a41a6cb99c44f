"""Delimited text row by row: what is no row is set aside, and the next line is tried again.

Python's csv reads it, in its strict mode, and not Polars, which either stops at a damaged row or fills it up, and
does not say where it was. A quote that is opened by mistake would swallow the rows that follow: where a row that spans
several lines is not sound, only its first line is set aside.
"""

import csv
from collections.abc import Iterator, Sequence

from leadscore.intake.blocks import Aside
from leadscore.intake.dialect import Dialect
from leadscore.intake.lines import Lines, TooLongError

Row = tuple[int, list[str]]


def rows(lines: Lines, dialect: Dialect, width: int | None) -> Iterator[Row | Aside]:
    """The rows with the number of their first line. ``width`` tells how many cells a sound one has, if known.

    Lines without any cell that is filled are no rows.
    """
    reader = dialect.reader(lines)
    while True:
        lines.mark()
        start = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, TooLongError) as error:
            yield _first_aside(lines, start, _reason(error))
            reader = dialect.reader(lines)
            continue
        if not any(cells):
            continue
        if width and len(lines.taken) > 1 and not fits(cells, width) and _swallowed(lines.taken, dialect, width):
            yield _first_aside(lines, start, "a quote in it is not closed")
            reader = dialect.reader(lines)
            continue
        yield start, cells


def fits(cells: Sequence[str], width: int) -> bool:
    """Whether a row has ``width`` cells; empty ones at its end may be more."""
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def _first_aside(lines: Lines, start: int, reason: str) -> Aside:
    first, *others = lines.taken
    lines.give_back(others)
    return Aside(start, reason, first)


def _swallowed(taken: Sequence[str], dialect: Dialect, width: int) -> bool:
    """Whether one of the lines after the first is a sound row by itself."""
    for line in taken[1:]:
        try:
            if any(fits(cells, width) for cells in dialect.reader(iter([line]))):
                return True
        except csv.Error:
            pass
    return False


def _reason(error: Exception) -> str:
    if isinstance(error, TooLongError):
        return "it is longer than any row of leads"
    said = str(error)
    if "field larger" in said:
        return "a cell is longer than any cell of leads"
    return "a quote in it is not closed" if "end of data" in said else "a quote or line break in it is misplaced"
