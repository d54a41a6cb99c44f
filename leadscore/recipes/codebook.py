"""The codebook: the fields of a marketing-qualified lead, typed, described, and held against leads."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, TypeAdapter

from leadscore.schema import Kind, truth


class Field(BaseModel):
    """A field of ``codebook.toml``, whose head explains the keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: str
    kind: Literal[Kind.NUMBER, Kind.BOOLEAN, Kind.CATEGORY]
    values: tuple[float | str, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    any_of: tuple[str, ...] = ()
    one_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Breach:
    """``n`` leads, or groups of them, whose ``field`` is not as the codebook says, and what it says."""

    field: str
    n: int
    rule: str


@cache
def codebook() -> dict[str, Field]:
    """The fields by name, in the order of the write-up."""
    text = files("leadscore.recipes").joinpath("codebook.toml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Field]).validate_python(tomllib.loads(text))


def breaches(leads: pl.DataFrame) -> list[Breach]:
    """What is not as the codebook says of those of its fields that the ``leads`` have. No value is told."""
    found = (each for name, field in codebook().items() if name in leads.columns for each in checks(name, field, leads))
    return [each for each in found if each.n]


def checks(name: str, field: Field, leads: pl.DataFrame) -> Iterator[Breach]:
    """Every rule of one field with how many break it."""
    cell = pl.col(name)
    if field.kind is Kind.CATEGORY:
        if field.values:
            allowed = [str(value).lower() for value in field.values]
            yield Breach(name, counted(leads, ~cell.cast(pl.String).str.to_lowercase().is_in(allowed)), among(field))
        return
    number = as_number(leads, name, field.kind)
    yield Breach(name, counted(leads, cell.is_not_null() & number.is_null()), f"is a {field.kind}")
    if field.values:
        yield Breach(name, counted(leads, ~number.is_in(list(field.values))), among(field))
    if field.lowest is not None:
        yield Breach(name, counted(leads, number < field.lowest), f"is at least {field.lowest:g}")
    if field.highest is not None:
        yield Breach(name, counted(leads, number > field.highest), f"is at most {field.highest:g}")
    if field.any_of and set(field.any_of) <= set(leads.columns):
        either = pl.max_horizontal(as_number(leads, each, Kind.BOOLEAN).fill_null(0) for each in field.any_of)
        yield Breach(name, counted(leads, number.fill_null(0) != either), f"is 1 where {' or '.join(field.any_of)} is")
    if field.one_by and set(field.one_by) <= set(leads.columns):
        groups = leads.drop_nulls([name, *field.one_by]).group_by(field.one_by).agg(cell.n_unique())
        yield Breach(name, groups.filter(cell > 1).height, f"has one value for each {' and '.join(field.one_by)}")


def as_number(leads: pl.DataFrame, name: str, kind: Kind) -> pl.Expr:
    """The cells as numbers, null where they are none."""
    if kind is Kind.BOOLEAN and leads.schema[name] == pl.String:
        return truth(pl.col(name))
    return pl.col(name).cast(pl.Float64, strict=False)


def counted(leads: pl.DataFrame, broken: pl.Expr) -> int:
    return int(leads.select(broken.fill_null(False).sum()).item())


def among(field: Field) -> str:
    return f"is one of {', '.join(str(value) for value in field.values)}"
