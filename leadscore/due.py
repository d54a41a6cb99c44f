"""Which leads are open, known or due, found by comparing a scan of the source with what the store holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from leadscore.validate.rules import KEY_RULES

OUTCOME = ["lead_id", "account_id", "owner_id", "created_at", "closed_at", "label"]
VERSION = ["lead_updated_at", "row_hash"]  # one of the two tells whether a lead changed; compared, never ordered


@dataclass(frozen=True)
class Stored:
    """What the store holds of each lead, as narrow as comparing needs.

    ``scores``: lead_id, model_version, rules_version and VERSION. ``quarantine``: the same, run_id and row_number.
    ``outcomes``: OUTCOME and ``vanished``, of leads that were no longer in the source.
    """

    scores: pl.DataFrame
    quarantine: pl.DataFrame
    outcomes: pl.DataFrame


@dataclass(frozen=True)
class Compared:
    """What a scan says about some leads: all with ids up to one, and above that of those before.

    ``open_leads``, by id: ``first`` tells those without a present score, ``due`` those to score by what is stored of
    them, ``held`` those that are in quarantine as they are. ``bad_keys``: rows without an id, with an id that occurs
    again or with an unreadable label or time. ``gone``: ids that leave the scores. ``settled``: quarantine rows that
    leave. ``outcomes``: leads whose outcome is new or changed; ``before``: these as they are stored, and what else
    leaves: ids ``reopened``, and ids ``vanished`` from the source. ``newest``: when the latest lead came in; a time to
    come is a slip and does not count.
    """

    n_in_source: int
    open_leads: pl.DataFrame
    bad_keys: pl.DataFrame
    gone: pl.DataFrame
    settled: pl.DataFrame
    outcomes: pl.DataFrame
    before: pl.DataFrame
    reopened: pl.DataFrame
    vanished: pl.DataFrame
    newest: datetime | None


def is_open(as_of: datetime, maturity_days: float | None) -> pl.Expr:
    """Whether a lead's outcome is still to come: no label, or lost but younger than the maturity window."""
    if maturity_days is None:
        return pl.col("label").is_null()
    young = pl.col("created_at") > as_of - timedelta(days=maturity_days)
    return pl.col("label").is_null() | ((pl.col("label") == 0) & young.fill_null(False))


def was_open(as_of: datetime, maturity_days: float | None) -> pl.Expr:
    """Whether the lead was there at ``as_of``, in the past, and its outcome still to come, as far as is known now."""
    there = pl.col("created_at").fill_null(as_of) <= as_of
    return there & (is_open(as_of, maturity_days) | (pl.col("closed_at") > as_of).fill_null(False))


def is_known(as_of: datetime, maturity_days: float | None) -> pl.Expr:
    """Whether the outcome was known at ``as_of``."""
    seen = pl.col("created_at").fill_null(as_of) <= as_of
    closed = pl.col("closed_at").fill_null(as_of) <= as_of
    return ~is_open(as_of, maturity_days) & seen & closed


def split_keys(scan: pl.DataFrame, id_column: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The leads with a sound key, label and times, and the rows without, with their ``failures`` in JSON."""
    rule = pl.coalesce(pl.when(fails).then(pl.lit(name)) for name, fails in KEY_RULES.items())
    judged = scan.with_columns(rule=rule)
    sound = pl.col("rule").is_null()
    column = pl.when(rule="life_readable").then("unreadable").otherwise(pl.lit(id_column))
    failure = pl.struct("rule", column=column, value=pl.lit(None, dtype=pl.String)).struct.json_encode()
    bad = judged.filter(~sound).with_columns(failures=pl.format("[{}]", failure))
    return judged.filter(sound).drop("rule"), bad.drop("rule")


def still(chunk: pl.DataFrame, stands: pl.Expr) -> pl.Series:
    """Which of the fetched lives are as the scan found them: unique, readable, and standing as they did (a mask).

    The others changed in between: the next scan finds them again.
    """
    sound = ~pl.any_horizontal(*KEY_RULES.values())
    return chunk.select((sound & stands).alias("still")).to_series()


def compare(
    sound: pl.DataFrame,
    bad_keys: pl.DataFrame,
    stored: Stored,
    *,
    as_of: datetime,
    maturity_days: float | None,
    model_version: str,
    rules_version: str,
    full: bool,
) -> Compared:
    """Hold a range of the scan, its keys split by `split_keys`, against what is stored of the same ids."""
    is_open_now = is_open(as_of, maturity_days)
    known = sound.filter(~is_open_now)
    there = stored.outcomes.filter(~pl.col("vanished"))
    outcomes = known.select(OUTCOME).join(there, on=OUTCOME, how="anti", nulls_equal=True)
    reopened = stored.outcomes.select("lead_id").join(sound.filter(is_open_now), on="lead_id", how="semi")
    vanished = there.select("lead_id").join(sound, on="lead_id", how="anti")
    moved = pl.concat([outcomes.select("lead_id"), reopened, vanished])
    current = {"model_version": model_version, "rules_version": rules_version}
    open_leads = marked(sound.filter(is_open_now).sort("lead_id"), stored, current, full)
    return Compared(
        n_in_source=sound.height + bad_keys.height,
        open_leads=open_leads,
        bad_keys=bad_keys,
        gone=stored.scores.select("lead_id").join(open_leads, on="lead_id", how="anti"),
        settled=stored.quarantine.join(open_leads.filter("held"), on="lead_id", how="anti").select(
            "run_id", "row_number"
        ),
        outcomes=outcomes,
        before=there.select(OUTCOME).join(moved, on="lead_id", how="semi"),
        reopened=reopened,
        vanished=vanished,
        newest=newest(sound.filter(pl.col("created_at") <= as_of)),
    )


def marked(opened: pl.DataFrame, stored: Stored, current: Mapping[str, str], full: bool) -> pl.DataFrame:
    """The open leads of a range with ``first``, ``due`` and ``held``; ``current`` are the versions that score them."""
    return opened.with_columns(
        first=~pl.col("lead_id").is_in(stored.scores["lead_id"].implode()),
        due=pl.lit(full) | ~_seen(opened, stored.scores.filter(**current)),
        held=pl.lit(not full) & _seen(opened, stored.quarantine.filter(**current)),
    )


def look_back(sound: pl.DataFrame, bad_keys: pl.DataFrame, *, as_of: datetime, maturity_days: float | None) -> Compared:
    """All of a range that were open at ``as_of``, in the past: they are scored, and nothing else changes."""
    opened = sound.filter(was_open(as_of, maturity_days)).sort("lead_id")
    nobody = opened.clear()
    return Compared(
        n_in_source=sound.height + bad_keys.height,
        open_leads=opened.with_columns(first=pl.lit(False), due=pl.lit(True), held=pl.lit(False)),
        bad_keys=bad_keys,
        gone=nobody,
        settled=nobody,
        outcomes=nobody,
        before=nobody,
        reopened=nobody,
        vanished=nobody,
        newest=newest(sound.filter(pl.col("created_at") <= as_of)),
    )


def newest(leads: pl.DataFrame) -> datetime | None:
    """When the latest of ``leads`` came in."""
    latest = leads["created_at"].max()
    return latest if isinstance(latest, datetime) else None


def _seen(leads: pl.DataFrame, stored: pl.DataFrame) -> pl.Series:
    """Which of ``leads`` are ``stored`` in exactly this version (a mask)."""
    numbered = leads.select("lead_id", *VERSION).with_row_index("place")
    found = numbered.join(stored, on=["lead_id", *VERSION], how="semi", nulls_equal=True)
    return numbered["place"].is_in(found["place"].implode())
