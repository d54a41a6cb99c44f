"""The command line: the front door. It imports the flows only when a command needs them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from leadscore.errors import LeadScoreError
from leadscore.job import Every, Promote, utc_now
from leadscore.settings import config_path, load_settings, login, set_library_defaults, use_config

app = typer.Typer(
    help="Scores your open leads by how likely they are to convert, says why, and proves it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out, err = Console(), Console(stderr=True)

PREFECT = "starting Prefect (half a minute the first time, a few seconds later on)"
DAY = "%Y-%m-%d"

Form = Literal["table", "csv", "json", "parquet"]
FILES: tuple[Form, ...] = ("csv", "json", "parquet")

AsOf = Annotated[
    datetime | None, typer.Option("--as-of", help="Act as of this moment (UTC) instead of now.", show_default=False)
]


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps all that it makes.")] = Path("demo"),
    leads: Annotated[int, typer.Option(min=2000, help="How many example leads to make.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the example leads.")] = 7,
    prior_shift: Annotated[
        bool, typer.Option("--prior-shift", help="Let a third of the latest leads convert instead of a twelfth.")
    ] = False,
    bank: Annotated[
        Path | None, typer.Option(help="Use the bank's contacts in this CSV file instead.", show_default=False)
    ] = None,
) -> None:
    """Make example leads, train on them, score the open ones, and judge the scores by outcomes that were withheld."""
    from leadscore.report.leads import show_leads
    from leadscore.report.terminal import show
    from leadscore.sample.demo import judge_published, load_bank, load_example, next_steps, verdict
    from leadscore.store.published import top_leads

    with refusals():
        with out.status("making leads"):
            end = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
            settings = (
                load_bank(folder, bank) if bank else load_example(folder, leads, seed, end, prior_shift=prior_shift)
            )
        use_config(folder / "leadscore.toml")
        run_retrain()
        run_score()
        show(out, verdict(judge_published(settings)))
        out.print("\nThe ten leads to call first (+ speaks for a lead, - against it)", style="bold")
        show_leads(out, top_leads(settings.database.url, n=10))
        show(out, next_steps(folder))


@app.command()
def check(
    codebook: Annotated[
        bool, typer.Option("--codebook", help="Show what the fields of such a table mean, and hold yours against it.")
    ] = False,
) -> None:
    """Look at all that the next run needs, and say whether it would work. Nothing is written."""
    from leadscore import checking
    from leadscore.report.terminal import show

    with refusals():
        if codebook:
            from leadscore.recipes.leads import sample
            from leadscore.report.codebook import show_codebook

            show_codebook(out, sample(load_settings()) if config_path().is_file() else None)
            return
        found = checking.check(load_settings(), config_path())
        show(out, found.summary)
        if found.problem:
            raise found.problem
        out.print("\nNothing stands in the way of a run.", style="bold")


@app.command()
def retrain(
    promote: Annotated[Promote, typer.Option(help="When the new model replaces the champion.")] = "auto",
    budget_s: Annotated[
        int | None, typer.Option(min=1, help="Seconds that it may take, else as set.", show_default=False)
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=0, help="Fits that the search tries, else as set.", show_default=False)
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Learn from the leads whose outcome is known; the new model is used if it has shown its worth."""
    with refusals():
        run_retrain(as_of, promote, budget_s, trials)


@app.command()
def score(
    full: Annotated[bool, typer.Option("--full", help="Score every open lead, not only new and changed ones.")] = False,
    as_of: AsOf = None,
    accept: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Publish this refused run all the same, in your name.", show_default=False),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who accepts it, if not the one logged in.", show_default=False)
    ] = None,
) -> None:
    """Score the open leads that are new or changed, and publish the scores."""
    if by and not accept:
        raise typer.BadParameter("says who accepts a run: name that with --accept.", param_hint="--by")
    if accept and (full or as_of):
        raise typer.BadParameter("a run that is accepted keeps its own moment and scope.", param_hint="--accept")
    with refusals():
        if accept:
            from leadscore.store.published import accept_run

            as_of, full = accept_run(load_settings().database.url, accept, by or login())
        run_score(as_of, full)


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


