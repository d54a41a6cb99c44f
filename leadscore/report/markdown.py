"""Markdown that reads well in a terminal, too: tables with aligned columns, prose in short lines."""

from collections.abc import Iterable, Sequence
from textwrap import fill

WIDTH = 110  # of a line of prose


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are as wide as their widest cell, those of numbers aligned to the right."""
    columns = [_column([text.replace("|", "\\|") for text in cells]) for cells in zip(header, *rows, strict=True)]
    return "\n".join(f"| {' | '.join(line)} |" for line in zip(*columns, strict=True))


def _column(cells: Sequence[str]) -> list[str]:
    """The cells with the rule below the first."""
    width, numbers = max(map(len, cells)), all(text[:1].isdigit() for text in cells[1:])
    header, *rest = [text.rjust(width) if numbers else text.ljust(width) for text in cells]
    return [header, "-" * (width - 1) + ":" if numbers else "-" * width, *rest]


def wrapped(text: str, indent: str = "") -> str:
    """A paragraph in lines that fit a terminal."""
    return fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def bullets(items: Iterable[str]) -> str:
    """A Markdown list."""
    return "\n".join(wrapped(f"- {each}", "  ") for each in items)
