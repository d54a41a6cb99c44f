"""The command line: the front door. It imports the flows only when a command needs them.

The commands that run a flow or tell Prefect of a champion are here; all others are in `leadscore.commands`, which knows
no Prefect.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from leadscore.commands import leads, models, scores, trials
from leadscore.commands.front import AsOf, app, out, refusals
from leadscore.errors import ServingFailed
from leadscore.job import Promote, utc_now
from leadscore.settings import config_path, load_settings, login, use_config

__all__ = ["app", "leads", "models", "scores", "trials"]  # importing them makes them commands

PREFECT = "starting Prefect (half a minute the first time, a few seconds later on)"
NO_PREFECT = ("Failed to reach API", "Timed out while attempting to connect")  # how Prefect begins to say so


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
    """Go back to the model that scored before the present one, if it is intact; again for the one before that."""
    from leadscore.promotion import roll_back_by_hand

    with refusals():
        url, now = load_settings().database.url, utc_now()
        left, version = roll_back_by_hand(url, by or login(), now)
        out.print(f"Model {left} has stepped down.", markup=False, highlight=False, soft_wrap=True)
        tell_champion(url, version, now)


@app.command()
def up(
    health_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Say at this port, under /health, that it works.", show_default=False),
    ] = None,
) -> None:
    """Serve: start a Prefect server, unless there is one, and score each night, retrain each week, until Ctrl-C."""
    from leadscore.report.terminal import show
    from leadscore.report.words import serving

    with refusals(quiet=False), out.status("starting Prefect") as status:  # the runs are to log
        zone = load_settings().schedule.timezone
        use_config(config_path())  # the runs work in another folder
        from tasks.serving import serve

        def served(api: str, runs: dict[str, datetime]) -> None:
            status.stop()
            show(out, serving(api, runs, zone))

        serve(status.update, served, health_port)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="Write it for programs.")] = False,
) -> None:
    """Say how nights and weeks go: last runs, freshness, champion, next runs. Exit code 1: something is wrong."""
    from leadscore.report import standing as report
    from leadscore.report.terminal import show
    from leadscore.standing import standing

    with refusals():
        settings = load_settings()
        from tasks.deploying import address, next_runs

        found = standing(settings, utc_now(), next_runs(address()))
        if as_json:
            typer.echo(report.as_json(found))
        else:
            show(out, report.told(found, settings.schedule.timezone))
    if found.wrong:
        raise typer.Exit(1)


@app.command()
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much would go.")] = False,
) -> None:
    """Let go what is older than leadscore.toml keeps, as each night does: of scores, nights, and runs in Prefect."""
    from leadscore.store.published import up_to_date
    from leadscore.store.retention import Pruning

    with refusals():
        settings, now = load_settings(), utc_now()
        with up_to_date(settings.database.url) as store, out.status(PREFECT):
            from tasks.keeping import prune_flow_runs

            gone = Pruning(store, settings.retention, now, dry_run).run()
            with prefect_answering():
                n_runs = prune_flow_runs(settings.retention.prefect_days, now, dry_run=dry_run)
        verb = "Would go" if dry_run else "Gone"
        out.print(f"{verb}: {gone}; {n_runs:,} runs of Prefect.", highlight=False, soft_wrap=True)


@app.command()
def forget(lead: Annotated[str, typer.Argument(help="The lead's id.")]) -> None:
    """Erase a lead from every table, report and summary, and search all of them for it; the source has to go first."""
    from leadscore.forgetting import forget as erased
    from leadscore.forgetting import told
    from leadscore.report.terminal import show

    with refusals():
        with out.status(PREFECT):
            from tasks.keeping import forget_lead

            done = erased(load_settings(), config_path().parent, lead, utc_now())
            with prefect_answering():
                n_artifacts = forget_lead(done.lead_id)
        show(out, told(done, n_artifacts))


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

        with prefect_answering():
            summary = flow(as_of=as_of, promote=promote, budget_s=budget_s, trials=trials)
    show(out, summary)


def run_score(as_of: datetime | None = None, full: bool = False) -> None:
    """Run the score flow here and show what it did."""
    from leadscore.report.terminal import progress, show

    load_settings()
    with progress(out, "Scoring the open leads", PREFECT):
        from flows.score import score as flow

        with prefect_answering():
            summary = flow(as_of=as_of, full=full)
    show(out, summary)


@contextmanager
def prefect_answering() -> Iterator[None]:
    """Raise ServingFailed where Prefect's server cannot be reached."""
    from httpx import HTTPError

    try:
        yield
    except (HTTPError, RuntimeError) as error:
        if not isinstance(error, HTTPError) and not str(error).startswith(NO_PREFECT):
            raise
        raise ServingFailed(
            f"Prefect does not answer: {str(error).rstrip('.')}.",
            "start again; PREFECT_API_URL names the server, and without it one is started for this run.",
        ) from None


def tell_champion(url: str, version: str, now: datetime) -> None:
    """Say what a new champion means for the scores, and tell Prefect's automations of it."""
    from leadscore.promotion import told
    from tasks.events import promoted_by_hand

    words = f"Model {version} is the champion: the next `leadscore score` scores all open leads anew."
    out.print(words, markup=False, highlight=False, soft_wrap=True)
    promoted_by_hand(*told(url, version), now)


if __name__ == "__main__":
    app()
