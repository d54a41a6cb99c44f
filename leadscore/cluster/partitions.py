"""A partition of the known leads as a worker makes it: read from the database, and prepared as the sample was."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.cluster.ordered import unpacked
from leadscore.due import is_known
from leadscore.features.counts import Counts, Part
from leadscore.features.inputs import Input, Inputs
from leadscore.features.merged import Merged
from leadscore.job import open_unheld
from leadscore.models.split import Rows
from leadscore.schema import Schema
from leadscore.settings import Settings
from leadscore.store.snapshots import matured
from leadscore.store.source import Chunk
from leadscore.training.copies import once
from leadscore.training.known import is_mature, unchanged
from leadscore.training.lessons import Side, as_held
from leadscore.training.prepare import Known, identifying
from leadscore.training.snapshots import as_inputs_say
from leadscore.validate.masks import failures
from leadscore.validate.rules import Rules

Matrix32 = NDArray[np.float32]


@dataclass(frozen=True)
class Syllabus:
    """How known leads become training leads, as it was settled by the sample, and from when on leads are held out."""

    settings: Settings
    as_of: datetime
    maturity_days: float | None
    schema: Schema
    rules: Rules
    inputs: Inputs
    filed_later: tuple[Any, ...]
    as_first_scored: bool
    copies_count: bool
    held_from: datetime

    @classmethod
    def of(cls, known: Known, settings: Settings, as_of: datetime) -> Self:
        assert known.order is not None, "partitions are of leads in time"
        held_from = known.leads.lives["created_at"][known.split.holdout].min()
        assert isinstance(held_from, datetime), "the latest leads have a time"
        return cls(
            settings=settings,
            as_of=as_of,
            maturity_days=known.inputs.maturity_days,
            schema=known.schema,
            rules=known.rules,
            inputs=known.inputs,
            filed_later=tuple(known.filed_later),
            as_first_scored=known.n_snapshots > 0,
            copies_count=known.copies is None or known.copies.coarse,
            held_from=held_from,
        )


@dataclass(frozen=True)
class Partition:
    """Training leads as the feature map reads them, with their outcomes (n,).

    ``rows`` are those of the fit on the leads before the holdout, and those of the fit on all: without copies.
    """

    leads: pl.DataFrame
    converted: NDArray[np.int64]
    rows: tuple[Rows, Rows]
    seed: int

    def part(self, fit: int) -> Part:
        """The leads of the first or the second fit."""
        rows = self.rows[fit]
        return Part.of(self.leads[rows], self.converted[rows], self.seed)


def read(syllabus: Syllabus, keys: bytes, number: int) -> Partition:
    """Read the leads with these `packed` ``keys`` from the source, and prepare them."""
    settings, ids = syllabus.settings, unpacked(keys)["lead_id"]
    with ExitStack() as opened:
        job = open_unheld(settings, syllabus.as_of, opened)
        known = unchanged(job.source, ids, is_known(syllabus.as_of, syllabus.maturity_days))
        then = matured(job.store, ids) if syllabus.as_first_scored else None
    raw, side = prepared(syllabus, known, then)
    frame = syllabus.inputs.frame(syllabus.inputs.readings.read(side.leads), side.lives, known.lives)
    identity = None if syllabus.copies_count else identifying(raw, side, settings)
    return Partition(frame, side.converted, rows_of(syllabus, identity, side), settings.training.seed + number)


def prepared(syllabus: Syllabus, known: Chunk, then: pl.DataFrame | None) -> tuple[pl.DataFrame, Side]:
    """The leads to learn from, as they are stored and as they are read: old enough, and without those set aside."""
    mature = known.lives.select(is_mature(syllabus.as_of, syllabus.maturity_days)).to_series()
    raw, lives = known.raw.filter(mature), known.lives.filter(mature)
    leads = syllabus.schema.conform(raw)
    if then is not None:
        inputs = lives.select("lead_id").join(then, on="lead_id", how="left", maintain_order="left")["inputs"]
        leads = as_inputs_say(leads, inputs)
        lives = as_held(lives, leads, syllabus.settings.leads)
    sound = ~pl.int_range(raw.height, eager=True).is_in(failures(raw, syllabus.schema, syllabus.rules)["row"].implode())
    filed = lives["account_id"].is_in(list(syllabus.filed_later)).fill_null(False)
    kept = (sound & ~filed).arg_true().to_numpy().astype(np.int64)
    return raw[kept], Side(leads, lives)[kept]


def rows_of(syllabus: Syllabus, identity: pl.DataFrame | None, side: Side) -> tuple[Rows, Rows]:
    """The rows of the two fits: before the holdout, and all; of those that are equal in ``identity`` the latest."""
    came_in = side.lives["created_at"]
    every = np.arange(came_in.len())
    before = np.flatnonzero((came_in < syllabus.held_from).fill_null(True).to_numpy())
    if identity is None:
        return before, every
    first, last = (
        rows[once(identity[rows], side.converted[rows], came_in.to_numpy()[rows], most=1).rows]
        for rows in (before, every)
    )
    return first, last


def count(partition: Partition, fit: int, inputs: tuple[Input, ...]) -> Counts:
    """What a fit learns features from."""
    return Counts.of(partition.part(fit), inputs)


def learned(partition: Partition, merged: Merged, fit: int, inputs: tuple[Input, ...]) -> Matrix32:
    """The training features of a fit, in the precision of the boosters."""
    return merged.matrix(partition.part(fit), inputs).astype(np.float32)


def outcomes(partition: Partition, fit: int) -> NDArray[np.int64]:
    """The outcomes of the leads of a fit."""
    return partition.converted[partition.rows[fit]]


def size(partition: Partition, fit: int) -> int:
    """How many leads a fit learns from."""
    return len(partition.rows[fit])
