"""Rows that are not loaded, kept in a file beside: line, reason, and the row as it stands."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from leadscore.errors import SourceError
from leadscore.formulas import harmless_text
from leadscore.intake.blocks import Aside

HEADER = ("line", "reason", "row")
SUFFIX = ".rejected.csv"


class Rejected:
    """The file ``<name>.rejected.csv`` beside ``path``, if anything is rejected. ``reasons`` are counted."""

    def __init__(self, path: Path) -> None:
        self.file = path.with_name(f"{path.name}{SUFFIX}")
        self.reasons: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._partial = self.file.with_suffix(".partial")
        try:
            self._out = self._partial.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise SourceError(
                f"{self._partial} cannot be written: {error.strerror}.", "import a copy in a folder of yours."
            ) from None
        self._rows = csv.writer(self._out)
        self._rows.writerow(HEADER)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._out.close()
        if kind or not self.reasons:
            self._partial.unlink()
        else:
            self._partial.replace(self.file)
        if not kind and not self.reasons:
            self.file.unlink(missing_ok=True)  # of an import before this one

    @property
    def n(self) -> int:
        return self.reasons.total()

    def add(self, rows: Iterable[Aside]) -> None:
        for row in rows:
            content = row.content.encode(errors="backslashreplace").decode()
            self._rows.writerow((row.line, row.reason, harmless_text(content.replace("\0", "\\0"))))
            self.reasons[row.reason] += 1
