"""What every format comes to: blocks of rows, and the rows that could not be read, set aside with their reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from leadscore.intake.encoding import UNREADABLE
from leadscore.intake.forms import Decimal
from leadscore.schema import Type

LINE = "leadscore.line"  # the number of a row in its file; no column of a file is called so
MOST_ROWS = 20_000  # of a block
MOST_CHARACTERS = 16_000_000  # of a block
SHOWN = 1_000  # characters of a row that is set aside


@dataclass(frozen=True)
class Aside:
    """A row that is not loaded: its line (from 1, the names included), why, and the beginning of it as it stands."""

    line: int
    reason: str
    content: str


@dataclass(frozen=True)
class Block:
    """Some ``rows`` with their `LINE`; those set ``aside`` since the last block; the share of the file ``done``."""

    rows: pl.DataFrame
    aside: tuple[Aside, ...]
    done: float


class RowFile(Protocol):
    """A file of rows. ``columns`` are clean names, ``declared`` the types that the format itself states.

    ``found`` says in words what was detected, each a label and a text.
    """

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def declared(self) -> Mapping[str, Type]: ...

    @property
    def likely_decimal(self) -> Decimal:
        """The decimal mark where the numbers leave it open."""
        ...

    @property
    def found(self) -> tuple[tuple[str, str], ...]: ...

    def blocks(self) -> Iterator[Block]:
        """All rows, from the start at each call. Columns whose type is not declared are text."""
        ...


@dataclass
class Gathering:
    """Rows of text on their way into a block."""

    columns: Sequence[str]
    lines: list[int] = field(default_factory=list)
    rows: list[Sequence[str | None]] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    characters: int = 0

    def add(self, line: int, cells: Sequence[str | None]) -> None:
        """A row of as many cells as there are columns; it is rejected if it has more, or if no database takes it."""
        text = "".join(filter(None, cells))
        if any(cells[len(self.columns) :]) or len(cells) < len(self.columns):
            self.reject(line, f"it has {len(cells):,} cells instead of {len(self.columns):,}", shown(cells))
        elif spoiled := unreadable(text):
            self.reject(line, spoiled, shown(cells))
        else:
            self.lines.append(line)
            self.rows.append(cells[: len(self.columns)])
            self.characters += len(text)

    def reject(self, line: int, reason: str, content: str) -> None:
        self.aside.append(Aside(line, reason, content[:SHOWN]))
        self.characters += SHOWN

    @property
    def full(self) -> bool:
        return len(self.rows) >= MOST_ROWS or self.characters >= MOST_CHARACTERS

    def block(self, done: float) -> Block:
        """What was gathered; nothing is afterwards."""
        cells = list(zip(*self.rows, strict=True)) or [()] * len(self.columns)
        texts = [pl.Series(name, column, dtype=pl.String) for name, column in zip(self.columns, cells, strict=True)]
        made = Block(pl.DataFrame([pl.Series(LINE, self.lines, dtype=pl.Int64), *texts]), tuple(self.aside), done)
        self.lines, self.rows, self.aside, self.characters = [], [], [], 0
        return made


def shown(cells: Sequence[str | None]) -> str:
    """A row as a line of text."""
    return ",".join(cell or "" for cell in cells)


def unreadable(text: str) -> str | None:
    """What keeps ``text`` from being stored, if anything does."""
    if "\0" in text:
        return "it holds zero bytes"
    return None if text.isascii() or not UNREADABLE.search(text) else "it holds bytes that are no text in the encoding"
