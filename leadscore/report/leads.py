"""Leads to call: as a table on a terminal, or as a file for another program."""

import io
from collections.abc import Sequence
from typing import Literal

import polars as pl
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from leadscore.formulas import harmless
from leadscore.report.terminal import below

Format = Literal["csv", "json", "parquet"]

GAP = "  "
IDS = {"lead": "lead_id", "account": "account_id", "owner": "owner_id"}
ROOM = 40  # columns of a terminal that the ids leave to the rest
LEAST = 8  # columns without which an account or a seller is not shown
BY_HAND = "*"


def show_leads(console: Console, leads: pl.DataFrame) -> None:
    """A line for each of the leads of `store.published.top_leads`, and below it the reasons for and against."""
    head, *lines = aligned(cells(leads, console.width - ROOM if console.is_terminal else None))
    console.print(head, style="bold", markup=False, highlight=False, soft_wrap=True)
    for line, lead in zip(lines, leads.iter_rows(named=True), strict=True):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
        for sign, reasons in (("+", lead["reasons_for"]), ("-", lead["reasons_against"])):
            if reasons:
                below(console, f"{sign} {reasons}")
    if leads["overridden"].any():
        console.print(f"{BY_HAND} graded by a person", style="dim")


def cells(leads: pl.DataFrame, room: int | None) -> list[list[str]]:
    """The columns of the table, each with its header; those of the ids in ``room`` columns of the terminal."""
    grades = [grade + BY_HAND * overridden for grade, overridden in leads.select("grade", "overridden").iter_rows()]
    return [
        ["#", *map(str, range(1, leads.height + 1))],
        *ids(leads, room),
        ["grade", *grades],
        ["score", *map(str, leads["score"])],
        ["moved", *(moved(*scores) for scores in leads.select("score", "previous_score").iter_rows())],
        ["chance", *(f"{probability:.0%}" for probability in leads["probability"])],
    ]


def ids(leads: pl.DataFrame, room: int | None) -> list[list[str]]:
    """The lead, whose id `leadscore why` asks for, and in what it leaves of the ``room`` its account and its seller.

    Ids of no lead are no column, and those that are too long are cut.
    """
    found = [[name, *("" if value is None else str(value) for value in leads[key])] for name, key in IDS.items()]
    lead, others = found[0], [column for column in found[1:] if any(column[1:])]
    if room is None:
        return [lead, *others]
    each = (room - max(map(cell_len, lead))) // max(len(others), 1) - len(GAP)
    return [
        [cut(text, room) for text in lead],
        *([cut(text, each) for text in other] for other in others if each >= LEAST),
    ]


def cut(text: str, width: int) -> str:
    """An id, cut to ``width`` columns of a terminal."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def moved(score: int, before: int | None) -> str:
    """How far a score went since the one before."""
    return "new" if before is None else f"{score - before:+d}" if score != before else "0"


def aligned(columns: Sequence[Sequence[str]]) -> list[str]:
    """The rows of ``columns`` as lines, each column as wide as its widest cell (한국 takes four columns)."""
    widths = [max(map(cell_len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return [
        GAP.join(" " * (width - cell_len(cell)) + cell for cell, width in zip(row, widths, strict=True)) for row in rows
    ]


def exported(leads: pl.DataFrame, form: Format) -> bytes:
    """The leads as a file. In CSV a text that a spreadsheet would run as a formula is quoted as text by a ``'``."""
    file = io.BytesIO()
    if form == "csv":
        leads.with_columns(map(harmless, leads.select(pl.selectors.string()).columns)).write_csv(file)
    elif form == "json":
        leads.write_json(file)
        file.write(b"\n")
    else:
        leads.write_parquet(file)
    return file.getvalue()
