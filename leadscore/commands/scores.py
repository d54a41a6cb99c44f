"""Commands that show the present scores."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from leadscore.commands.front import app, out, refusals, tell_written
from leadscore.job import utc_now
from leadscore.settings import load_settings

Form = Literal["table", "csv", "json", "parquet"]
FILES: tuple[Form, ...] = ("csv", "json", "parquet")


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
