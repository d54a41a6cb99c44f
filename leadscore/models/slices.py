"""How good probabilities are on parts of the leads, and on other leads with another mix of these parts."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.models.curve import Array, Labels
from leadscore.models.metrics import Measures, Probability, measure

LARGEST = 8  # slices of a column
MIN_LEADS = 50  # of a slice that is judged
MIN_EACH = 10  # leads of each outcome in it
MISSING = "missing"


class Slice(BaseModel):
    """The leads that have this ``name`` in a ``column``; without ``measures`` where they are too few to judge."""

    model_config = ConfigDict(frozen=True)

    column: str
    name: str
    n: int
    conversions: int
    measures: Measures | None


def slices(
    named: Mapping[str, Sequence[str | None]], converted: Labels, probability: Probability, cutoff: float, *, seed: int
) -> tuple[Slice, ...]:
    """Judge ``probability`` (n,) by the slice names (n,) of each column: its eight largest slices, largest first."""
    return tuple(
        _slice(column, name, converted[rows], probability[rows], cutoff, seed)
        for column, names in named.items()
        for name, rows in _largest(names)
    )


def by_history(lives: pl.DataFrame, known: pl.DataFrame) -> list[str] | None:
    """Slice names (n,) of leads by their ``lives``: whether the leads that are ``known`` had their account and owner.

    None where no known lead has either. A lead without an account is of one not seen.
    """
    roles = {"account": "account_id", "owner": "owner_id"}
    told = [_seen(what, lives[role], known[role]) for what, role in roles.items() if not known[role].is_null().all()]
    return pl.select(pl.concat_str(told, separator=", ")).to_series().to_list() if told else None


def by_month(created_at: pl.Series) -> list[str | None]:
    """Slice names (n,) by the month in which leads came in, such as 2026-03."""
    return created_at.dt.strftime("%Y-%m").to_list()


def enough(converted: Labels) -> bool:
    """Whether leads with these outcomes (n,) are enough to be judged alone."""
    n, conversions = len(converted), int(converted.sum())
    return n >= MIN_LEADS and MIN_EACH <= conversions <= n - MIN_EACH


def weighted_to(holdout: Sequence[str | None], open_leads: Sequence[str | None]) -> tuple[Array, float]:
    """The weight (n,) of each held-out lead by which their mix of slices is that of the open leads.

    Also the share of the open leads whose slice the holdout has: nothing is known of the others, and where it is 0
    all weights are. The mean of the weights is that share.
    """
    held, pipeline = Counter(holdout), Counter(open_leads)
    weight = np.array([pipeline[name] / held[name] for name in holdout]) * len(holdout) / max(len(open_leads), 1)
    return weight, float(weight.mean())


def _largest(names: Sequence[str | None]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Each slice with its rows (n,), equally large ones by name."""
    told = np.array([MISSING if name is None else name for name in names], dtype=object)
    counted = sorted(Counter(told).items(), key=lambda each: (-each[1], each[0]))
    return [(name, told == name) for name, _ in counted[:LARGEST]]


def _slice(column: str, name: str, converted: Labels, probability: Probability, cutoff: float, seed: int) -> Slice:
    measures = measure(converted, probability, cutoff, seed=seed) if enough(converted) else None
    return Slice(column=column, name=name, n=len(converted), conversions=int(converted.sum()), measures=measures)


def _seen(what: str, each: pl.Series, known: pl.Series) -> pl.Series:
    seen = each.is_in(known.drop_nulls().unique().implode()).fill_null(False)
    return pl.select(pl.when(seen).then(pl.lit(f"{what} seen")).otherwise(pl.lit(f"{what} not seen"))).to_series()
