"""What happens on which night of a soak."""

import random
from dataclasses import dataclass

import polars as pl

from soak.crm import Crm
from soak.world import World

WEEK = 7
FULL_EVERY, PROCESSES_EVERY, HISTORY_EVERY = 20, 50, 25  # nights
HISTORY_DAYS = 14  # that every change is kept
ADDED, RENAMED, RETYPED = "campaign", ("customer_job", "job_title"), "lead_desc_length"
BROKEN_NIGHTS = 2
CAMPAIGNS = ("spring", "fair", "webinar")


@dataclass(frozen=True)
class Plan:
    """So many ``nights``, in which ``first`` leads become ``leads``; a retrain before them, then one each week.

    On the night ``added`` there is a new column; from ``renamed`` on one has another name and from ``retyped`` on
    another type, for two nights each; on the night ``faulty`` half of the open leads have an impossible value. So many
    nights and retrains are ``killed`` at a moment of chance and started again.
    """

    nights: int
    first: int
    leads: int
    killed_nights: int
    killed_retrains: int = 0
    added: int | None = None
    renamed: int | None = None
    retyped: int | None = None
    faulty: int | None = None

    @property
    def world(self) -> World:
        return World(self.leads, self.first, self.nights, self.faulty)

    @property
    def retrains(self) -> list[int]:
        """The nights before which a model is trained, beside the first one."""
        return list(range(WEEK, self.nights + 1, WEEK))

    def is_broken(self, night: int) -> bool:
        """Whether the model cannot read the table."""
        return any(start is not None and 0 <= night - start < BROKEN_NIGHTS for start in (self.renamed, self.retyped))

    def killed(self, chance: random.Random) -> tuple[list[int], list[int]]:
        """Which nights, and which retrains."""
        sound = [night for night in range(1, self.nights + 1) if not self.is_broken(night) and night != self.faulty]
        return chance.sample(sound, self.killed_nights), chance.sample(self.retrains, self.killed_retrains)

    def change_columns(self, crm: Crm, night: int) -> None:
        """What becomes of the columns of the table on this night."""
        if night == self.added:
            crm.add(ADDED, pl.String())
        if self.renamed is not None and night in (self.renamed, self.renamed + BROKEN_NIGHTS):
            crm.rename(*(RENAMED if night == self.renamed else reversed(RENAMED)))
        if self.retyped is not None and night in (self.retyped, self.retyped + BROKEN_NIGHTS):
            crm.retype(RETYPED, pl.String() if night == self.retyped else pl.Int64())

    def as_stored(self, leads: pl.DataFrame, columns: pl.Schema, world: World) -> pl.DataFrame:
        """The ``leads`` in the ``columns`` that the table has now."""
        if ADDED in columns and self.added is not None:
            since = pl.col("created_at") >= world.night(self.added)
            named = (pl.col("lead_id") % len(CAMPAIGNS)).replace_strict(dict(enumerate(CAMPAIGNS)))
            leads = leads.with_columns(pl.when(since).then(named).alias(ADDED))
        old, new = RENAMED
        return (leads.rename({old: new}) if new in columns else leads).select(
            pl.col(name).cast(type_) for name, type_ in columns.items()
        )
