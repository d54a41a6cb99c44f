"""A CRM over months: leads come in, are edited, close, reopen, vanish; what they look like drifts, and more convert.

Each lead's life is drawn once, from the seed alone. What the table shows at a moment follows from the lives.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from leadscore.sample.leads import example_leads

Random = np.random.Generator

FIRST = datetime(2025, 6, 1, 2)  # the first night, at two
BEFORE = timedelta(days=365)  # in which the leads came in that are there on the first night
SEED = 11
DAY, DAY_US = timedelta(days=1), 86_400e6

LATE_SHARE, LATE_DAYS = 0.15, (1, 30)  # an outcome that is entered so long after the deal was closed
SILENT_SHARE = 0.2  # an outcome that leaves the time of the last change as it was
REOPENED_SHARE, GONE_SHARE, CORRECTED_SHARE = 0.03, 0.04, 0.02
SPOILED_EVERY, MENDED_DAYS = 97, (1, 15)  # a lead in so many has an impossible value, until somebody sees it
EARLY = pl.col("lead_id") % 4 == 0  # leads whose timeline is asked for later
NEW_UNIT, NEW_UNIT_FROM = "EV", 0.5  # a business unit that grows from that share of the leads on
IMPOSSIBLE = 25.0  # a percentage, where a share is due
SPOILED = pl.col("bant_submit") == IMPOSSIBLE


@dataclass(frozen=True)
class World:
    """``n`` leads that come in by the last of so many ``nights``, the ``first`` of them before the first night.

    More of the latest fifth of them convert: a third instead of a twelfth. On the night ``faulty`` half of the open
    leads have an impossible value; by the next one they are mended.
    """

    n: int
    first: int
    nights: int
    faulty: int | None = None

    def night(self, number: int) -> datetime:
        """The moment of the night of this number, the first one being 0."""
        return FIRST + number * DAY

    @cached_property
    def lives(self) -> pl.DataFrame:
        """All leads with their last state, and when what happens to each of them."""
        random = np.random.default_rng(SEED)
        leads = pl.concat(example_leads(self.n, seed=SEED, end=self.night(self.nights), prior_shift=True))
        came_in = pl.Series("came_in", self._arrivals())
        of_sample = (pl.col(name) - pl.col("created_at") for name in ("updated_at", "closed_at"))
        edited, closed = (came_in + leads.select(wait).to_series() for wait in of_sample)
        dated = leads.with_columns(came_in, edited=edited, closed=closed).drop("true_probability")
        return drifting(dated, random).with_columns(*events(random, self.n))

    def _arrivals(self) -> list[datetime]:
        """When each of the leads, oldest first, comes in: evenly before the first night, and evenly from then on."""
        share = (np.arange(self.n) + 0.5) / self.n
        border = self.first / self.n
        before = (share / border - 1) * BEFORE.total_seconds()
        after = (share - border) / (1 - border) * self.nights * DAY.total_seconds()
        return [FIRST + timedelta(seconds=float(each)) for each in np.where(share < border, before, after)]

    def shown(self, moment: datetime) -> pl.DataFrame:
        """The table of the leads at a ``moment``, by id: with the columns of the example, and its types."""
        there = self.lives.filter(happened("came_in", moment) & ~happened("gone", moment))
        wrong = there.select(self._is_faulty(moment)).to_series()
        label = pl.col("is_converted") ^ happened("corrected", moment).cast(pl.Int64)
        shown = there.with_columns(
            created_at="came_in",
            updated_at=self._updated(moment),
            is_converted=pl.when(settled(moment)).then(label),
            closed_at=pl.when(settled(moment)).then(closed_at(moment)),
            expected_timeline=pl.when(~EARLY | happened("edited", moment)).then("expected_timeline"),
            bant_submit=pl.when(wrong | is_spoiled(moment)).then(IMPOSSIBLE).otherwise("bant_submit"),
        )
        return shown.drop(*EVENTS).sort("lead_id")

    def _updated(self, moment: datetime) -> pl.Expr:
        """The time of the last change that left one."""
        always = dict.fromkeys(("came_in", "edited", "reopened", "again"), pl.lit(True))
        told = always | {"mended": spoilable(), "revealed": ~pl.col("silent")}
        times = [pl.when(happened(name, moment) & seen).then(name) for name, seen in told.items()]
        if self.faulty is not None:
            was = self._hit(self.night(self.faulty)) & ~settled(moment)
            days = (self.night(night) - DAY / 2 for night in (self.faulty, self.faulty + 1))
            times += [pl.when(was & pl.lit(day <= moment)).then(pl.lit(day)) for day in days]
        return pl.max_horizontal(times)

    def _is_faulty(self, moment: datetime) -> pl.Expr:
        """Whether the lead has an impossible value by the faulty import."""
        if self.faulty is None or not self.night(self.faulty) - DAY / 2 <= moment < self.night(self.faulty) + DAY / 2:
            return pl.lit(False)
        return self._hit(self.night(self.faulty)) & ~settled(moment)

    def _hit(self, night: datetime) -> pl.Expr:
        return (pl.col("lead_id") % 2 == 0) & (pl.col("came_in") <= night - DAY / 2)


EVENTS = ("came_in", "edited", "closed", "revealed", "silent", "corrected", "reopened", "again", "gone", "mended")


def events(random: Random, n: int) -> list[pl.Expr]:
    """When what happens to each of ``n`` leads beside coming in, being edited and closing; null for never."""

    def after(name: str, days: tuple[float, float], share: float = 1) -> pl.Expr:
        wait = pl.Series((random.uniform(*days, n) * DAY_US).astype(np.int64)).cast(pl.Duration("us"))
        chosen = pl.Series(random.random(n) < share)
        return pl.when(pl.lit(chosen)).then(pl.col(name) + pl.lit(wait))

    lost = pl.col("is_converted") == 0
    revealed = pl.coalesce(after("closed", LATE_DAYS, LATE_SHARE), "closed")
    reopened = pl.when(lost).then(after("closed", (31, 60), REOPENED_SHARE))
    return [
        revealed.alias("revealed"),
        pl.lit(pl.Series(random.random(n) < SILENT_SHARE)).alias("silent"),
        after("closed", (61, 90), CORRECTED_SHARE).alias("corrected"),
        reopened.alias("reopened"),
        (reopened + pl.duration(days=20)).alias("again"),
        after("came_in", (5, 200), GONE_SHARE).alias("gone"),
        after("came_in", MENDED_DAYS).alias("mended"),
    ]


def drifting(leads: pl.DataFrame, random: Random) -> pl.DataFrame:
    """The leads, oldest first, with descriptions that grow, and with a business unit that is new."""
    share = pl.int_range(pl.len()) / pl.len()
    moved = pl.lit(pl.Series(random.random(leads.height))) < share - NEW_UNIT_FROM
    return leads.with_columns(
        lead_desc_length=(pl.col("lead_desc_length") * (1 + share)).cast(pl.Int64),
        business_unit=pl.when(moved).then(pl.lit(NEW_UNIT)).otherwise("business_unit"),
    )


def happened(event: str, moment: datetime) -> pl.Expr:
    return (pl.col(event) <= moment).fill_null(False)


def settled(moment: datetime) -> pl.Expr:
    """Whether the lead shows an outcome."""
    return (happened("revealed", moment) & ~happened("reopened", moment)) | happened("again", moment)


def closed_at(moment: datetime) -> pl.Expr:
    """When it was closed, the last time."""
    return pl.when(happened("again", moment)).then("again").otherwise("closed")


def spoilable() -> pl.Expr:
    return pl.col("lead_id") % SPOILED_EVERY == 0


def is_spoiled(moment: datetime) -> pl.Expr:
    """Whether it still has its impossible value, of which nobody has taken note."""
    return spoilable() & ~happened("mended", moment) & ~settled(moment)
