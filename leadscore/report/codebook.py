"""The codebook on a terminal, beside what a table has of it."""

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadscore.recipes.codebook import Field, breaches, codebook
from leadscore.report.terminal import below


def show_codebook(console: Console, leads: pl.DataFrame | None) -> None:
    """A line for each field; of ``leads``, if there are any, which fields they have and what is not as it should be."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for name in ("field", "kind", *(("there",) if leads is not None else ())):
        table.add_column(name, no_wrap=True)
    table.add_column("what it says", overflow="fold")
    for name, field in codebook().items():
        there = () if leads is None else ("yes" if name in leads.columns else "no",)
        table.add_row(name, field.kind, *there, Text(told(field)))
    console.print(table)
    if leads is not None:
        show_breaches(console, leads)


def show_breaches(console: Console, leads: pl.DataFrame) -> None:
    console.print(f"\nHeld against {leads.height:,} of your leads", style="bold")
    found = breaches(leads)
    if not found:
        console.print("All is as the codebook says.")
    for each in found:
        below(console, f"{each.field} {each.rule}: broken {each.n:,} times")


def told(field: Field) -> str:
    """What a field says, and what its values must satisfy."""
    rules = [
        f"one of {', '.join(str(value) for value in field.values)}" if field.values else "",
        f"{field.lowest:g} to {field.highest:g}" if field.lowest is not None and field.highest is not None else "",
        f"one value for each {' and '.join(field.one_by)}" if field.one_by else "",
    ]
    return f"{field.says}{''.join(f' ({rule})' for rule in rules if rule)}"
