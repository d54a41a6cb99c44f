"""What a page is made of: sections of prose, figures, tables and charts. `html` and `markdown` say how they look."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, Self, TypeVar

T = TypeVar("T")

ROW = 36  # characters of a table that a phone shows beside each other
PROSE = 20  # of which prose takes no fewer
Tone = Literal["plain", "warning", "empty"]


@dataclass(frozen=True)
class Cell:
    """What a cell of a table shows; ``order`` is what it sorts by, ``mark`` a word that sets it apart."""

    text: str
    order: float | str | None = None
    mark: str = ""


@dataclass(frozen=True)
class Column:
    """``number`` columns are aligned to the right, ``prose`` may take several lines, ``filters`` can be chosen from."""

    name: str
    number: bool = False
    prose: bool = False
    filters: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of as many cells as there are columns; where there are none, ``empty`` says why."""

    kind: ClassVar[str] = "table"

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    note: str = ""
    tall: bool = False  # many rows: with tools to sort and filter them, cut short on paper
    first: int = 50  # rows of a tall one that are shown until all are asked for

    @classmethod
    def of(
        cls,
        caption: str,
        shown: Mapping[Column, Callable[[T], Cell]],
        things: Iterable[T],
        *,
        empty: str = "",
        note: str = "",
        tall: bool = False,
        first: int = 50,
    ) -> Self:
        """A row for each of the ``things``, which columns show as ``shown`` says."""
        cells = tuple(tuple(tell(thing) for tell in shown.values()) for thing in things)
        return cls(caption, tuple(shown), cells, empty, note, tall, first)

    @cached_property
    def wide(self) -> bool:
        """Whether it has more columns, or wider ones, than a phone shows beside each other."""
        return len(self.columns) > 3 or sum(self._width(at) for at in range(len(self.columns))) > ROW

    def _width(self, at: int) -> int:
        """The characters of a column's longest figure, or of the longest word where lines may break."""
        column, texts = self.columns[at], [self.columns[at].name, *(row[at].text for row in self.rows)]
        parts = texts if column.number else [word for text in texts for word in text.split()]
        return max(PROSE if column.prose else 0, *map(len, parts))

    def choices(self, column: int) -> list[tuple[str, int]]:
        """What the filter of a column offers, each with the number of its rows."""
        counts: dict[Cell, int] = {}
        for row in self.rows:
            counts[row[column]] = counts.get(row[column], 0) + 1
        return [(cell.text, n) for cell, n in sorted(counts.items(), key=lambda each: order(each[0]))]


@dataclass(frozen=True)
class Fact:
    """A figure that stands out, with what it is and what to know about it."""

    label: str
    value: str
    hint: str = ""


@dataclass(frozen=True)
class Facts:
    """Figures beside each other."""

    kind: ClassVar[str] = "facts"

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Note:
    """A paragraph; an ``empty`` one says why there is nothing to see."""

    kind: ClassVar[str] = "note"

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Chart:
    """A drawing as SVG, and in ``words`` what it shows, for who cannot see it."""

    kind: ClassVar[str] = "chart"

    title: str
    words: str
    svg: str


@dataclass(frozen=True)
class Charts:
    """Charts beside each other, as far as there is room."""

    kind: ClassVar[str] = "charts"

    charts: tuple[Chart, ...]


Block = Table | Facts | Note | Chart | Charts


@dataclass(frozen=True)
class Section:
    """``name`` is its anchor, ``lead`` its first sentence."""

    name: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Page:
    """``lead`` is the whole page in a sentence or two, ``foot`` says where it comes from."""

    title: str
    lead: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    foot: str


def order(cell: Cell) -> tuple[bool, float, str]:
    """The place of a cell among others: numbers before texts."""
    value = cell.text if cell.order is None else cell.order
    return (True, 0.0, value) if isinstance(value, str) else (False, value, "")
