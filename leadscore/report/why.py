"""One lead in words: its score and the reasons, how it came about, and what moved it."""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime

from leadscore.features.shown import Perspective, ShownRates
from leadscore.report.words import Summary
from leadscore.store.lead import Change, Failure, Lead, Outcome, Override, Present, Reason

ALIKE = 1.05  # ratio up to which two shares, or odds, are about the same
LATEST = 10  # published scores that are listed


def why(lead: Lead, rates: ShownRates | None, now: datetime) -> list[Summary]:
    """What there is to say of a lead, part by part. ``rates`` are of the model that its score is of, if readable."""
    parts = [Summary(f"Lead {lead.lead_id}: {standing(lead, now)}", tuple(_facts(lead, now)))]
    if lead.present:
        reasons = lead.present.reasons
        parts += _reasons("Speaks for it", (each for each in reasons if each.effect > 0), rates)
        parts += _reasons("Speaks against it", (each for each in reasons if each.effect < 0), rates)
    if len(lead.history) > 1:
        last, now_told = lead.history[-2:]
        parts.append(Summary("What moved it last", tuple(moves(last, now_told))))
    if lead.history:
        parts.append(Summary("Its published scores", tuple(map(_line, lead.history[-LATEST:][::-1]))))
    return parts


def standing(lead: Lead, now: datetime) -> str:
    """How a lead stands, in a few words; a person's grade comes before the model's."""
    if lead.failures:
        return "in quarantine"
    if lead.outcome:
        return "converted" if lead.outcome.label else "lost"
    if lead.present:
        by_hand = lead.override.grade if lead.override and not expired(lead.override, now) else None
        return f"grade {by_hand or lead.present.grade}, {lead.present.probability:.0%} likely to convert"
    return "no longer open"


def _facts(lead: Lead, now: datetime) -> Iterator[tuple[str, str]]:
    if lead.override:
        yield "by hand", overridden(lead.override, now)
    yield from ((f"fails {each.rule}", _failed(each)) for each in lead.failures)
    if lead.failures:
        yield "so", "it has no score until the row is mended; the next `leadscore score` then takes it up"
    if lead.outcome:
        yield "outcome", _became(lead.outcome)
    if lead.present:
        yield from _scored(lead.present, lead.history)
    elif lead.history:
        first = lead.history[0]
        yield "first score", f"{first.score}, grade {first.grade}, {first.probability:.0%}, on {_day(first.scored_at)}"
    elif lead.outcome:
        yield "first score", "none: its outcome was known before any run met it"


def overridden(override: Override, now: datetime) -> str:
    """What a person said, and until when it holds."""
    until = "" if override.expires_at is None else f" until {_day(override.expires_at)}"
    over = " (expired)" if expired(override, now) else ""
    note = f": {override.note}" if override.note else ""
    return f"{override.by} graded it {override.grade}{until}{over}{note}"


def expired(override: Override, now: datetime) -> bool:
    """Whether it does not hold any more."""
    return override.expires_at is not None and override.expires_at <= now


def _failed(failure: Failure) -> str:
    return f"{failure.column}" + (f" is {failure.value}" if failure.value is not None else "")


def _became(outcome: Outcome) -> str:
    told = "converted" if outcome.label else "did not convert"
    when = f"on {_day(outcome.closed_at)}" if outcome.closed_at else f"seen on {_day(outcome.seen_at)}"
    return f"{told}, {when}"


def _scored(present: Present, history: tuple[Change, ...]) -> Iterator[tuple[str, str]]:
    whose = {"account": present.account_id, "owner": present.owner_id, "continent": present.continent}
    yield from ((label, str(value)) for label, value in whose.items() if value is not None)
    yield "chance", _chance(present)
    expected = "expected to convert" if present.will_convert else "not expected to convert"
    yield "verdict", expected + ("" if present.cutoff is None else f": the cutoff is {present.cutoff:.1%}")
    yield "score", f"{present.score} of 99, grade {present.grade}"
    if len(history) > 1:
        yield "trend", " → ".join(str(each.score) for each in history[-LATEST:])
    yield "scored", f"{present.scored_at:%Y-%m-%d %H:%M} UTC by model {present.model_version}"