@app.command()
def top(
    n: Annotated[int, typer.Option("-n", min=1, help="How many leads to show.")] = 10,
    owner: Annotated[str | None, typer.Option(help="Only the leads of this owner.", show_default=False)] = None,
    form: Annotated[
        Form | None,
        typer.Option("--format", help="What to write it as.", show_default="table, or by the name of --out"),
    ] = None,
    file: Annotated[Path | None, typer.Option("--out", help="Write it into this file.", show_default=False)] = None,
) -> None:
    """Show the open leads to call first, with the reasons for and against each; or write them into a file."""
    from leadscore.report.leads import exported, show_leads
    from leadscore.report.terminal import write_out
    from leadscore.store.published import top_leads

    form = form_of(form, file)
    with refusals():
        found = top_leads(load_settings().database.url, n, owner)
        if form != "table":
            write_out(exported(found, form), file)
        elif found.is_empty():
            out.print("No open lead is scored" + (f" for owner {owner}." if owner else "."))
        else:
            show_leads(out, found)


def form_of(form: Form | None, file: Path | None) -> Form:
    """What leads are written as, into ``file`` or here. Refuses what cannot be."""
    if file is None and form == "parquet":
        raise typer.BadParameter("parquet is no text: name a file with --out.", param_hint="--format")
    if file is None or (form and form != "table"):
        return form or "table"
    by_name = [name for name in FILES if file.suffix == f".{name}"]
    if form or not by_name:
        raise typer.BadParameter(f"a file is one of {', '.join(FILES)}: name it so or by --format.", param_hint="--out")
    return by_name[0]


@app.command()
def why(lead: Annotated[str, typer.Argument(help="The lead's id.")]) -> None:
    """Show one lead: its score, the reasons, its history, and what moved it last."""
    from leadscore.explain.lead import explained
    from leadscore.report.terminal import show
    from leadscore.report.why import why as told

    with refusals():
        for part in told(*explained(load_settings().database.url, lead), utc_now()):
            show(out, part)


@app.command()
def report(
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = Path("report.html"),
) -> None:
    """Write the report on the present scores as one HTML file: whom to call, who moved, and how far to trust it."""
    from leadscore.reporting import report_html, write

    with refusals():
        write(file, report_html(load_settings(), utc_now()))
        tell_written(file)


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
        promote_by_hand(load_settings().database.url, version, by or login(), utc_now())
        tell_champion(version)


@app.command()
def rollback(
    by: Annotated[
        str | None, typer.Option(help="Who rolls back, if not the one logged in.", show_default=False)
    ] = None,
) -> None:
    """Go back to the model that scored before the present one; again for the one before that."""
    from leadscore.promotion import roll_back_by_hand

    with refusals():
        left, version = roll_back_by_hand(load_settings().database.url, by or login(), utc_now())
        out.print(f"Model {left} has stepped down.", markup=False, highlight=False, soft_wrap=True)
        tell_champion(version)


def tell_written(file: Path) -> None:
    """Say where a file is."""
    out.print(f"written: {file}", highlight=False, markup=False, soft_wrap=True)


def tell_champion(version: str) -> None:
    """Say what a new champion means for the scores."""
    words = f"Model {version} is the champion: the next `leadscore score` scores all open leads anew."
    out.print(words, markup=False, highlight=False, soft_wrap=True)


def run_retrain(
    as_of: datetime | None = None,
    promote: Promote = "auto",
    budget_s: int | None = None,
    trials: int | None = None,
) -> None:
    """Run the retrain flow here and show what it did."""
    from leadscore.report.terminal import progress, show

    load_settings()  # what is wrong with them is said before Prefect takes seconds to start
    with progress(out, "Learning from the known outcomes", PREFECT):
        from flows.retrain import retrain as flow

        summary = flow(as_of=as_of, promote=promote, budget_s=budget_s, trials=trials)
    show(out, summary)


def run_score(as_of: datetime | None = None, full: bool = False) -> None:
    """Run the score flow here and show what it did."""
    from leadscore.report.terminal import progress, show

    load_settings()
    with progress(out, "Scoring the open leads", PREFECT):
        from flows.score import score as flow

        summary = flow(as_of=as_of, full=full)
    show(out, summary)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal into one line with its hint, and exit code 1."""
    set_library_defaults(on_terminal=True)
    try:
        yield
    except LeadScoreError as error:
        err.print(f"leadscore: {error.message}", style="red", markup=False, highlight=False, soft_wrap=True)
        err.print(f"hint: {error.hint}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


if __name__ == "__main__":
    app()
