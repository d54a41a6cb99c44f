"""Settings in the making: what was guessed or said of a table, and what a preview of it shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from leadscore.errors import ConfigError, LeadScoreError, SourceError, meant
from leadscore.leaks.findings import Finding
from leadscore.previewing import Judged, Preview, judged, preview
from leadscore.schema import Word
from leadscore.settings import Settings
from leadscore.setup.looking import Look, look, tables
from leadscore.setup.oddities import Oddity, oddities
from leadscore.setup.outcomes import UNTOLD, Outcome, described, guess_outcome, staged, stages
from leadscore.setup.roles import (
    Guess,
    guess_account,
    guess_closed,
    guess_created,
    guess_id,
    guess_order,
    guess_owner,
    guess_updated,
)
from leadscore.store.source import open_source

SAID = "as you say"
NONE = "none"  # what a person says for a role that no column has
MEANINGS = ("converted", "lost", "open")  # of a stage
LEADS = ("leads", "lead", "mql", "mqls", "contacts", "opportunities", "prospects")

Ask = Callable[[str, str | None, Sequence[str]], str | None]  # a question, what is guessed, and what can be chosen


@dataclass(frozen=True)
class Draft:
    """The settings to write, with the evidence for each, and what comes of them.

    ``roles`` are columns by key of [leads], of which those that were not found are None.
    """

    url: str
    look: Look
    outcome: Outcome
    roles: Mapping[str, Guess | None]
    oddities: Sequence[Oddity]
    preview: Preview | None = None
    judged: Judged | None = None

    @property
    def leaks(self) -> list[Finding]:
        return [finding for finding in self.judged.findings if finding.leak] if self.judged else []

    @property
    def placeholders(self) -> dict[str, list[str]]:
        """The texts that mean missing, and the columns in which they stand."""
        found: dict[str, list[str]] = {}
        for odd in self.oddities:
            for word in odd.missing if not odd.here else ():
                found.setdefault(str(word).casefold(), []).append(odd.column)
        return {word: sorted(set(columns)) for word, columns in found.items()}

    @property
    def leads(self) -> dict[str, Any]:
        """The section [leads]."""
        place = {"query": self.outcome.query} if self.outcome.query else {"table": self.look.table}
        roles = {key: guess.column for key, guess in self.roles.items() if guess}
        values = {"converted": self.outcome.converted, "lost": self.outcome.lost}
        outcome = {"label": self.outcome.label} | values if self.outcome.label else {}
        kinds = {odd.column: odd.kind for odd in self.oddities if odd.kind}
        missing_in: dict[str, tuple[Word, ...]] = {}
        for odd in self.oddities:
            if odd.here:
                missing_in[odd.column] = (*missing_in.get(odd.column, ()), *odd.missing)
        exclude = tuple(dict.fromkeys(leak.column for leak in self.leaks))
        lists = {"exclude": exclude, "missing": tuple(self.placeholders), "missing_in": missing_in, "kinds": kinds}
        return place | roles | outcome | lists


def choose_table(engine: sa.Engine, asked: str | None, ask: Ask) -> str:
    """The table of the leads: the one that is asked for, the only one, or the one that is so called."""
    known = tables(engine)
    if not known:
        raise SourceError("The database has no tables.", "load a file with `leadscore import FILE`, or name another.")
    likely = next((name for name in LEADS if name in known), known[0] if len(known) == 1 else None)
    chosen = asked or (ask("Table of the leads", likely, known) if len(known) > 1 else likely)
    if not chosen:
        raise SourceError(f"Which of the tables {', '.join(known)} are the leads?", "name it by --table.")
    return chosen


def drafted(engine: sa.Engine, url: str, table: str, said: Mapping[str, str | None], ask: Ask) -> Draft:
    """What the table suggests, overruled by what is ``said`` of it, and by the answers to ``ask``."""
    found = look(engine, table)
    key = _role(found, "id", "Column of the lead's id", guess_id(found), said, ask)
    if key is None:
        raise SourceError(
            f"No column of {table} is filled and different in all {found.n:,} rows.",
            "name the id by --id; `leadscore import` makes one where a file has none.",
        )
    outcome = _outcome(found, key.column, said, ask)
    roles: dict[str, Guess | None] = {"id": key}
    closed = Guess(outcome.closed_at, "the label is the date") if outcome.closed_at else guess_closed(found)
    guesses = {
        "created_at": ("Column of the time when a lead came in", guess_created(found)),
        "closed_at": ("Column of the time when the outcome was known", closed),
        "updated_at": ("Column of the last change", guess_updated(found)),
        "account": ("Column of the account", guess_account(found, {key.column, outcome.label})),
        "owner": ("Column of the seller", guess_owner(found, {key.column, outcome.label})),
    }
    for role, (question, guess) in guesses.items():
        sure = role == "closed_at" and outcome.closed_at
        roles[role] = guess if sure else _role(found, role, question, guess, said, ask)
    roles["order"] = None if roles["created_at"] else guess_order(found)
    taken = {outcome.label, *(guess.column for guess in roles.values() if guess)}
    return Draft(url, found, outcome, roles, list(oddities(found, taken)))


def _role(
    found: Look, role: str, question: str, guess: Guess | None, said: Mapping[str, str | None], ask: Ask
) -> Guess | None:
    """The column of a role: as it is said, answered, or guessed."""
    answer = said.get(role) or ask(question, guess.column if guess else NONE, list(found.types))
    if answer == NONE:
        return None
    if answer and answer not in found.types:
        raise ConfigError(f"Table {found.table} has no column {answer}.", meant(answer, list(found.types)))
    return guess if guess and answer in (None, guess.column) else Guess(answer, SAID) if answer else None


def _outcome(found: Look, key: str, said: Mapping[str, str | None], ask: Ask) -> Outcome:
    """Where the outcome is: as it is said, answered, or guessed; `UNTOLD` where nobody knows."""
    guess = None if said.get("label") else guess_outcome(found, key)
    if guess and guess.query:
        return guess
    label = said.get("label") or ask("Column of the outcome", guess.label if guess else NONE, list(found.types))
    if label in (None, NONE):
        return UNTOLD
    if label not in found.types:
        raise ConfigError(f"Table {found.table} has no column {label}.", meant(label, list(found.types)))
    converted, lost = (tuple(filter(None, (said.get(key) or "").split(","))) for key in ("converted", "lost"))
    if converted:
        return Outcome(label, SAID, converted, lost)
    outcome = _meant(found, label, described(found, label), ask)
    if outcome is None:
        raise SourceError(
            f"{label} is no yes or no, and no stage or date.",
            "name its values that mean converted and lost by --converted and --lost.",
        )
    return outcome


def _meant(found: Look, label: str, outcome: Outcome | None, ask: Ask) -> Outcome | None:
    """The ``outcome`` that was seen in a column; of stages as a person says what each means."""
    if outcome and not outcome.converted:
        return outcome
    seen = dict.fromkeys(outcome.converted, "converted") | dict.fromkeys(outcome.lost, "lost") if outcome else {}
    values = stages(found, label)
    said = {value: ask(f'{label} "{value}" means', seen.get(value, "open"), MEANINGS) for value in values}
    won, lost = ([value for value in values if said[value] == meaning] for meaning in MEANINGS[:2])
    return staged(label, len(values), won, lost)


def previewed(draft: Draft, engine: sa.Engine, as_of: datetime) -> Draft:
    """The draft with what a run would find, and what the leak guard says of the columns; as it is without outcomes."""
    if draft.outcome is UNTOLD:
        return draft
    settings = Settings(database={"url": draft.url}, leads=draft.leads)
    source = open_source(engine, settings.leads)
    shown = preview(source, settings, as_of)
    if shown.found is None:
        return replace(draft, preview=shown)
    try:
        found = judged(source, settings, shown.found)
    except LeadScoreError:
        return replace(draft, preview=shown)
    return replace(draft, preview=shown, judged=found)
