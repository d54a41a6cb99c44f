"""The example table itself: leads in order of creation, with outcomes, dates and true probabilities."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from leadscore.sample.draws import Codes, draw_codes
from leadscore.sample.fields import write_fields
from leadscore.sample.spellings import BoolArray, FloatArray, IntArray
from leadscore.sample.truth import POSITIVE_SHARE, Truth, make_truth, thinned

SPAN = timedelta(days=730)
BLOCK_ROWS = 25_000
LATEST_FROM = 0.8

SHIFTED_SHARE = 1 / 3
#: Share of negatives let through under the shift, so that `SHIFTED_SHARE` of what is left converts.
KEEP = POSITIVE_SHARE * (1 - SHIFTED_SHARE) / (SHIFTED_SHARE * (1 - POSITIVE_SHARE))
OVERDRAW = 7  # candidates per lead under the shift; a fifth of them is let through
LEAST_DRAWN = 200  # leads' worth of candidates in a small block, against bad luck

COPY_SHARE, SAME_OUTCOME_SHARE = 0.067, 0.9
COPY_WITHIN = 200  # rows
DAYS_TO_WIN, DAYS_TO_LOSE = 14.0, 38.0  # medians
DAYS_SPREAD = 1.2  # of the logarithm


class _Block(NamedTuple):
    """Rows `first` to `first` + `rows` of the table, and whether they lie in the latest fifth."""

    number: int
    first: int
    rows: int
    latest: bool


def example_leads(
    n: int, *, seed: int, end: datetime, prior_shift: bool = False, chunk_rows: int = 50_000
) -> Iterator[pl.DataFrame]:
    """Yield `n` example leads in frames of `chunk_rows`, oldest first, created in the two years before `end`.

    Columns: `lead_id` (1 to n), the 28 fields, `is_converted` (the outcome, of open leads too), `created_at`,
    `updated_at`, `closed_at` (naive UTC; may lie after `end`) and `true_probability`, which is exactly
    P(convert | what the fields show): take it off before the leads go anywhere. With `prior_shift` the latest
    fifth has lost most of its negatives at random, so that a third converts and nothing else changes. The
    same arguments give the same leads, whatever `chunk_rows`. Memory does not grow with `n`.
    """
    truth = make_truth(seed)
    blocks = (_leads(truth, block, n, end, shifted=prior_shift and block.latest) for block in _blocks(n))
    yield from _rechunked(blocks, chunk_rows)


def _blocks(n: int) -> Iterator[_Block]:
    border = int(LATEST_FROM * n)
    number = 2  # the world itself has the streams 0 and 1
    for start, stop, latest in ((0, border, False), (border, n, True)):
        for first in range(start, stop, BLOCK_ROWS):
            yield _Block(number, first, min(BLOCK_ROWS, stop - first), latest)
            number += 1


def _rechunked(frames: Iterator[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    held = pl.DataFrame()
    for frame in frames:
        held = pl.concat([held, frame]) if held.height else frame
        while held.height >= rows:
            yield held.head(rows)
            held = held.slice(rows)
    if held.height:
        yield held


def _leads(truth: Truth, block: _Block, n: int, end: datetime, *, shifted: bool) -> pl.DataFrame:
    rng = np.random.default_rng([truth.world.seed, block.number])
    draw = _draw_shifted if shifted else _draw
    codes, when, p, converted = draw(truth, rng, block, n)
    fields = write_fields(truth.world, rng, codes, when)
    source, redrawn = _sources(rng, block.rows)
    p, converted = p[source], converted[source]
    converted = np.where(redrawn, rng.random(block.rows) < p, converted)
    return pl.DataFrame(
        {
            "lead_id": block.first + 1 + np.arange(block.rows),
            **fields[source].to_dict(),
            "is_converted": converted.astype(np.int64),
            **_dates(rng, block, n, end, converted),
            "true_probability": p,
        }
    )


def _draw(
    truth: Truth, rng: np.random.Generator, block: _Block, n: int
) -> tuple[Codes, FloatArray, FloatArray, BoolArray]:
    """Draw a block's leads: codes, share of the time gone by, probability, outcome."""
    when = (block.first + np.arange(block.rows)) / n
    codes = draw_codes(truth.world, rng, block.first, when)
    p = truth.probability(codes)
    return codes, when, p, rng.random(block.rows) < p


def _draw_shifted(
    truth: Truth, rng: np.random.Generator, block: _Block, n: int
) -> tuple[Codes, FloatArray, FloatArray, BoolArray]:
    """Draw as `_draw` does from a longer stream of leads, and let only some of the negatives through."""
    border = int(LATEST_FROM * n)
    count = OVERDRAW * max(block.rows, LEAST_DRAWN)
    when = (block.first + np.linspace(0, block.rows, count, endpoint=False)) / n
    codes = draw_codes(truth.world, rng, border + OVERDRAW * (block.first - border), when)
    p = truth.probability(codes)
    converted = rng.random(count) < p
    kept = np.flatnonzero(converted | (rng.random(count) < KEEP))[: block.rows]
    return (
        {name: code[kept] for name, code in codes.items()},
        when[kept],
        thinned(p[kept], KEEP),
        converted[kept],
    )


def _sources(rng: np.random.Generator, rows: int) -> tuple[IntArray, BoolArray]:
    """The row whose fields each row shows, mostly its own, and whether a copy has an outcome of its own."""
    own = np.arange(rows)
    lag = rng.integers(1, COPY_WITHIN + 1, rows)
    copies = (rng.random(rows) < COPY_SHARE) & (lag <= own)
    source = np.where(copies, own - lag, own)
    # A copy of a copy shows what the first one did: follow the links to their ends.
    while (source != source[source]).any():
        source = source[source]
    return source, copies & (rng.random(rows) >= SAME_OUTCOME_SHARE)


def _dates(
    rng: np.random.Generator, block: _Block, n: int, end: datetime, converted: BoolArray
) -> dict[str, pl.Series]:
    """Created evenly over the span, closed by a long-tailed lag, updated in between and before `end`."""
    age = 1 - (block.first + np.arange(block.rows) + rng.random(block.rows)) / n
    days_old = age * SPAN.days
    median = np.where(converted, DAYS_TO_WIN, DAYS_TO_LOSE)
    days_open = median * np.exp(rng.normal(0.0, DAYS_SPREAD, block.rows))
    updated = rng.random(block.rows) * np.minimum(days_open, days_old)
    dates = {"created_at": -days_old, "updated_at": updated - days_old, "closed_at": days_open - days_old}
    return {name: _after(end, days) for name, days in dates.items()}


def _after(end: datetime, days: FloatArray) -> pl.Series:
    microseconds = pl.Series((days * 86_400e6).astype(np.int64))
    return end + microseconds.cast(pl.Duration("us"))
