"""Markdown that reads well in a terminal, too: tables with aligned columns, prose in short lines."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from textwrap import fill

from leadscore.report.blocks import Block, Facts, Note, Page, Table
from leadscore.report.shown import without_addresses

WIDTH = 110  # of a line of prose
ROWS = 10  # of a table of a page


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


def page(of: Page) -> str:
    """A page as Markdown, for where no file is opened: all but its charts, of tables the first rows."""
    parts = [f"## {of.title}", wrapped(of.lead), *_blocks(of.blocks)]
    for section in of.sections:
        parts += [f"### {section.title}", wrapped(section.lead), *_blocks(section.blocks)]
    return without_addresses("\n\n".join([*parts, wrapped(of.foot)])) + "\n"


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for each in blocks:
        match each:
            case Facts():
                yield bullets(f"{one.label}: {one.value}{one.hint and f' ({one.hint})'}" for one in each.facts)
            case Note():
                yield wrapped(each.text)
            case Table():
                yield from _table(each)
            case _:
                continue


def _table(of: Table) -> Iterator[str]:
    if not of.rows:
        yield wrapped(of.empty)
        return
    yield wrapped(f"{of.caption}:")
    yield table([each.name for each in of.columns], [[_plain(cell.text) for cell in row] for row in of.rows[:ROWS]])
    if len(of.rows) > ROWS:
        yield wrapped(f"{len(of.rows) - ROWS:,} more are in the report.")


def _plain(text: str) -> str:
    """``text`` as no markup: neither tags nor links, nor pictures that would be asked for elsewhere."""
    return escape(text).replace("[", "\\[")