def _chance(present: Present) -> str:
    told = f"{present.probability:.1%}"
    if not present.base_rate:
        return told
    return f"{told}, {_times(present.probability / present.base_rate)} the {present.base_rate:.1%} of all open leads"


def _reasons(title: str, reasons: Iterable[Reason], rates: ShownRates | None) -> Iterator[Summary]:
    facts = tuple((named(each.feature), sentence(each, rates)) for each in reasons)
    if facts:
        yield Summary(title, facts)


def sentence(reason: Reason, rates: ShownRates | None) -> str:
    """A reason in words: what it does to the odds, and how leads with this value do beside all others."""
    seen = rates.perspective(reason.feature, reason.value) if rates else None
    told = f"{reason.value}: {_moves_odds(reason.effect)}."
    return f"{told} {_beside_others(reason, seen)}." if seen else told


def _moves_odds(effect: float) -> str:
    odds = math.exp(effect)
    if 1 / ALIKE < odds < ALIKE:
        return f"{'raises' if odds > 1 else 'lowers'} the odds a little"
    if odds >= 2:
        return f"raises the odds {_figure(odds)}-fold"
    return f"raises the odds by {odds - 1:.0%}" if odds > 1 else f"lowers the odds by {1 - odds:.0%}"


def _beside_others(reason: Reason, seen: Perspective) -> str:
    """What else is known of a lead may make of a value the opposite of what it means alone: then that is said."""
    alike = 1 / ALIKE < seen.times < ALIKE
    opposite = not alike and (seen.times > 1) != (reason.effect > 0)
    often = "about as often" if alike else f"{_times(seen.times)} as often"
    leads = f"{'Taken alone it looks otherwise: leads' if opposite else 'Leads'} with {reason.value!r}"
    return f"{leads} convert {often} as others ({seen.rate:.1%} against {seen.others:.1%})"


def moves(before: Change, after: Change) -> Iterator[tuple[str, str]]:
    """What changed between two published scores, and whether the lead, the model or the base rate did."""
    yield "score", f"{before.score} → {after.score}, grade {before.grade} → {after.grade}"
    yield "chance", f"{before.probability:.1%} → {after.probability:.1%}"
    yield "cause", cause(before, after)
    if after.cause == "lead":
        yield from _values(before, after)


def cause(before: Change, after: Change) -> str:
    """What moved a score."""
    when = f"on {_day(after.scored_at)}"
    if after.cause == "lead":
        return f"the lead, or the history of its account, changed {when}"
    if after.cause == "model":
        return f"model {after.model_version} took the place of {before.model_version} {when}; the lead may be the same"
    if after.cause == "base_rate":
        rates = "" if before.base_rate is None or after.base_rate is None else _rates(before.base_rate, after.base_rate)
        return f"the share of all leads that convert moved{rates} {when}; the lead is the same"
    return f"it was scored as new {when}"


def _rates(before: float, after: float) -> str:
    return f" from {before:.1%} to {after:.1%}"


def _values(before: Change, after: Change) -> Iterator[tuple[str, str]]:
    """The reasons that show another value than before, then those that are new among the reasons."""
    told = {each.feature: each.value for each in before.reasons}
    now = {each.feature: each.value for each in after.reasons}
    differing = [
        (name, f"was {told[name]}, is {now[name]}") for name in now if name in told and told[name] != now[name]
    ]
    arrived = [(name, f"is among the reasons now: {now[name]}") for name in now if name not in told]
    yield from ((named(name), words) for name, words in differing + arrived)


def _line(change: Change) -> tuple[str, str]:
    causes = {"lead": "the lead changed", "model": "another model", "base_rate": "another base rate", "new": "new"}
    told = f"score {change.score:>2}  grade {change.grade}  {change.probability:>4.0%}"
    return _day(change.scored_at), f"{told}  {causes[change.cause]}"


def named(feature: str) -> str:
    """A column as people read it."""
    return feature.replace("_", " ")


def _times(ratio: float) -> str:
    return f"{_figure(ratio)} times"


def _figure(ratio: float) -> str:
    """Two significant figures at most, and no more than one decimal place unless it is small."""
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 0.1 else f"{ratio:.1g}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
