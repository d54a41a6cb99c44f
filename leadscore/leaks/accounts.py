"""Accounts that are all of one outcome: buckets that leads are filed under once it is known."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.leaks.findings import CERTAIN, Finding
from leadscore.models.split import CATCH_ALL

Labels = NDArray[np.int64]


def one_label_accounts(account: pl.Series, converted: Labels) -> pl.Series:
    """The ids of the accounts of more than 100 leads that all have one outcome, beyond chance.

    Leads of one account are alike, so chance is the beta-binomial law with the correlation found within accounts of
    up to 100 leads; by a plain binomial an unlucky reseller of 200 lost leads would be a bucket.
    """
    sizes = (
        pl.DataFrame({"account": account, "converted": converted})
        .drop_nulls()
        .group_by("account")
        .agg(n=pl.len(), won=pl.col("converted").sum())
        .sort("account")
    )
    one_label = (pl.col("won") == 0) | (pl.col("won") == pl.col("n"))
    suspects = sizes.filter((pl.col("n") > CATCH_ALL) & one_label)
    if suspects.is_empty():
        return suspects["account"]
    correlation = within_accounts(sizes.filter(pl.col("n").is_between(2, CATCH_ALL)))
    chance = all_one_label(suspects["n"].to_numpy(), suspects["won"].to_numpy(), converted.mean(), correlation)
    return suspects["account"].filter(pl.Series(chance < CERTAIN))


def within_accounts(sizes: pl.DataFrame) -> float:
    """Correlation of outcomes within accounts (``n`` leads, ``won`` of them converted), 0 to 0.99.

    Over all pairs of leads of one account, each account counting by its leads (W. Ridout, C. Demetrio and D. Firth,
    Estimating intraclass correlation for binary data, Biometrics 55, 1999).
    """
    n, won = sizes["n"].to_numpy().astype(float), sizes["won"].to_numpy().astype(float)
    rate = won.sum() / max(n.sum(), 1)
    if not 0 < rate < 1:
        return 0.0
    both = (won * (won - 1) / (n - 1)).sum() / n.sum()  # chance that a lead and another of its account convert
    return float(np.clip((both - rate**2) / (rate * (1 - rate)), 0, 0.99))


def all_one_label(n: NDArray[np.int64], won: NDArray[np.int64], rate: float, correlation: float) -> NDArray[np.float64]:
    """Probability that ``n`` leads of one account all convert (where ``won`` is n), else that none does."""
    from scipy.special import betaln

    p = np.where(won > 0, rate, 1 - rate)
    if correlation < 1e-9:
        return np.asarray(p**n, np.float64)
    total = (1 - correlation) / correlation
    return np.asarray(np.exp(betaln(p * total + n, (1 - p) * total) - betaln(p * total, (1 - p) * total)), np.float64)


def buckets(account: pl.Series, converted: Labels) -> list[Finding]:
    """What `one_label_accounts` finds, in numbers: an id may be the name of a person."""
    ids = one_label_accounts(account, converted)
    if ids.is_empty():
        return []
    held = account.is_in(ids.implode()).fill_null(False).to_numpy()
    figure = (
        f"{len(ids)} of its values, in more than {CATCH_ALL} leads each, only ever had one outcome: "
        f"{held.sum():,} leads ({held.mean():.1%}), {converted[held].sum():,} of them converted."
    )
    return [Finding(column=account.name, check="one-label account", figure=figure)]
