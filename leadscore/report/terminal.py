"""Summaries and models on a terminal, and the progress of long work."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from leadscore.errors import ConfigError, meant
from leadscore.report.words import Summary

INDENT = 5
BETWEEN_LINES = 5.0  # seconds, of the progress of long work off a terminal


def show(console: Console, summary: Summary) -> None:
    """A title, and each fact on a line of its own."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in summary.facts:
        table.add_row(label, Text(text))
    console.print()
    console.print(summary.title, style="bold", markup=False)
    console.print(table)


def show_models(console: Console, models: Sequence[Any]) -> None:
    """A line for each model, and why it is what it is."""
    for model in models:
        console.print(
            f"{model.version}  {model.status:<9}  trained {str(model.trained_at)[:16]} UTC  "
            f"cutoff {model.cutoff:.3f}  {model.n_leads:,} leads",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        below(console, model.reason)


def below(console: Console, text: str) -> None:
    """A dim line under the one before it, folded with its indent on a terminal and whole where a program reads."""
    if console.is_terminal:
        console.print(Padding(Text(text, style="dim"), (0, 0, 0, INDENT)))
    else:
        console.print(" " * INDENT + text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress(console: Console, title: str, first: str) -> Iterator[None]:
    """Show what leadscore logs meanwhile as lines with the seconds since the start, and a spinner on a terminal.

    The line that comes ``first`` says what takes long to begin with.
    """
    console.print(f"\n{title}", style="bold", markup=False)
    started = time.monotonic()

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seconds = time.monotonic() - started
            line = f"{seconds:6.1f} s  {record.getMessage()}"
            console.print(line, markup=False, highlight=False, soft_wrap=True, style="dim")

    logger, lines = logging.getLogger("leadscore"), Lines()
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        with console.status("working"):
            logger.info("%s", first)
            yield
    finally:
        logger.removeHandler(lines)
        logger.propagate = True


@contextmanager
def bar(console: Console) -> Iterator[Callable[[str, float, int], None]]:
    """What to call with the step of long work, the share of it that is done, and the rows: a bar, or lines."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("opening the file", total=1.0, rows=0)
        told = time.monotonic()

        def tell(what: str, share: float, rows: int) -> None:
            nonlocal told
            shown.update(task, description=what, completed=share, rows=rows)
            if not console.is_terminal and time.monotonic() - told > BETWEEN_LINES:
                told = time.monotonic()
                console.print(f"{what}: {share:.0%}, {rows:,} rows", highlight=False)

        yield tell


def asking(console: Console) -> Callable[[str, str | None, Sequence[str]], str | None]:
    """How a person is asked: a question with what is guessed, until the answer can be; off a terminal nobody is."""

    if sys.stdin.isatty():
        console.print("Enter takes what is in brackets; none: there is no such column.", markup=False, style="dim")
    told: list[Sequence[str]] = []

    def ask(question: str, guess: str | None, choices: Sequence[str]) -> str | None:
        if sys.stdin.isatty() and choices not in told:
            told.append(choices)
            console.print(f"Answers: {', '.join(choices)}", markup=False, highlight=False, style="dim")
        while sys.stdin.isatty():
            shown = f" [{guess}]" if guess else ""
            console.print(f"{question}{shown}: ", end="", markup=False, highlight=False)
            answer = input().strip() or guess
            if answer in (*choices, guess, "none"):
                return answer
            console.print(f"There is none of that name: {meant(answer or '', choices)}", markup=False)
        return guess

    return ask


def write_out(content: bytes, file: Path | None) -> None:
    """Write ``content`` into the file, or else to standard output. Raises ConfigError where that cannot be."""
    if file is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.", "name a file in a folder of yours.") from None
