"""Excel workbooks (.xlsx): one sheet, streamed, with names in its first filled row.

openpyxl reads a sheet row by row, but all other parts whole, and makes as many empty rows as a row's number asks for.
So what the parts unpack to is looked at first, and the rows are counted. No part can unpack to more than it states:
Python's zipfile stops there, and compares the checksum.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from leadscore.errors import LeadScoreError, SourceError, meant
from leadscore.intake.blocks import Block, Gathering
from leadscore.intake.forms import Decimal
from leadscore.intake.names import changed, clean_names
from leadscore.schema import Type

SHEETS = "xl/worksheets/"
MOST_SHEET_BYTES = 8 << 30  # unpacked: a full sheet of a hundred columns has half as much
MOST_OTHER_BYTES = 512 << 20  # unpacked, of what is read whole: texts and styles
HARMLESS = 16 << 20  # bytes up to which a part may be packed ever so tightly
MOST_PACKED = 150  # times: sheets of all the same rows reach a hundred, a bomb a thousand
LAST_ROW = 1_048_576  # of any sheet


class Excel:
    """A sheet of a workbook: the one named ``sheet``, else the first with rows."""

    declared: Mapping[str, Type] = MappingProxyType({})
    likely_decimal: Decimal = "point"

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        self._path = path
        require_sound(path)
        with self._opened() as book:
            sheets = {each.title: each for each in book.worksheets}
            if sheet and sheet not in sheets:
                raise SourceError(f"{path.name} has no sheet {sheet}.", meant(sheet, list(sheets)))
            self._sheet, self._first, cells = self._found(sheets, [sheet] if sheet else list(sheets))
        self.columns = clean_names(cells)
        others = [name for name in sheets if name != self._sheet]
        more = f" (there are also: {', '.join(others)}; choose by --sheet)" if others else ""
        self.found = (("read as", f"Excel, sheet {self._sheet}{more}"), *changed(cells, self.columns))

    def blocks(self) -> Iterator[Block]:
        """All rows below the names."""
        gathered = Gathering(self.columns)
        with self._opened() as book:
            for line, cells in _rows(book[self._sheet]):
                if line > self._first:
                    gathered.add(line, [*cells, *[None] * (len(self.columns) - len(cells))])
                if gathered.full:
                    yield gathered.block(line / LAST_ROW)
        yield gathered.block(1.0)

    def _found(self, sheets: dict[str, Any], names: Sequence[str]) -> tuple[str, int, list[str | None]]:
        """The first of the sheets ``names`` that has a row, the number of that row, and its cells."""
        for name in names:
            for line, cells in _rows(sheets[name]):
                while cells and cells[-1] is None:
                    cells.pop()
                return name, line, cells
        raise SourceError(f"{self._path.name} holds no rows.", "name a workbook with a row of names and rows of leads.")

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """The workbook, to be read in passing. A damaged one fails in as many ways as openpyxl has steps."""
        from openpyxl import load_workbook

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and extensions, which do not matter here
            try:
                with self._path.open("rb") as file:  # of a path the name would count
                    yield load_workbook(file, read_only=True, data_only=True, keep_links=False)
            except LeadScoreError:
                raise
            except Exception as error:
                raise _damaged(self._path, error) from error


def require_sound(path: Path) -> None:
    """Raise SourceError if the file is no workbook, or unpacks to more than any workbook of leads."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(path, error) from None
    others = [part for part in parts if not part.filename.startswith(SHEETS)]
    sizes = ((parts, MOST_SHEET_BYTES), (others, MOST_OTHER_BYTES))
    if any(sum(part.file_size for part in chosen) > most for chosen, most in sizes) or any(map(_is_bomb, parts)):
        raise SourceError(
            f"{path.name} unpacks to far more than a workbook of leads does: it is not opened.",
            "if it is sound, save the sheet as CSV and import that.",
        )


def _is_bomb(part: ZipInfo) -> bool:
    return part.file_size > max(HARMLESS, MOST_PACKED * part.compress_size)


def _damaged(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"{path.name} cannot be read as an Excel workbook ({type(error).__name__}).",
        "open it in a spreadsheet and save it as .xlsx, without a password, or as CSV.",
    )


def _rows(sheet: Any) -> Iterator[tuple[int, list[str | None]]]:
    """The rows that have a filled cell, with their numbers."""
    sheet.reset_dimensions()  # what the file says of its size is often wrong
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if line > LAST_ROW:
            raise SourceError("The sheet has more rows than Excel allows.", "save it as CSV and import that.")
        if values and any(cells := [_text(value) for value in values]):
            yield line, cells


def _text(value: Any) -> str | None:
    """A cell as text that reads as the same again."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
