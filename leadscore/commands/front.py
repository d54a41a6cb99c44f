"""What all commands share: the application, the terminal, and how a refusal is told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from leadscore.errors import LeadScoreError
from leadscore.settings import set_library_defaults

app = typer.Typer(
    help="Scores your open leads by how likely they are to convert, says why, and proves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line feed


class Terminal(Console):
    """A console on which what leads hold does not act: terminals obey control characters."""

    def render_str(self, text: str, *words: Any, **options: Any) -> Text:
        return super().render_str(CONTROL.sub("", text), *words, **options)


out, err = Terminal(), Terminal(stderr=True)

AsOf = Annotated[
    datetime | None, typer.Option("--as-of", help="Act as of this moment (UTC) instead of now.", show_default=False)
]


@contextmanager
def refusals(*, quiet: bool = True) -> Iterator[None]:
    """Turn a refusal into one line with its hint, and exit code 1; ``quiet`` keeps Prefect's log off the terminal."""
    set_library_defaults(on_terminal=quiet)
    try:
        yield
    except LeadScoreError as error:
        err.print(f"leadscore: {error.message}", style="red", markup=False, highlight=False, soft_wrap=True)
        err.print(f"hint: {error.hint}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def tell_written(file: Path) -> None:
    """Say where a file is."""
    out.print(f"written: {file}", highlight=False, markup=False, soft_wrap=True)
