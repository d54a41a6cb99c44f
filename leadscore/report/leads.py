"""Leads to call: as a table on a terminal, or as a file for another program."""

import io
from collections.abc import Sequence
from typing import Literal

import polars as pl
from rich.console import Console

from leadscore.formulas import harmless
from leadscore.report.terminal import below

Format = Literal["csv", "json", "parquet"]

GAP = "  "
IDS = {"lead": "lead_id", "account": "account_id", "owner": "owner_id"}
ROOM = 40  # columns of a terminal that the ids leave to the rest
BY_HAND = "*"


def show_leads(console: Console, leads: pl.DataFrame) -> None:
    """A line for each of the leads of `store.published.top_leads`, and below it the reasons for and against."""
    head, *lines = aligned(cells(leads, (console.width - ROOM) // len(IDS) if console.is_terminal else None))
    console.print(head, style="bold", markup=False, highlight=False, soft_wrap=True)
    for line, lead in zip(lines, leads.iter_rows(named=True), strict=True):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
        for sign, reasons in (("+", lead["reasons_for"]), ("-", lead["reasons_against"])):
            if reasons:
                below(console, f"{sign} {reasons}")
    if leads["overridden"].any():
        console.print(f"{BY_HAND} graded by a person", style="dim")


def cells(leads: pl.DataFrame, width: int | None) -> list[list[str]]:
    """The columns of the table, each with its header; ids of no lead are none, and long ones are cut to ``width``."""
    ids = [[name, *(cut(value, width) for value in leads[column])] for name, column in IDS.items()]
    grades = [grade + BY_HAND * overridden for grade, overridden in leads.select("grade", "overridden").iter_rows()]
    return [
        ["#", *map(str, range(1, leads.height + 1))],
        *(column for column in ids if any(column[1:])),
        ["grade", *grades],
        ["score", *map(str, leads["score"])],
        ["moved", *(moved(*scores) for scores in leads.select("score", "previous_score").iter_rows())],
        ["chance", *(f"{probability:.0%}" for probability in leads["probability"])],
    ]


def cut(value: object, width: int | None) -> str:
    """An id as text, cut to ``width``; empty where there is none."""
    text = "" if value is None else str(value)
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"


def moved(score: int, before: int | None) -> str:
    """How far a score went since the one before."""
    return "new" if before is None else f"{score - before:+d}" if score != before else "0"


def aligned(columns: Sequence[Sequence[str]]) -> list[str]:
    """The rows of ``columns`` as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return [GAP.join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


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
