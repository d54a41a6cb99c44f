import io
import logging
from dataclasses import dataclass

from rich.console import Console

from leadscore.report.terminal import progress, show, show_leads
from leadscore.report.words import Summary


def console(*, terminal: bool, width: int = 60) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None)


def printed(target: Console) -> str:
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


@dataclass
class Lead:
    lead_id: int
    owner_id: int | None
    grade: str
    score: int
    probability: float
    reasons_for: str
    reasons_against: str | None


LEAD = Lead(7, 174, "A", 98, 0.912, "; ".join(f"column {i}: a long [value]" for i in range(6)), None)


def test_a_lead_shows_who_it_is_and_its_reasons_below() -> None:
    pipe = console(terminal=False, width=100)
    show_leads(pipe, [LEAD])
    first, second = printed(pipe).splitlines()
    assert first == "  1. lead 7, owner 174: grade A, score 98, 91% likely to convert"
    assert second == "     + " + LEAD.reasons_for, "a program that reads gets one line"


def test_long_reasons_keep_their_indent_on_a_terminal() -> None:
    terminal = console(terminal=True)
    show_leads(terminal, [LEAD])
    lines = printed(terminal).split("convert", 1)[1].splitlines()[1:]
    assert len(lines) > 1
    assert all(line.startswith("     ") and len(line) <= 60 for line in lines)


def test_facts_are_not_taken_for_markup() -> None:
    pipe = console(terminal=False, width=100)
    show(pipe, Summary("A [bold] title", (("scored", "12 [red] leads"),)))
    assert "A [bold] title" in printed(pipe)
    assert "12 [red] leads" in printed(pipe)


def test_progress_shows_the_librarys_lines_while_it_lasts() -> None:
    pipe = console(terminal=False, width=100)
    logger = logging.getLogger("leadscore.anything")
    with progress(pipe, "Working", "starting"):
        logger.info("fold %d", 1)
    logger.info("afterwards")
    assert "fold 1" in printed(pipe)
    assert "afterwards" not in printed(pipe)
