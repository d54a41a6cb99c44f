"""What tells that a lead has converted: a yes or no, the stage of a deal, a date, or a second table of deals."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from leadscore.names import words
from leadscore.schema import NO, TRUTH, YES
from leadscore.setup.looking import Look, look, n_different, tables
from leadscore.setup.roles import ENDED, time_columns
from leadscore.store.engine import reading
from leadscore.store.queries import statement

NAMES = (
    "converted",
    "conversion",
    "won",
    "win",
    "outcome",
    "target",
    "label",
    "success",
    "purchased",
    "subscribed",
    "y",
)
STAGES = ("stage", "status", "state", "outcome", "result", "단계", "상태")
WON = (
    *("won", "closed won", "converted", "customer", "signed", "sold", "success", "successful", "수주", "성사", "계약"),
    *("gewonnen", "ganado", "ganada", "ganho", "vinto", "受注", "成約", "赢单", "تم البيع"),
)
LOST = (
    *("lost", "closed lost", "dead", "disqualified", "unqualified", "rejected", "failed", "junk", "실주", "실패"),
    *("verloren", "perdu", "perdido", "perdida", "perso", "失注", "输单", "مرفوض"),
)
MOST_STAGES = 50
CONVERTED_DATES = ("won", "converted", "conversion", "sold", "signed")
OVERLAP = 0.9  # share of the deals that are of a lead of the table


@dataclass(frozen=True)
class Outcome:
    """Where the outcome is: the ``label``, and what its values mean if it is no yes or no.

    With ``query`` the leads are joined to their deals. ``closed_at`` is the label itself where that is a date.
    """

    label: str
    evidence: str
    converted: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    closed_at: str | None = None
    query: str | None = None


UNTOLD = Outcome("", "no column tells it: `leadscore explore` shows what there is; a model needs one")


def guess_outcome(found: Look, key: str) -> Outcome | None:
    """The likeliest outcome of the leads of a table, whose ids are in ``key``."""
    plain = [name for name in found.types if is_truth(found, name)]
    named = [name for name in plain if set(words(name)) & set(NAMES)]
    if named:
        return described(found, max(named, key=lambda name: len(set(words(name)) & set(NAMES))))
    staged = [name for name in found.types if set(words(name)) & set(STAGES)]
    for name in (*staged, *_dates(found)):
        if outcome := described(found, name):
            return outcome
    return deals(found, key) or (described(found, plain[-1]) if plain else None)


def described(found: Look, name: str) -> Outcome | None:
    """How column ``name`` tells the outcome, if it does."""
    if is_truth(found, name):
        return _truth(found, name)
    if name in time_columns(found):
        share = len(found.filled(name)) / found.sample.height
        return Outcome(name, f"a date that {share:.1%} of the leads have: those have converted", closed_at=name)
    return _stages(found, name)


def is_truth(found: Look, name: str) -> bool:
    """Whether a column holds both yes and no, and nothing else."""
    values = {_plain(value) for value in found.filled(name).unique().head(9).to_list()}
    return bool(values & set(YES)) and bool(values & set(NO)) and values <= set(TRUTH)


def _truth(found: Look, name: str) -> Outcome:
    cells = found.filled(name).cast(pl.String).str.to_lowercase()
    n_open = found.sample.height - len(cells)
    open_ = f", {n_open:,} empty: still open" if n_open else ", none empty"
    return Outcome(name, f"{cells.is_in(YES).sum():,} say yes and {cells.is_in(NO).sum():,} no{open_}")


def stages(found: Look, name: str) -> list[str]:
    """The values of a column if they are few enough to be the stages of a deal."""
    values: list[str] = found.filled(name).cast(pl.String).unique().sort().to_list()
    return values if len(values) <= MOST_STAGES else []


def _stages(found: Look, name: str) -> Outcome | None:
    values = stages(found, name)
    won, lost = ([value for value in values if " ".join(words(value)) in known] for known in (WON, LOST))
    return staged(name, len(values), won, lost)


def staged(name: str, n: int, won: Sequence[str], lost: Sequence[str]) -> Outcome | None:
    """The outcome by ``n`` stages in column ``name``, if some are ``won``."""
    n_open = n - len(won) - len(lost)
    others = "1 other stage is open" if n_open == 1 else f"{n_open} other stages are open"
    kinds = others if lost else "all others may still convert"
    return Outcome(name, f"{n} stages: {kinds}", tuple(won), tuple(lost)) if won else None


def _dates(found: Look) -> list[str]:
    """The columns with dates of conversions: not all leads have one."""
    full = found.sample.height
    named = (name for name in time_columns(found) if set(words(name)) & set(CONVERTED_DATES))
    return [name for name in named if len(found.filled(name)) < full]


def deals(found: Look, key: str) -> Outcome | None:
    """Another table with the same ids and a date: the deals that leads have become."""
    engine = found.source.engine
    for name in tables(engine):
        if name == found.table:
            continue
        other = look(engine, name)
        shared = [column for column in other.types if column == key or words(column) == words(key)]
        dates = sorted(time_columns(other), key=lambda date: not set(words(date)) & set(ENDED))
        if shared and dates and _n_shared(found, key, name, shared[0]) > OVERLAP * n_different(other, shared[0])[1]:
            return _joined(found, key, other, shared[0], dates[0])
    return None


def _n_shared(found: Look, key: str, table: str, column: str) -> int:
    """How many different ids of the other table are those of leads."""
    theirs = sa.table(table, sa.column(sa.quoted_name(column, True)))
    ours = sa.table(found.table, sa.column(sa.quoted_name(key, True)))
    same = sa.select(sa.func.count(sa.distinct(theirs.c[column]))).where(theirs.c[column].in_(sa.select(ours.c[key])))
    with reading(found.source.engine) as connection:
        return connection.execute(same).scalar_one()


def _joined(found: Look, key: str, other: Look, column: str, date: str) -> Outcome:
    quoted = found.source.engine.dialect.identifier_preparer.quote
    names: Sequence[str] = (found.table, key, other.table, column, date)
    leads, id_, table, shared, when = map(quoted, names)
    _, _, template = statement("leads_with_deals", found.source.engine.dialect.name).partition("\n")
    query = template.format(leads=leads, id=id_, deals=table, key=shared, date=when).strip()
    evidence = f"{other.n:,} rows of table {other.table} have the {column} of a lead: those have converted"
    return Outcome(date, evidence, closed_at=date, query=query)


def _plain(value: object) -> str:
    return str(value).strip().lower()
