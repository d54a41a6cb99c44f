"""Which account each lead belongs to, without memory of the leads before.

An account is named by the position of the row that brought it in. One row of every seven founds an account
that will come back; which one follows from a hash, so that rows of any block can refer to it. Two ids are no
accounts at all: a catch-all that hardly ever converts and a bucket in which only converted leads were filed.
"""

import numpy as np

from leadscore.sample.spellings import FloatArray, IntArray

CATCH_ALL, BUCKET = -1, -2
CATCH_ALL_SHARE = 0.13
BUCKET_SHARE, BUCKET_UNTIL = 0.018, 0.7  # of the leads before that share of the time
REPEAT_SHARE = 0.21
NEAR_SHARE, NEAR_ROWS = 0.66, 300.0  # most repeats come soon, the others from the whole past
ROWS_PER_REPEATER = 7


def draw_accounts(rng: np.random.Generator, first: int, when: FloatArray) -> IntArray:
    """Return the account of the rows from position `first` on; `when` [rows] is the share of time gone by."""
    rows = first + np.arange(len(when))
    uniform = rng.random(len(rows)) * (1 - 1 / ROWS_PER_REPEATER)
    bucket_share = np.where(when < BUCKET_UNTIL, BUCKET_SHARE, 0.0)
    borders = np.cumsum([np.full(len(rows), CATCH_ALL_SHARE), bucket_share, np.full(len(rows), REPEAT_SHARE)], axis=0)
    founds = (_repeater(rows) == rows) | (uniform >= borders[2])
    conditions = [founds, uniform < borders[0], uniform < borders[1]]
    return np.select(conditions, [rows, CATCH_ALL, BUCKET], default=_earlier(rng, rows))


def stable_uniform(keys: IntArray, salt: int) -> FloatArray:
    """Hash each key to a number in [0, 1) (SplitMix64): an account looks the same in all its leads."""
    with np.errstate(over="ignore"):
        mixed = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt * 0xD1342543DE82EF95 % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _repeater(rows: IntArray) -> IntArray:
    """The row in each row's group of seven that founds an account with more than one lead."""
    group = rows // ROWS_PER_REPEATER
    return group * ROWS_PER_REPEATER + (stable_uniform(group, 1) * ROWS_PER_REPEATER).astype(np.int64)


def _earlier(rng: np.random.Generator, rows: IntArray) -> IntArray:
    """A returning account for each row, or the row's own where the one picked is not there yet."""
    near = rows - rng.exponential(NEAR_ROWS, len(rows)).astype(np.int64)
    far = (rng.random(len(rows)) * rows).astype(np.int64)
    picked = _repeater(np.maximum(np.where(rng.random(len(rows)) < NEAR_SHARE, near, far), 0))
    return np.where(picked < rows, picked, rows)
