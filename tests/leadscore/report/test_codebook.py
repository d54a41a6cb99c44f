import io

import polars as pl
from rich.console import Console

from leadscore.report.codebook import show_codebook


def printed(leads: pl.DataFrame | None) -> str:
    target = Console(file=io.StringIO(), width=100)
    show_codebook(target, leads)
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


def test_without_leads_it_is_the_codebook() -> None:
    shown = printed(None)
    assert "bant_submit" in shown
    assert "Held against" not in shown


def test_leads_are_held_against_it_and_no_value_is_shown() -> None:
    shown = printed(pl.DataFrame({"bant_submit": [0.5, 0.37], "enterprise": ["SMB", "kim@example.com"]}))
    assert "Held against 2 of your leads" in shown
    assert "bant_submit is one of 0.0, 0.25, 0.5, 0.75, 1.0: broken 1 times" in shown
    assert "enterprise is one of Enterprise, SMB: broken 1 times" in shown
    assert "0.37" not in shown
    assert "kim" not in shown
    assert "All is as the codebook says." in printed(pl.DataFrame({"bant_submit": [0.5]}))
