"""The nightly report: what the present scores are, whom to call, who moved, and whether all this can be trusted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from leadscore.report import health
from leadscore.report.blocks import Block, Cell, Column, Fact, Facts, Note, Page, Section, Table
from leadscore.report.shown import NONE, count, grade, moment, name, percent, plural, prose, share, signed, total
from leadscore.store.told import ToldNight, ToldRun

CAUSES = {
    "new": ("scored for the first time", "They were scored for the first time."),
    "lead": ("the lead changed", "The lead itself, or what is known of its account, changed."),
    "model": ("another model", "Another model scored them: the lead need not have changed."),
    "base_rate": ("the base rate moved", "All probabilities were adjusted; scores and grades stay."),
}
Row = Mapping[str, Any]
Shown = dict[Column, Callable[[Row], Cell]]
REASONS: Shown = {
    Column("speaks for it", prose=True): lambda row: prose(row["reasons_for"]),
    Column("speaks against it", prose=True): lambda row: prose(row["reasons_against"]),
}
QUEUE: Shown = {
    Column("lead"): lambda row: name(row["lead_id"]),
    Column("owner", filters=True): lambda row: name(row["owner_id"]),
    Column("grade", filters=True): lambda row: grade(row["grade"]),
    Column("score", number=True): lambda row: count(row["score"]),
    Column("likely", number=True): lambda row: share(row["probability"], 0),
    **REASONS,
}
BY_GRADE: Shown = {
    Column("grade"): lambda row: grade(row["grade"]),
    Column("open leads", number=True): lambda row: count(row["leads"]),
    Column("reach the cutoff", number=True): lambda row: count(row["likely"]),
    Column("conversions to expect", number=True): lambda row: count(row["expected"]),
}
BY_CAUSE: Shown = {
    Column("cause"): lambda row: prose(_cause(row["change_cause"])),
    Column("leads", number=True): lambda row: count(row["leads"]),
    Column("rose", number=True): lambda row: count(row["rose"]),
    Column("fell", number=True): lambda row: count(row["fell"]),
}
MOVED: Shown = {
    Column("lead"): lambda row: name(row["lead_id"]),
    Column("owner", filters=True): lambda row: name(row["owner_id"]),
    Column("moved", number=True): lambda row: signed(row["moved"], "up" if row["moved"] > 0 else "down"),
    Column("from", number=True): lambda row: count(row["previous_score"]),
    Column("to", number=True): lambda row: count(row["score"]),
    Column("grade now"): lambda row: grade(row["grade"]),
    Column("because", filters=True): lambda row: prose(_cause(row["change_cause"])),
    **REASONS,
}
NOTHING = "Nothing has been published yet: the next `leadscore score` fills this page."


def night_page(told: ToldNight, now: datetime) -> Page:
    """The report on the present scores, made ``now`` (UTC)."""
    night = told.night
    return Page(
        title=f"Lead scores of {night.as_of:%A, %d %B %Y}" if night else "Lead scores",
        lead=sentence(told),
        blocks=(*_warnings(told), _facts(told)),
        sections=(
            _queue(told),
            _moved(told),
            health.proof(told),
            health.quality(told),
            health.drift(told),
            health.freshness(told, now),
        ),
        foot=_foot(night, now),
    )


def sentence(told: ToldNight) -> str:
    """The night in a sentence or two."""
    night = told.night
    if night is None:
        return NOTHING
    n_open = plural(night.n_open or 0, "open lead")
    source = f"{n_open} of {night.n_in_source:,} in the source" if night.n_in_source else ""
    if night.status == "empty":
        done = "nothing had changed since the night before, so the scores stand"
    else:
        left = f", and {plural(night.n_removed, 'lead')} left" if night.n_removed else ""
        aside = f", {night.n_quarantined:,} put in quarantine" if night.n_quarantined else ""
        done = f"{plural(night.n_scored or 0, 'lead')} scored{aside}{left}"
    found = f"{source}: {done}." if source else f"{done[0].upper()}{done[1:]}."
    if not told.n_queue:
        return f"{found} No lead is worth a call today."
    return f"{found} {_worth(told.n_queue)} a call today; about {told.expected:,.0f} of them should convert."


def _worth(n: int) -> str:
    return f"{n:,} are worth" if n > 1 else "One is worth"


def _warnings(told: ToldNight) -> list[Block]:
    """What stands between these scores and the reader: a later run that did not get to its end."""
    if not told.runs or told.runs[0].stands:
        return []
    last = told.runs[0]
    words = {"running": "is still running", "refused": "was refused", "failed": "failed"}.get(last.status, last.status)
    stand = f" The scores below are those of {moment(told.night.as_of)}." if told.night else ""
    return [Note(f"The run of {moment(last.as_of)} {words}.{stand} {prose(last.error).text}".strip(), "warning")]


def _facts(told: ToldNight) -> Facts:
    night, likely = told.night, total(told.grades["likely"])
    rate = night.base_rate if night else None
    return Facts(
        (
            Fact("To call today", f"{told.n_queue:,}", f"of {plural(told.n_owners, 'owner')}"),
            Fact("Open and scored", f"{total(told.grades['leads']):,}", f"{likely:,} reach the cutoff"),
            Fact("Conversions to expect", f"{told.grades['expected'].sum():,.0f}", "of all open leads, in time"),
            Fact("In quarantine", count(health.in_quarantine(night)).text, "leads that fail a rule"),
            Fact("Base rate assumed", percent(rate) if rate is not None else NONE, "of the open leads will convert"),
        )
    )


def _queue(told: ToldNight) -> Section:
    shown, whole = told.queue.height, told.n_queue
    best = told.queue.sort("grade", "probability", "lead_id", descending=[False, True, False])
    note = ""
    if shown < whole:
        note = (
            f"The page shows {shown:,} of {whole:,}, the first of each owner. For the rest: the view sales_queue, or "
            "leadscore top --owner OWNER -n 100."
        )
    queue = Table.of(
        "Leads worth a call, the most likely first",
        QUEUE,
        best.iter_rows(named=True),
        empty="The queue is empty: no open lead reaches the cutoff, and nobody graded one A by hand.",
        note=note,
        tall=True,
    )
    grades = told.grades.iter_rows(named=True)
    by_grade = Table.of("All open leads by grade", BY_GRADE, grades, empty="No open lead is scored.")
    lead = "Open leads that reach the cutoff, and those that a person graded A. Choose an owner to see one list."
    return Section("queue", "Tonight's queue", lead, (queue, by_grade))


def _moved(told: ToldNight) -> Section:
    if told.night is None:
        return Section("moved", "Who moved, and why", NOTHING)
    causes = Table.of(
        "Changed scores by cause",
        BY_CAUSE,
        told.changes.iter_rows(named=True),
        empty="No score changed tonight: no lead was new or changed, and model and base rate stayed.",
    )
    words = [CAUSES[each][1] for each in told.changes["change_cause"] if each in CAUSES and each != "new"]
    blocks: list[Block] = [causes, *([Note(" ".join(words))] if words else [])]
    if told.changes.height:
        blocks.append(
            Table.of(
                "The largest moves",
                MOVED,
                told.moved.iter_rows(named=True),
                empty="No lead that had a score before got another one.",
                note="Points of the score, 1 to 99. All moves are in the view score_changes.",
                tall=True,
            )
        )
    n_changed = total(told.changes["leads"])
    lead = f"{plural(n_changed, 'score')} changed tonight." if n_changed else "Tonight's scores are last night's."
    return Section("moved", "Who moved, and why", lead, tuple(blocks))


def _cause(cause: str) -> str:
    return CAUSES[cause][0] if cause in CAUSES else cause


def _foot(night: ToldRun | None, now: datetime) -> str:
    made = f"Made by leadscore on {moment(now)}."
    return f"{made} Run {night.run_id}, model {night.model_version}." if night else made
