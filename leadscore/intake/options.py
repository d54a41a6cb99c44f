"""What a person may say of a file, since it cannot always be found out."""

from dataclasses import dataclass
from typing import Literal

Dates = Literal["day-first", "month-first"]


@dataclass(frozen=True)
class FileOptions:
    """How to read a file; what is None is found out, where it can be."""

    separator: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    dates: Dates | None = None
