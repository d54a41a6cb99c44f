"""Leads to be explored, made by hand."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from leadscore.explore.leads import Explored
from leadscore.reading.readings import Readings
from leadscore.schema import Schema

NOW = datetime(2026, 1, 1)
DAY = timedelta(days=1)


def lives(n: int, **columns: Any) -> pl.DataFrame:
    """The lives of ``n`` leads, of which nothing is known but what ``columns`` say."""
    nothing = {
        "lead_id": pl.Series(range(1, n + 1)),
        "account_id": pl.Series([None] * n, dtype=pl.Int64),
        "owner_id": pl.Series([None] * n, dtype=pl.Int64),
        "label": pl.Series([None] * n, dtype=pl.Int8),
        "created_at": pl.Series([None] * n, dtype=pl.Datetime("us")),
        "closed_at": pl.Series([None] * n, dtype=pl.Datetime("us")),
    }
    given = {name: pl.Series(name, values, dtype=nothing[name].dtype) for name, values in columns.items()}
    found = pl.DataFrame(nothing | given)
    return found.with_columns(outcome="label", open=pl.col("label").is_null())


def explored(raw: pl.DataFrame, of: pl.DataFrame, **changes: Any) -> Explored:
    """The leads of ``raw`` with these lives, all of them in the sample."""
    account, owner = changes.get("account"), changes.get("owner")
    identifiers = [name for name in (account, owner) if name]
    schema = Schema.infer(raw, dict.fromkeys(raw.columns), categories=identifiers, kinds={}, missing=[])
    conformed = schema.conform(raw)
    readings = Readings.infer(conformed, schema, identifiers=identifiers, read_as={}, tables=None)
    whole = {
        "as_of": NOW,
        "lives": of,
        "unsound": 0,
        "sampled": of,
        "raw": raw,
        "read": readings.read(conformed),
        "schema": schema,
        "readings": readings,
        "maturity_days": None,
        "account": account,
        "owner": owner,
        "timezone": "UTC",
        "excluded": 0,
    }
    return Explored(**(whole | changes))


@cache
def funnel(n: int = 400, **texts: str) -> Explored:
    """Leads of two years: a size that tells the outcome, gaps that tell it, too, a country, sellers and accounts.

    ``texts`` are further columns of one value each and a few others.
    """
    rng = np.random.default_rng(1)
    size = np.round(np.exp(rng.normal(3, 1, n)), 1)
    won = (rng.random(n) < 0.1 + 0.5 * (size > 25)).astype(int)
    known = rng.random(n) < 0.8
    created = [NOW - DAY * float(days) for days in rng.uniform(1, 700, n)]
    closed = [
        at + DAY * float(days) if there else None
        for at, days, there in zip(created, rng.exponential(20, n), known, strict=True)
    ]
    owner = rng.integers(1, 30, n)
    raw = pl.DataFrame(
        {
            "size": size,
            "twice_the_size": size * 2,
            "budget": [float(s) if rng.random() < 0.4 + 0.5 * w else None for s, w in zip(size, won, strict=True)],
            "customer_country": rng.choice(["Germany", "South Korea", "Brazil", "//India", "Chile"], n).tolist(),
            "customer_type": rng.choice(["End Customer", "Service Partner", "End-Customer", None], n).tolist(),
            "expected_timeline": rng.choice(
                ["less than 3 months", "more than a year", "45 days", "budget pending"], n
            ).tolist(),
            "seller": owner.tolist(),
            "note": [f"Lead {i} of somebody who wrote a long sentence about what is wanted, {i}" for i in range(n)],
            **{name: rng.choice([text, text, "other text"], n).tolist() for name, text in texts.items()},
        }
    )
    of = lives(
        n,
        account_id=rng.integers(1, n // 2, n).tolist(),
        owner_id=owner.tolist(),
        label=[int(w) if k else None for w, k in zip(won, known, strict=True)],
        created_at=created,
        closed_at=closed,
    )
    return explored(raw, of, owner="seller")


@cache
def bare(n: int = 30) -> Explored:
    """Leads of which nobody knows an outcome, a time, an account, a seller or a place."""
    return explored(pl.DataFrame({"size": [float(i % 7) for i in range(n)]}), lives(n))
