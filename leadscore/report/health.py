"""The parts of the nightly report that say how far to trust it: proof, data quality, drift and freshness."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from leadscore.models.metrics import wilson
from leadscore.report.blocks import Block, Cell, Column, Fact, Facts, Note, Section, Table
from leadscore.report.charts import Axis, Row, ranges
from leadscore.report.shown import (
    age,
    count,
    grade,
    masked,
    moment,
    number,
    percent,
    plural,
    prose,
    share,
    signed,
    total,
    when,
)
from leadscore.store.told import ToldNight, ToldRun

Shown = dict[Column, Callable[[Mapping[str, Any]], Cell]]
PROOF: Shown = {
    Column("grade"): lambda row: grade(row["grade"]),
    Column("leads", number=True): lambda row: count(row["leads"]),
    Column("converted", number=True): lambda row: count(row["conversions"]),
    Column("of them", number=True): lambda row: share(row["conversion_rate"]),
    Column("95% interval", number=True): lambda row: _interval(row["conversions"], row["leads"]),
    Column("predicted", number=True): lambda row: share(row["predicted_rate"]),
}
MEASURES: Shown = {
    Column("measure", filters=True): lambda row: Cell(_named(row["name"])),
    Column("of"): lambda row: prose(row["feature"].replace("_", " ")),
    Column("value", number=True): lambda row: number(row["value"]),
    Column("limit", number=True): lambda row: number(row["limit"]),
    Column("verdict", filters=True): lambda row: _verdict(**row),
}
ENDS = {"empty": "nothing had changed"}  # how a run can end, where its status does not say enough
RUNS: dict[Column, Callable[[ToldRun], Cell]] = {
    Column("moment"): lambda run: when(run.as_of),
    Column("what became of it"): lambda run: Cell(ENDS.get(run.status, run.status), mark="" if run.stands else "bad"),
    Column("scored", number=True): lambda run: count(run.n_scored),
    Column("quarantined", number=True): lambda run: count(run.n_quarantined),
    Column("left", number=True): lambda run: count(run.n_removed),
    Column("seconds", number=True): lambda run: count(run.seconds),
    Column("model"): lambda run: Cell(run.model_version),
    Column("said", prose=True): lambda run: prose(run.error),
}
NAMES = {"psi": "population stability (PSI)", "js_distance": "Jensen-Shannon distance"}  # of abbreviations
MANY = 25  # measures from which a table of them can be searched
STEERED = (
    "Read the order of the grades, and what was predicted beside what happened, not the distance between grades: sales "
    "call an A before a D, so some of an A's conversions are due to the call."
)


def proof(told: ToldNight) -> Section:
    """What became of each grade."""
    title = "Proof by grade"
    if told.proof.is_empty():
        empty = Note(
            "Nothing to show yet: no lead that was scored while it was open has got its outcome since. The first night "
            "that sees one fills this.",
            "empty",
        )
        return Section("proof", title, "What became of leads, by the first score that was published of them.", (empty,))
    known, won = total(told.proof["leads"]), total(told.proof["conversions"])
    lead = (
        f"What became of {plural(known, 'lead')}, by the first score that was published of each before its outcome: "
        f"{won:,} converted ({percent(won / known)})."
    )
    table = Table.of("First published grade and outcome", PROOF, told.proof.iter_rows(named=True))
    return Section("proof", title, lead, (_chart_of_proof(told), table, Note(STEERED)))


def _chart_of_proof(told: ToldNight) -> Block:
    found = [
        Row(
            f"{row['grade']}, {plural(row['leads'], 'lead')}",
            wilson(row["conversions"], row["leads"]),
            row["predicted_rate"],
        )
        for row in told.proof.iter_rows(named=True)
    ]
    words = "; ".join(
        f"grade {row['grade']}: {percent(row['conversion_rate'])} converted, {percent(row['predicted_rate'])} predicted"
        for row in told.proof.iter_rows(named=True)
    )
    return ranges(
        "Converted, with 95% intervals, beside what was predicted", words, Axis("converted", percent=True), found
    )


def _interval(conversions: int, n: int) -> Cell:
    found = wilson(conversions, n)
    return Cell(f"{percent(found.low)} to {percent(found.high)}", found.low)


def in_quarantine(night: ToldRun | None) -> int | None:
    """How many failures of rules keep leads in quarantine; None where the night does not say."""
    found = _by_rule(night)
    return None if found is None else sum(found.values())


def _by_rule(night: ToldRun | None) -> dict[str, int] | None:
    if night is None or not night.quarantined_by_rule:
        return None
    return {str(rule): int(n) for rule, n in json.loads(night.quarantined_by_rule).items()}


def quality(told: ToldNight) -> Section:
    """What is in quarantine, by rule, against the night before."""
    title = "Data quality"
    now, before = _by_rule(told.night), _by_rule(told.last_night)
    if now is None:
        why = "it was published by a leadscore that did not keep that" if told.night else "there is none yet"
        empty = Note(f"What this night found by rule is not known: {why}.", "empty")
        return Section("quality", title, "What failed validation.", (empty,))
    last = now if before is None else before
    shown: dict[Column, Callable[[str], Cell]] = {
        Column("rule"): lambda rule: prose(rule.replace("_", " ")),
        Column("leads now", number=True): lambda rule: count(now.get(rule, 0)),
        Column("last night", number=True): lambda rule: count(None if before is None else last.get(rule, 0)),
        Column("difference", number=True): lambda rule: signed(
            None if before is None else now.get(rule, 0) - last.get(rule, 0)
        ),
    }
    found = Table.of(
        "In quarantine, by the rule that fails",
        shown,
        sorted({*now, *last}, key=lambda rule: (-now.get(rule, 0), rule)),
        empty="Nothing is in quarantine: every open lead satisfies every rule.",
        note="" if before is not None else "There is no night before to compare with.",
    )
    return Section("quality", title, _quality_in_words(now, before), (found,))


def _quality_in_words(now: dict[str, int], before: dict[str, int] | None) -> str:
    total = sum(now.values())
    words = f"{plural(total, 'failure')} of a rule keep leads in quarantine" if total else "No lead is in quarantine"
    if before is None:
        return f"{words}."
    last = sum(before.values())
    same = "as last night" if last == total else f"{last:,} last night"
    return f"{words}, {same}. They are tried again when the lead, the rules or the model change."


def drift(told: ToldNight) -> Section:
    """What monitoring measured of this night, what passed its limit first."""
    measures, title = told.measures, "Drift"
    if measures.is_empty():
        empty = Note("No measure was kept of this night: whoever published it did not measure drift.", "empty")
        return Section("drift", title, "Whether leads and scores are still what the model was trained on.", (empty,))
    breached = measures.filter("breached")
    each = measures.iter_rows(named=True)
    found = Table.of(
        "Measured tonight, what passed its limit first", MEASURES, each, tall=measures.height > MANY, first=MANY
    )
    if breached.is_empty():
        return Section("drift", title, f"None of {plural(measures.height, 'measure')} passed its limit.", (found,))
    names = ", ".join(dict.fromkeys(_measured(row["name"], row["feature"]) for row in breached.iter_rows(named=True)))
    warning = Note(f"Passed: {names}. The limits are under [monitoring]; retraining is the cure.", "warning")
    lead = f"{breached.height:,} of {plural(measures.height, 'measure')} passed a limit."
    return Section("drift", title, lead, (warning, found))


def _verdict(value: float | None, limit: float | None, breached: bool, reason: str | None, **_: object) -> Cell:
    """In the order in which they ask to be looked at; where nothing was measured, for what ``reason``."""
    if breached:
        return Cell("passed its limit", 0.0, "bad")
    if value is None:
        return Cell(f"not measured: {reason}" if reason else "not measured", 1.0)
    return Cell("within", 2.0) if limit is not None else Cell("", 3.0)


def _measured(measure: str, feature: str) -> str:
    return f"{_named(measure)} of {masked(feature).replace('_', ' ')}" if feature else _named(measure)


def _named(measure: str) -> str:
    return NAMES.get(measure, measure.replace("_", " "))


def freshness(told: ToldNight, now: datetime) -> Section:
    """How old leads, model and scores are, and how the last runs went."""
    night = told.night
    blocks: list[Block] = []
    if night:
        blocks.append(
            Facts(
                (Fact("Age of the scores", age(now - night.as_of), f"as of {moment(night.as_of)}"), *_ages(told, night))
            )
        )
    blocks.append(Table.of("The last runs", RUNS, told.runs, empty="No run has been entered yet."))
    return Section("freshness", "Freshness", "How old the leads, the model and the scores are.", tuple(blocks))


def _ages(told: ToldNight, night: ToldRun) -> list[Fact]:
    facts = []
    if night.newest_lead:
        hint = f"that night; it came in on {moment(night.newest_lead)}"
        facts.append(Fact("Age of the newest lead", age(night.as_of - night.newest_lead), hint))
    for champion in told.champions:
        if champion.version == night.model_version:
            hint = f"trained on {champion.n_leads:,} leads known on {champion.as_of:%Y-%m-%d}"
            facts.append(Fact("Age of the model", age(night.as_of - champion.as_of), hint))
    return facts
