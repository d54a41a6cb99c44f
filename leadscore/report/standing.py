"""How nights and weeks go, for people and for programs."""

import json
from collections.abc import Iterator
from typing import Any

from leadscore.report.shown import age, masked, moment, plural
from leadscore.report.words import Summary, local
from leadscore.standing import Standing
from leadscore.store.told import ToldRun


def told(standing: Standing, timezone: str) -> Summary:
    """In words, what is wrong first."""
    n_wrong = len(standing.wrong)
    title = f"{plural(n_wrong, 'thing')} {'is' if n_wrong == 1 else 'are'} wrong" if n_wrong else "All is well"
    facts = ((label, masked(text)) for label, text in _facts(standing, timezone))
    return Summary(title, (*(("wrong", each) for each in standing.wrong), *facts))


def as_json(standing: Standing) -> str:
    """The same for programs; times are ISO 8601 in UTC."""
    state = standing.told
    shown = {
        "ok": not standing.wrong,
        "wrong": standing.wrong,
        "scores_as_of": state.night and state.night.as_of,
        "newest_lead": state.night and state.night.newest_lead,
        "last_run": state.runs and _fields(state.runs[0], "run_id", "status", "as_of", "started_at", "published_at"),
        "champion": state.champion and _fields(state.champion, "version", "trained_at", "as_of"),
        "last_retrain": state.trained and _fields(state.trained, "version", "status", "as_of", "trained_at"),
        "n_breached": state.n_breached,
        "next": standing.next_runs,
    }
    return json.dumps(shown, default=lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ}", indent=2)


def _fields(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _facts(standing: Standing, timezone: str) -> Iterator[tuple[str, str]]:
    state, now = standing.told, standing.now
    if state.runs:
        yield "last run", _run(state.runs[0], at_work=state.at_work)
    if state.night:
        yield "scores", f"of {moment(state.night.as_of)}, {age(now - state.night.as_of)} old"
    if state.night and state.night.newest_lead:
        newest = state.night.newest_lead
        yield "newest lead", f"came in on {moment(newest)}, {age(now - newest)} ago"
    if state.champion:
        since = age(now - state.champion.as_of)
        yield "champion", f"{state.champion.version}, trained on what was known {since} ago"
    if state.trained:
        yield "last retrain", f"of {moment(state.trained.as_of)}: {state.trained.version} is {state.trained.status}"
    if state.night:
        yield "drift", f"{plural(state.n_breached, 'measure')} beyond the limits of [monitoring]"
    for flow, time in standing.next_runs.items():
        by = "as Prefect has planned" if flow in standing.planned else "by [schedule]; no Prefect server told of a plan"
        yield f"next {flow}", f"{local(time, timezone)}, {by}"


def _run(run: ToldRun, *, at_work: bool) -> str:
    scored = f", {plural(run.n_scored, 'lead')} scored" if run.n_scored is not None else ""
    status = "at work" if run.status == "running" and at_work else run.status
    return f"of {moment(run.as_of)}: {status}{scored} (run {run.run_id})"
