"""Who the leads are and how they stand, read from their columns whatever these are stored as."""

from collections.abc import Mapping

import polars as pl

from leadscore.schema import Type, present, truth
from leadscore.sections import Leads
from leadscore.times import UTC_NAIVE, to_utc

EXACT = 2**53  # from here on a double does not tell a whole number from the next


def describe(raw: pl.DataFrame, leads: Leads, types: Mapping[str, Type]) -> pl.DataFrame:
    """The lives of the leads in ``raw`` (see `leadscore.store.source.Chunk`), but for the hashes.

    ``types`` are those as which the columns are to be read. A source without labels has an empty ``leads.label``: each
    is null.
    """
    roles = {"lead_id": leads.id, "account_id": leads.account, "owner_id": leads.owner}
    times = {"created_at": leads.created_at, "closed_at": leads.closed_at, "lead_updated_at": leads.updated_at}
    cells = {
        **{role: _identifier(name, types[name], raw.schema[name]) for role, name in roles.items() if name},
        **({"label": outcome(leads).cast(pl.Int8)} if leads.label else {}),
        **{role: to_utc(pl.col(name), raw.schema[name], leads.timezone) for role, name in times.items() if name},
    }
    named = {**roles, "label": leads.label, **times}
    types_of = dict.fromkeys(times, UTC_NAIVE) | {"label": pl.Int8()}
    absent = {role: pl.lit(None, types_of.get(role, pl.String())) for role in named}
    lives = raw.select(**(absent | cells))
    unreadable = pl.coalesce(_unreadable(str(named[role]), lives[role], leads) for role in cells)
    return lives.with_columns(raw.select(unreadable=unreadable))


def outcome(leads: Leads) -> pl.Expr:
    """1 where a lead has converted, 0 where it is lost or has not converted yet, null while it is open."""
    text = pl.col(leads.label).cast(pl.String).str.strip_chars().str.to_lowercase()
    if leads.label == leads.closed_at:
        return text.fill_null("") != ""
    if not leads.converted:
        return truth(text)
    won, lost = ([value.casefold() for value in values] for values in (leads.converted, leads.lost))
    is_lost = text.is_in(lost) if lost else pl.lit(True)
    return pl.when(text.is_in(won)).then(1).when(is_lost).then(0)


def _identifier(name: str, type_: Type, stored: pl.DataType) -> pl.Expr:
    """The cells of ``name`` as identifiers; a number that is not whole, or too large for a double to tell, is none."""
    cell = pl.col(name)
    sound = pl.when((cell == cell.floor()) & (cell.abs() < EXACT)).then(cell) if stored.is_float() else cell
    return sound.cast(type_.polars, strict=False)


def _unreadable(name: str, values: pl.Series, leads: Leads) -> pl.Expr:
    """The ``name`` of the column where its cell is there, but has no value among the ``values`` (n,) read of it."""
    if name == leads.label and leads.converted:  # any other value means that the lead is open
        return pl.lit(None, pl.String)
    said = present(pl.col(name).cast(pl.String), [word.casefold() for word in leads.missing])
    return pl.when(said.is_not_null() & values.is_null()).then(pl.lit(name))
