"""How a text file parts its cells: what makes the most of its first rows as wide as the line of names."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST_CELL = 1_000_000  # characters
MOST_LINES = 1_000  # of one row: a quote that is never closed must not swallow the file


@dataclass(frozen=True)
class Dialect:
    """``separator``; ``quoted`` says whether cells may stand in double quotes, ``escaped`` whether by a backslash."""

    separator: str
    quoted: bool = True
    escaped: bool = False

    def __str__(self) -> str:
        name = SEPARATORS.get(self.separator, repr(self.separator))
        return f"separator {name}" + ("" if self.quoted else ", no quotes") + self.escaped * ", backslash escapes"

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """The rows of ``lines``, as strict as csv can be: an odd quote is an error, not a guess."""
        csv.field_size_limit(MOST_CELL)
        options: dict[str, Any] = {"delimiter": self.separator, "strict": True}
        if not self.quoted:
            options |= {"quoting": csv.QUOTE_NONE}
        if self.escaped:
            options |= {"escapechar": "\\", "doublequote": False}
        return csv.reader(lines, **options)


CANDIDATES = tuple(
    Dialect(separator, quoted, escaped)
    for (quoted, escaped), separator in product([(True, False), (True, True), (False, False)], SEPARATORS)
)
