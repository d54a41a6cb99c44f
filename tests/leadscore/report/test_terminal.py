import io
import logging
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from leadscore.errors import ConfigError
from leadscore.report.terminal import asking, progress, show, write_out
from leadscore.report.words import Summary


def console(*, terminal: bool, width: int = 60) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, color_system=None)


def printed(target: Console) -> str:
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


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


def test_what_is_written_out_goes_to_a_file_or_to_standard_output(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_out(b"a,b\n", tmp_path / "leads.csv")
    assert (tmp_path / "leads.csv").read_bytes() == b"a,b\n"
    write_out(b"c\n", None)
    assert capfdbinary.readouterr().out == b"c\n"


def test_a_file_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"leads\.csv cannot be written: No such file"):
        write_out(b"", tmp_path / "nowhere" / "leads.csv")


def test_a_person_on_a_terminal_is_shown_the_answers_and_asked_until_one_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys, terminal = os.openpty()
    with os.fdopen(keys, "w", encoding="utf-8") as typed, os.fdopen(terminal, encoding="utf-8") as read:
        monkeypatch.setattr(sys, "stdin", read)
        typed.write("stag\n단계\n\n")
        typed.flush()
        file = io.StringIO()
        ask = asking(Console(file=file, width=200))
        assert ask("Column of the outcome", None, ["id", "단계"]) == "단계"
        assert ask("Column of the account", "id", ["id", "단계"]) == "id"
    shown = file.getvalue()
    assert shown.count("Answers: id, 단계") == 1
    assert "There is none of that name: known are id, 단계." in shown
    assert "Column of the account [id]: " in shown
