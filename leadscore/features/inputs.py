"""What the feature map reads of each lead: its columns as they were read, and its history as of its creation."""

from collections.abc import Iterator
from enum import StrEnum

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.features.dates import CALENDAR, on_calendar
from leadscore.features.history import KNOWN_AT, known_at, tally
from leadscore.reading.readings import Readings
from leadscore.schema import Kind, Schema, free_name
from leadscore.times import days_before

TIMES = {"created_at": "leadscore.created_at", "known_at": "leadscore.known_at"}  # no columns of a user's table
DATED = 0.9  # share of the leads of each outcome whose times must be known


class Role(StrEnum):
    """What an input is to the feature map."""

    COLUMN = "column"
    IDENTIFIER = "identifier"
    PAST = "past"  # a tally of the outcomes that were known when the lead came in
    GROUP = "group"  # a value whose conversion rate is learned, from other leads than the one that has it
    DATED_GROUP = "dated group"  # the same, as the rate was known when the lead came in


class Input(BaseModel):
    """One column of the frame. ``source`` is what reasons call it.

    ``counted`` says that how many leads share its values may tell, too.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    source: str
    kind: Kind
    role: Role = Role.COLUMN
    counted: bool = False


class Inputs(BaseModel):
    """How leads become the frame that the feature map reads. Learned without outcomes, frozen in the bundle.

    ``account`` and ``owner`` are columns that the model may see. ``dated`` says that the source tells of nearly all
    leads when they came in and when their outcome was known: then histories are tallied, else rates of account and
    owner are learned. ``in_order`` says that it tells in which order they came in: then tomorrow's values are partly
    new, and how many leads shared the old ones is not asked. ``timed`` says that it tells of nearly all when they came
    in: then dates are days before that, else months and days of the week.
    """

    model_config = ConfigDict(frozen=True)

    readings: Readings
    account: str | None = None
    owner: str | None = None
    dated: bool = False
    in_order: bool = True
    timed: bool = False
    maturity_days: float | None = None

    @property
    def pasts(self) -> dict[str, tuple[str, ...]]:
        """The histories that are tallied, each by the columns of ``lives`` that its leads have in common."""
        found: dict[str, tuple[str, ...]] = {}
        if self.dated and self.account:
            found[self._free(f"{self.account} history")] = ("account_id",)
            if self.owner:
                found[self._free(f"{self.account} and {self.owner} history")] = ("account_id", "owner_id")
        return found

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The groups whose rates are learned, each by the columns whose values make it."""
        found: dict[str, tuple[str, ...]] = {}
        if self.owner:
            found[self._free(f"{self.owner} history")] = (self.owner,)
            if self.account and not self.dated:
                found[self._free(f"{self.account} and {self.owner}")] = (self.account, self.owner)
        others = (name for name in self.readings.identifiers if name not in (self.account, self.owner))
        found |= {self._free(f"{name} history"): (name,) for name in others}
        country, product = self.readings.country, self.readings.product
        if country and product:
            found[self._free(f"{country} and {product}")] = (country, product)
        return found

    @property
    def dates(self) -> list[tuple[str, str]]:
        """The columns of dates, each with what becomes a feature of it."""
        parts = ("days before",) if self.timed else tuple(CALENDAR)
        return [(column.name, part) for column in self.readings.columns if column.kind is Kind.DATE for part in parts]

    def _free(self, name: str) -> str:
        return free_name(name, {column.name for column in self.readings.columns})

    @property
    def columns(self) -> tuple[Input, ...]:
        """The columns of `frame`."""
        return tuple(self._columns())

    def _columns(self) -> Iterator[Input]:
        identifiers, counted = (self.account, self.owner, *self.readings.identifiers), not self.in_order
        for column in self.readings.columns:
            if column.kind is Kind.DATE:
                continue
            role = Role.IDENTIFIER if column.name in identifiers else Role.COLUMN
            yield Input(name=column.name, source=column.source, kind=column.kind, role=role, counted=counted)
        for name, what in self.dates:
            kind = Kind.DATE if self.timed else Kind.CATEGORY
            yield Input(name=self._free(f"{name} ({what})"), source=name, kind=kind)
        for name in self.pasts:
            yield Input(name=name, source=name, kind=Kind.NUMBER, role=Role.PAST)
        for name in self.groups:
            role = Role.DATED_GROUP if self.dated else Role.GROUP
            yield Input(name=name, source=name, kind=Kind.NUMBER, role=role)

    @classmethod
    def plain(cls, schema: Schema) -> "Inputs":
        """The modelled columns of ``schema`` as they are."""
        return cls(readings=Readings.plain(schema))

    def frame(self, read: pl.DataFrame, lives: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
        """The ``read`` leads, with their histories and times.

        ``lives`` say who they are and when they came in; ``past`` are lives of leads whose outcome is known, the
        leads' own among them or not: what was not known when a lead came in does not count for it.
        """
        dated = known_at(lives, self.maturity_days)
        known = known_at(past, self.maturity_days)
        histories = [tally(lives, known, keys).to_struct(name) for name, keys in self.pasts.items()]
        groups = [joined(keys).alias(name) for name, keys in self.groups.items()]
        times = [dated[name].alias(held) for name, held in TIMES.items()]
        dates = (self._told(read[column], lives, what) for column, what in self.dates)
        return read.with_columns(*histories, *groups, *times, *dates)

    def _told(self, days: pl.Series, lives: pl.DataFrame, what: str) -> pl.Series:
        """A date, in days since 1970, as a feature is made of it."""
        told = days_before(lives["created_at"], days) if self.timed else on_calendar(days, what)
        return told.alias(self._free(f"{days.name} ({what})"))


def is_timed(lives: pl.DataFrame) -> bool:
    """Whether it is known of nearly all leads when they came in."""
    return lives["created_at"].null_count() <= (1 - DATED) * lives.height


def tells_times(lives: pl.DataFrame, maturity_days: float | None) -> bool:
    """Whether it is known of nearly all won and of nearly all lost leads when they came in and when they closed."""
    times = known_at(lives, maturity_days).select(
        "label", known=pl.all_horizontal(pl.col("created_at", KNOWN_AT).is_not_null())
    )
    return bool((times.group_by("label").agg(pl.col("known").mean())["known"] >= DATED).all())


def joined(columns: tuple[str, ...]) -> pl.Expr:
    """The values of ``columns`` as one text, null where one of them is missing."""
    return pl.concat_str(*columns, separator="\x1f", ignore_nulls=False)
