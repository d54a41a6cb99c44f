"""The lines of a text file, numbered; some can be given back to come again. No line takes more memory than allowed."""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Self

from leadscore.intake.encoding import MARKING

MOST_LINE = 4_000_000  # characters
HEAD = 65_536  # bytes that tell how lines end
ENDS = ("\r\n", "\n", "\r")


class TooLongError(Exception):
    """A line, or the lines of one quoted cell, are longer than any row of leads."""


class _Cut(str):
    """The beginning of a line that is too long; the rest was passed over."""


class Lines(Iterator[str]):
    """Lines with their ends, as ``read`` gives one after the other, "" after the last.

    ``number`` is that of the last one, from 1; ``taken`` are those since `mark`, ``most_taken`` at most.
    """

    def __init__(self, read: Callable[[], str], most_taken: int) -> None:
        self._read = read
        self._again: deque[str] = deque()
        self._most_taken = most_taken
        self.number = 0
        self.taken: list[str] = []

    def mark(self) -> None:
        """Forget what was taken: the next line begins a row."""
        self.taken = []

    def give_back(self, lines: Iterable[str]) -> None:
        """Have the last ``lines`` come again, under their numbers."""
        waiting = list(lines)
        self._again.extendleft(reversed(waiting))
        self.number -= len(waiting)

    def __next__(self) -> str:
        if len(self.taken) >= self._most_taken:
            raise TooLongError
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        if isinstance(line, _Cut):
            raise TooLongError
        return line


class FileLines(Lines):
    """The lines of a text file."""

    def __init__(self, path: Path, encoding: str, most_taken: int = 1) -> None:
        super().__init__(self._whole_line, most_taken)
        self._file = path.open("rb")
        self._size = max(path.stat().st_size, 1)
        end = "\r" if line_end(path, encoding) == "\r" else "\n"
        self._text = io.TextIOWrapper(self._file, encoding, errors=MARKING, newline=end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()

    @property
    def done(self) -> float:
        """The share of the file that was read."""
        return min(self._file.tell() / self._size, 1.0)

    def _whole_line(self) -> str:
        line = rest = self._text.readline(MOST_LINE)
        while len(rest) == MOST_LINE and not rest.endswith(ENDS):
            rest = self._text.readline(MOST_LINE)
        return line if line is rest else _Cut(line)


def line_end(path: Path, encoding: str) -> str:
    """How the lines of a file end, by its beginning; a line feed where there is only one."""
    with path.open("rb") as file:
        head = file.read(HEAD).decode(encoding, MARKING)
    return next((end for end in ENDS if end in head), "\n")
