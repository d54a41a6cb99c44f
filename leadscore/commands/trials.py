"""Commands that try what could be: the past replayed, published recipes compared."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from leadscore.commands.front import app, out, refusals, tell_written
from leadscore.job import Every, utc_now
from leadscore.settings import config_path, load_settings

DAY = "%Y-%m-%d"


@app.command()
def backtest(
    every: Annotated[Every, typer.Option(help="How often a model is trained.")] = "month",
    origins: Annotated[
        int | None, typer.Option(min=1, help="Only the latest so many of them.", show_default="all")
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=[DAY], help="None before this day.", show_default=False)
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=[DAY], help="None after this day.", show_default=False)
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder of the figures and the plot.", show_default="backtest, beside leadscore.toml"
        ),
    ] = None,
) -> None:
    """Train every month of the past on what was known then, and judge each model by the leads that came next."""
    from leadscore.backtest.history import read_history
    from leadscore.backtest.rolling import backtest as replay
    from leadscore.report.backtest import show_backtest, write
    from leadscore.report.terminal import progress

    with refusals():
        settings = load_settings()
        with progress(out, f"Training every {every} of the past", "reading all leads"):
            history = read_history(settings, utc_now())
            found = replay(history, every, first=first, last=last, latest=origins)
        show_backtest(out, found)
        for file in write(found, folder or config_path().parent / "backtest"):
            tell_written(file)


@app.command()
def compare(
    recipes: Annotated[
        str | None,
        typer.Option(
            help="Which, parted by commas: names, module:NAME or the path of a file of yours.",
            show_default="all that leadscore has",
        ),
    ] = None,
    budget_s: Annotated[
        int, typer.Option(min=1, help="Seconds that the search of each may take; its last fits come on top.")
    ] = 300,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder of the figures and the page.", show_default="compare, beside leadscore.toml"
        ),
    ] = None,
) -> None:
    """Fit published recipes beside the champion's on your leads, and judge all by the same leads that none has seen."""
    from leadscore.recipes.comparison import Arena
    from leadscore.recipes.comparison import compare as run
    from leadscore.recipes.finding import BUILT_IN, find
    from leadscore.recipes.leads import read_champion, read_known
    from leadscore.report.comparison import show_comparison, write
    from leadscore.report.terminal import progress

    with refusals():
        settings, now = load_settings(), utc_now()
        methods = find(recipes.split(",") if recipes else BUILT_IN)
        folder = folder or config_path().parent / "compare"
        with progress(out, "Comparing recipes", "reading all leads"):
            arena = Arena.of(read_known(settings, now), settings, budget_s, folder)
            found = run(arena, methods, read_champion(settings), now)
        show_comparison(out, found)
        for file in write(found, folder):
            tell_written(file)
