"""Which column is the id, which are times, accounts and sellers: guessed by name and content, with the evidence."""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from leadscore.intake.keys import likely_keys
from leadscore.names import words
from leadscore.schema import Kind, Type
from leadscore.setup.looking import Look, n_different
from leadscore.store.imports import CONTENT_KEY, NUMBER
from leadscore.times import to_utc

MOSTLY = 0.5  # share of the rows in which a column of a role is filled
REPEATED = 0.98  # distinct values per filled cell, up to which a column groups leads
FEW_GROUPS, MANY_GROUPS = (
    2,
    10,
)  # values of a column of accounts or sellers, and of one that tells of them: company_size
CAME_IN = (
    "created",
    "creation",
    "create",
    "received",
    "submitted",
    "inquiry",
    "contact",
    "entered",
    "생성일",
    "등록일",
)
ENDED = ("closed", "close", "won", "lost", "converted", "conversion", "resolved", "decided", "종료일")
CHANGED = ("updated", "update", "modified", "changed", "change", "edited", "수정일")
OTHERS = (
    "last",
    "next",
    "expected",
    "planned",
    "estimated",
    "due",
    "birth",
    "since",
)  # of times that are none of these
ACCOUNTS = ("account", "customer", "company", "organisation", "organization", "client", "firm", "고객", "회사")
OWNERS = ("owner", "seller", "rep", "agent", "assigned", "assignee", "sdr", "salesperson", "담당자")


@dataclass(frozen=True)
class Guess:
    """A column for a role, and why: a sentence without any cell of the table."""

    column: str
    evidence: str


def guess_id(look: Look) -> Guess | None:
    """The column that is filled and different in every row."""
    named = likely_keys(look.types)
    others = [name for name, type_ in look.types.items() if type_ in (Type.INTEGER, Type.TEXT) and name not in named]
    for name in (*named, *(name for name in others if look.sample[name].n_unique() == look.sample.height)):
        if n_different(look, name) == (look.n, look.n):
            return Guess(name, f"unique in all {look.n:,} rows, never null")
    return None


def guess_order(look: Look) -> Guess | None:
    """The number of a row, where `leadscore import` gave rows one."""
    if {CONTENT_KEY, NUMBER} <= set(look.types):
        return Guess(NUMBER, "the order of the rows in the file; if that is not the order in time, take it out")
    return None


def guess_created(look: Look) -> Guess | None:
    """When leads came in: of the columns of times the one that is so called, else the only one."""
    times = [name for name in time_columns(look) if not _called(name, (*ENDED, *CHANGED, *OTHERS))]
    full = [name for name in times if len(look.filled(name)) > MOSTLY * look.sample.height]
    named = [name for name in full if _called(name, CAME_IN)]
    chosen = named[:1] or (full if len(full) == 1 else [])
    return Guess(chosen[0], _span(look, chosen[0])) if chosen else None


def guess_closed(look: Look) -> Guess | None:
    """When the outcome was known."""
    return _time(look, ENDED, but=OTHERS)


def guess_updated(look: Look) -> Guess | None:
    """When a lead was changed last."""
    return _time(look, CHANGED)


def guess_account(look: Look, taken: Collection[str]) -> Guess | None:
    """The account of a lead: so called, and shared by some."""
    return _group(look, ACCOUNTS, taken)


def guess_owner(look: Look, taken: Collection[str]) -> Guess | None:
    """The seller of a lead: so called, and shared by some."""
    return _group(look, OWNERS, taken)


def time_columns(look: Look) -> list[str]:
    """The columns that hold times, stored as such or as text."""
    return [name for name, kind in look.kinds.items() if kind is Kind.DATE]


def times(look: Look, name: str) -> pl.Series:
    """The times of a column in UTC."""
    cells = look.filled(name)
    return cells.to_frame().select(to_utc(pl.col(name), cells.dtype, "UTC")).to_series().drop_nulls()


def _time(look: Look, called: Collection[str], but: Collection[str] = ()) -> Guess | None:
    named = (name for name in time_columns(look) if _called(name, called) and not _called(name, but))
    chosen = next(named, None)
    return Guess(chosen, _span(look, chosen)) if chosen else None


def _span(look: Look, name: str) -> str:
    found, share = times(look, name), len(look.filled(name)) / look.sample.height
    first, last = (str(end)[:10] for end in (found.min(), found.max()))
    return f"times from {first} to {last}, filled in {share:.0%} of the leads"


def _group(look: Look, called: Collection[str], taken: Collection[str]) -> Guess | None:
    dates = time_columns(look)
    named = [name for name in look.types if name not in (*taken, *dates) and _called(name, called)]
    itself = {name: words(name)[-1] in ("id", "idx", "number", *called) for name in named}
    for name in sorted(named, key=lambda name: not itself[name]):
        filled, groups = n_different(look, name)  # of all leads: in a sample of millions hardly an account comes twice
        least = FEW_GROUPS if itself[name] else MANY_GROUPS
        if least <= groups <= REPEATED * filled and not look.filled(name).dtype.is_float():
            return Guess(name, f"{groups:,} different values in {filled:,} leads")
    return None


def _called(name: str, called: Collection[str]) -> bool:
    """Whether a name has one of the words; those of scripts without spaces may end it."""
    said = words(name)
    return bool(set(said) & set(called)) or (said[-1:] != [] and said[-1].endswith(_unspaced(called)))


def _unspaced(called: Collection[str]) -> tuple[str, ...]:
    return tuple(word for word in called if not word.isascii())
