"""The command that shows the trained models."""

from pathlib import Path
from typing import Annotated

import typer

from leadscore.commands.front import app, out, refusals, tell_written
from leadscore.settings import load_settings


@app.command()
def models(
    card: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Show all that is known of this model, as Markdown.", show_default=False),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write it with charts into this file.", show_default=False),
    ] = None,
) -> None:
    """List the trained models, newest first, and say why each is or is not used."""
    from leadscore.report.terminal import show_models
    from leadscore.store.published import all_models

    if page and not card:
        raise typer.BadParameter("says where the page of a model goes: name that with --card.", param_hint="--html")
    with refusals():
        if card and page:
            from leadscore.model_pages import stored_page
            from leadscore.reporting import write

            write(page, stored_page(load_settings().database.url, card))
            tell_written(page)
        elif card:
            from leadscore.report.model_card import page as told
            from leadscore.training.card import stored_card

            typer.echo(told(stored_card(load_settings().database.url, card), card), nl=False)
        else:
            show_models(out, all_models(load_settings().database.url))
