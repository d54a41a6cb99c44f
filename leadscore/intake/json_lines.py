"""JSON lines: an object a line. Lines that hold none are set aside; what lies deeper than a cell stays JSON text."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from leadscore.errors import SourceError
from leadscore.intake.blocks import Block, Gathering
from leadscore.intake.encoding import guess_encoding
from leadscore.intake.forms import Decimal
from leadscore.intake.lines import FileLines, TooLongError
from leadscore.intake.names import changed, clean_names
from leadscore.schema import Type


class JsonLines:
    """A file with a JSON object in each line. A column for every key that occurs in any of them."""

    declared: Mapping[str, Type] = MappingProxyType({})
    likely_decimal: Decimal = "point"

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self._path = path
        self._encoding = encoding or guess_encoding(path)
        keys = dict.fromkeys(key for _, found, _ in self._objects() if isinstance(found, dict) for key in found)
        if not keys:
            raise SourceError(
                f"{path.name} holds no line with a JSON object.",
                "write an object a line; a list of objects is turned into lines by `jq -c '.[]'`.",
            )
        self._keys = list(keys)
        self.columns = clean_names(self._keys)
        self.found = (("read as", f"JSON lines, {self._encoding}"), *changed(self._keys, self.columns))

    def blocks(self) -> Iterator[Block]:
        """All objects."""
        gathered = Gathering(self.columns)
        for line, found, done in self._objects():
            self._gather(gathered, line, found)
            if gathered.full:
                yield gathered.block(done)
        yield gathered.block(1.0)

    def _gather(self, gathered: Gathering, line: int, found: dict[str, Any] | tuple[str, str]) -> None:
        if isinstance(found, tuple):
            gathered.reject(line, *found)
        else:
            gathered.add(line, [_text(found.get(key)) for key in self._keys])

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | tuple[str, str], float]]:
        """The number of each line that is not blank, its object, or else why there is none and the line."""
        with FileLines(self._path, self._encoding) as lines:
            while True:
                lines.mark()
                try:
                    line = next(lines)
                except StopIteration:
                    return
                except TooLongError:
                    yield lines.number, ("it is longer than any row of leads", lines.taken[0]), lines.done
                    continue
                if line.strip():
                    yield lines.number, _object(line), lines.done


def _object(line: str) -> dict[str, Any] | tuple[str, str]:
    try:
        found = json.loads(line, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return "it is no JSON", line
    return found if isinstance(found, dict) else ("it is no JSON object", line)


def _text(value: Any) -> str | None:
    """A cell as text that reads as the same again."""
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, ensure_ascii=False)
