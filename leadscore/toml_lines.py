"""Where in a TOML file a key is set: its parser does not tell."""

import re
from collections.abc import Collection, Sequence

SECTION = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$")
NAMED = re.compile(r"\[(\w+)\] (\w+)")
KEY = re.compile(r"""\s*["']?([^"'=\s]+)["']?\s*=""")


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The number of the line that sets the key at the path ``keys``, or the nearest one above it; None for none."""
    places = _places(text)
    return next((places[path] for n in range(len(keys), 0, -1) if (path := tuple(keys[:n])) in places), None)


def located(message: str, text: str, overridden: Collection[tuple[str, ...]] = ()) -> str:
    """A ``message`` with the line of each ``[section] key`` in it that the file of this ``text`` sets.

    Of those that are ``overridden``, no line of the file says what they are.
    """
    places = _places(text)

    def placed(named: re.Match[str]) -> str:
        key = named[1], named[2]
        line = None if key in overridden else places.get(key)
        return f"{named[0]}, line {line}" if line else named[0]

    return NAMED.sub(placed, message)


def _places(text: str) -> dict[tuple[str, ...], int]:
    """The first line of each section and of each key."""
    found: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if opened := SECTION.match(line):
            section = tuple(part.strip(" \"'") for part in opened[1].split("."))
            found.setdefault(section, number)
        elif key := KEY.match(line):
            found.setdefault((*section, key[1]), number)
    return found
