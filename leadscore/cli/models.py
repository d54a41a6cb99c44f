"""Commands about the trained models."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from leadscore.cli.front import app, out, refusals, tell_written
from leadscore.job import utc_now
from leadscore.settings import load_settings, login


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


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="The model, as `leadscore models` lists it.")],
    by: Annotated[
        str | None, typer.Option(help="Who promotes it, if not the one logged in.", show_default=False)
    ] = None,
) -> None:
    """Make a trained model the one that scores, whatever the gate said of it."""
    from leadscore.promotion import promote_by_hand

    with refusals():
        url, now = load_settings().database.url, utc_now()
        promote_by_hand(url, version, by or login(), now)
        tell_champion(url, version, now)


@app.command()
def rollback(
    by: Annotated[
        str | None, typer.Option(help="Who rolls back, if not the one logged in.", show_default=False)
    ] = None,
) -> None:
    """Go back to the model that scored before the present one; again for the one before that."""
    from leadscore.promotion import roll_back_by_hand

    with refusals():
        url, now = load_settings().database.url, utc_now()
        left, version = roll_back_by_hand(url, by or login(), now)
        out.print(f"Model {left} has stepped down.", markup=False, highlight=False, soft_wrap=True)
        tell_champion(url, version, now)


def tell_champion(url: str, version: str, now: datetime) -> None:
    """Say what a new champion means for the scores, and tell Prefect's automations of it."""
    from leadscore.promotion import told
    from tasks.events import promoted_by_hand

    words = f"Model {version} is the champion: the next `leadscore score` scores all open leads anew."
    out.print(words, markup=False, highlight=False, soft_wrap=True)
    promoted_by_hand(*told(url, version), now)
