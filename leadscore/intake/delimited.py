"""Files of delimited text: CSV and its kin."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from leadscore.errors import SourceError
from leadscore.intake.blocks import Aside, Block, Gathering, unreadable
from leadscore.intake.dialect import MOST_LINES
from leadscore.intake.encoding import guess_encoding
from leadscore.intake.forms import Decimal
from leadscore.intake.lines import FileLines, TooLongError, line_end
from leadscore.intake.names import changed, clean_names
from leadscore.intake.records import rows
from leadscore.intake.sniffing import sniff
from leadscore.schema import Type

SAMPLE_LINES = 500
SAMPLE_CHARACTERS = 1_000_000
ENDS = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}


class Delimited:
    """A file of delimited text: a line of names, perhaps below a title, and rows."""

    declared: Mapping[str, Type] = MappingProxyType({})

    def __init__(self, path: Path, separator: str | None = None, encoding: str | None = None) -> None:
        self._path = path
        self._encoding = encoding or guess_encoding(path)
        with FileLines(path, self._encoding, SAMPLE_LINES) as lines:
            sample = list(_beginning(lines))
        hint = _hint(sample)
        self._dialect, line = sniff(sample[1:] if hint else sample, separator or hint)
        self._above = line - 1 + bool(hint)
        cells = self._header()
        self.columns = clean_names(cells)
        self.likely_decimal: Decimal = "comma" if self._dialect.separator == ";" else "point"
        ends = ENDS[line_end(path, self._encoding)]
        above = (("passed over", f"{line - 1} lines above the names"),) if line > 1 else ()
        self.found = (
            ("read as", f"delimited text: {self._dialect}, {self._encoding}, lines end in {ends}"),
            *above,
            *changed(cells, self.columns),
        )

    def blocks(self) -> Iterator[Block]:
        """All rows below the names."""
        gathered = Gathering(self.columns)
        with self._lines() as lines:
            found = rows(lines, self._dialect, len(self.columns))
            for row in islice(found, 1, None):
                if isinstance(row, Aside):
                    gathered.reject(row.line, row.reason, row.content)
                else:
                    gathered.add(*row)
                if gathered.full:
                    yield gathered.block(lines.done)
            yield gathered.block(1.0)

    def _header(self) -> list[str]:
        with self._lines() as lines:
            header = next(rows(lines, self._dialect, None), None)
        if header is None:
            raise SourceError(f"{self._path.name} is empty.", "name a file with a line of names, and a line a lead.")
        if isinstance(header, Aside):
            raise SourceError(
                f"The names of the columns, line {header.line} of {self._path.name}, cannot be read: {header.reason}.",
                "mend that line.",
            )
        cells = header[1]
        if spoiled := unreadable("".join(cells)):
            raise SourceError(f"The names of the columns cannot be read: {spoiled}.", "name the --encoding.")
        while len(cells) > 1 and not cells[-1].strip():
            cells.pop()  # a separator at the end of each line
        return cells

    def _lines(self) -> FileLines:
        """The lines from that of the names on."""
        lines = FileLines(self._path, self._encoding, MOST_LINES)
        for _ in range(self._above):
            lines.mark()
            next(lines)
        return lines


def _hint(sample: Sequence[str]) -> str | None:
    """The separator that a first line names as Excel does (``sep=;``)."""
    hint = sample[0].strip() if sample else ""
    return hint[4] if len(hint) == 5 and hint.lower().startswith("sep=") else None


def _beginning(lines: FileLines) -> Iterator[str]:
    """Lines up to `SAMPLE_LINES`, to some `SAMPLE_CHARACTERS`, or to one that is too long."""
    size = 0
    with suppress(TooLongError):
        for line in lines:
            yield line
            size += len(line)
            if size > SAMPLE_CHARACTERS:
                return
