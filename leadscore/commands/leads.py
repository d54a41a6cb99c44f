"""Commands about the leads, before any model: bring them, set up, check, explore."""

from pathlib import Path
from typing import Annotated

import typer

from leadscore.commands.front import AsOf, app, out, refusals, tell_written
from leadscore.intake.options import Dates, FileOptions
from leadscore.job import utc_now
from leadscore.sections import Database
from leadscore.settings import anchored_url, config_path, load_settings


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or other delimited text, Excel (.xlsx), Parquet or JSON lines.")],
    table: Annotated[str, typer.Option(help="The table that it goes into; made if it is not there.")] = "leads",
    into: Annotated[
        str | None,
        typer.Option(
            "--into", metavar="URL", help="The database.", show_default="that of leadscore.toml, else leadscore.db here"
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--id", help="The column of ids, by which rows are known again.", show_default="found")
    ] = None,
    separator: Annotated[str | None, typer.Option(help="What parts the cells.", show_default="found")] = None,
    encoding: Annotated[str | None, typer.Option(help="Such as utf-8, cp1252, cp949.", show_default="found")] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.", show_default="the first")] = None,
    dates: Annotated[Dates | None, typer.Option(help="Whether 1/2/2026 is in February.", show_default="found")] = None,
) -> None:
    """Load a file of leads into a table; again for what is new or changed. Rows that cannot be read are kept aside."""
    with refusals():
        options = FileOptions(separator, encoding, sheet, dates)
        run_import(file, into or default_database(), table, key, options)


@app.command()
def init(
    file: Annotated[
        Path | None, typer.Argument(help="A file of leads to import first.", show_default="the tables that are there")
    ] = None,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="The database of the leads.", show_default="leadscore.db here")
    ] = None,
    table: Annotated[str | None, typer.Option(help="The table of the leads.", show_default="found")] = None,
    key: Annotated[str | None, typer.Option("--id", help="The column of the ids.", show_default="found")] = None,
    label: Annotated[str | None, typer.Option(help="The column of the outcome.", show_default="found")] = None,
    converted: Annotated[
        str | None, typer.Option(help="Its values that mean converted, parted by commas.", show_default="found")
    ] = None,
    lost: Annotated[str | None, typer.Option(help="Its values that mean lost.", show_default="found")] = None,
    created_at: Annotated[
        str | None, typer.Option(help="The column of when leads came in; or none.", show_default="found")
    ] = None,
    closed_at: Annotated[
        str | None, typer.Option(help="The column of when outcomes were known; or none.", show_default="found")
    ] = None,
    updated_at: Annotated[
        str | None, typer.Option(help="The column of the last change; or none.", show_default="found")
    ] = None,
    account: Annotated[str | None, typer.Option(help="The column of accounts; or none.", show_default="found")] = None,
    owner: Annotated[str | None, typer.Option(help="The column of sellers; or none.", show_default="found")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a leadscore.toml that is there.")] = False,
    as_of: AsOf = None,
) -> None:
    """Look at your leads, say what each column seems to be, and write a commented leadscore.toml.

    On a terminal you are asked; elsewhere what is found is taken, and what you say by an option.
    """
    from leadscore.report.terminal import asking, show
    from leadscore.setup import initialising

    with refusals():
        initialising.require_free(config_path(), replace=force)
        url = database or Database().url
        if file:
            run_import(file, anchored_url(url, config_path().parent), table or "leads", key, FileOptions())
        said = {"id": key, "label": label, "converted": converted, "lost": lost, "created_at": created_at}
        said |= {"closed_at": closed_at, "updated_at": updated_at, "account": account, "owner": owner}
        ask = asking(out)
        draft = initialising.initialise(config_path(), url, table, said, ask, as_of or utc_now())
        show(out, initialising.told(draft))
        tell_written(config_path())


@app.command()
def check(
    codebook: Annotated[
        bool, typer.Option("--codebook", help="Show what the fields of such a table mean, and hold yours against it.")
    ] = False,
    as_of: AsOf = None,
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
        found = checking.check(load_settings(), config_path(), as_of or utc_now())
        show(out, found.summary)
        if found.problem:
            raise found.problem
        free = "Nothing stands in the way of a run." if found.learnable else "A retrain would be refused: see outcomes."
        out.print(f"\n{free}", style="bold")


@app.command()
def explore(
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = Path("explore.html"),
) -> None:
    """Write what your leads look like as one HTML file: gaps, what tells the outcome, places, times, sellers, leaks.

    Needs no model and changes nothing. No personal data gets into the file.
    """
    from leadscore.exploring import explored_html
    from leadscore.report.terminal import progress
    from leadscore.reporting import write

    with refusals():
        settings = load_settings()
        with progress(out, "Exploring the leads", "reading who they are and how they stand"):
            page = explored_html(settings, utc_now())
        write(file, page)
        tell_written(file)


def default_database() -> str:
    """Where leads are by leadscore.toml, if there is one, else a file where it would be."""
    file = config_path()
    return load_settings().source_url if file.is_file() else anchored_url(Database().url, file.parent)


def run_import(file: Path, url: str, table: str, key: str | None, options: FileOptions) -> None:
    """Import a file and show what became of it."""
    from leadscore.intake.importing import import_file
    from leadscore.report.imported import imported
    from leadscore.report.terminal import bar, show

    with bar(out) as tell:
        done = import_file(file, url, table, options, key, tell)
    show(out, imported(file, done))
