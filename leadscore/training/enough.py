"""Whether there is enough to learn from, and if not, when there will be."""

from datetime import datetime, timedelta

import polars as pl

from leadscore.errors import NotEnoughLeads
from leadscore.features.history import KNOWN_AT, known_at
from leadscore.sections import Training

LATELY = 8.0  # weeks by which the present rate is told
FAR = 520.0  # weeks from which on a forecast is none


def require_enough(lives: pl.DataFrame, training: Training, as_of: datetime, maturity_days: float | None) -> None:
    """Raise NotEnoughLeads if of ``lives`` with a known outcome there are too few, or too few conversions."""
    n, won = lives.height, int(lives["label"].sum())
    missing = {"leads": max(training.min_leads - n, 0), "conversions": max(training.min_conversions - won, 0)}
    if any(missing.values()):
        told = " and ".join(f"{short:,} {what}" for what, short in missing.items() if short)
        raise NotEnoughLeads(
            f"{n:,} leads with a known outcome, {won:,} of them conversions; training needs {training.min_leads:,} and"
            f" {training.min_conversions:,}: {told} are missing.{_when(lives, missing, as_of, maturity_days)}",
            "wait for more closed leads, or lower training.min_leads and training.min_conversions.",
        )


def _when(lives: pl.DataFrame, missing: dict[str, int], as_of: datetime, maturity_days: float | None) -> str:
    """A sentence on when there will be enough at the present rate; none without times."""
    rates = weekly(lives, as_of, maturity_days)
    if rates is None:
        return ""
    weeks = max((short / rates[what] if rates[what] else FAR) for what, short in missing.items() if short)
    pace = f"{rates['leads']:.3g} leads and {rates['conversions']:.3g} conversions a week"
    if weeks >= FAR:
        return f" At the present rate, {pace}, that takes more than ten years."
    return f" At the present rate, {pace}, there will be enough about {as_of + timedelta(weeks=weeks):%Y-%m-%d}."


def weekly(lives: pl.DataFrame, as_of: datetime, maturity_days: float | None) -> dict[str, float] | None:
    """Leads and conversions whose outcome became known, a week, over the last weeks; None without any time.

    Of a lead without a closing time the creation counts.
    """
    times = known_at(lives, maturity_days).select("label", at=pl.coalesce(KNOWN_AT, "created_at")).drop_nulls()
    first = times["at"].min()
    if not isinstance(first, datetime):
        return None
    weeks = min(max((as_of - first) / timedelta(weeks=1), 1.0), LATELY)
    lately = times.filter(pl.col("at") >= as_of - timedelta(weeks=weeks))
    return {"leads": lately.height / weeks, "conversions": float(lately["label"].sum()) / weeks}
