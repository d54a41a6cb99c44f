"""Which leads are open, known or due, found by comparing one scan of the source with what the store holds."""

import hashlib
from collections.abc import Iterator
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
    ``outcomes``: OUTCOME.
    """

    scores: pl.DataFrame
    quarantine: pl.DataFrame
    outcomes: pl.DataFrame


@dataclass(frozen=True)
class Pipeline:
    """What one scan says about the leads.

    ``due``: open leads to score, by id. ``n_open``: open leads with a sound key. ``bad_keys``: rows without an id,
    with an id that occurs again or with an unreadable label or time. ``gone``: ids that leave the scores. ``settled``:
    quarantine rows that leave. ``outcomes``: leads whose outcome is new or changed. ``reopened``: ids that leave
    the outcomes. ``newest``: when the latest lead came in; a time to come is a slip and does not count.
    """

    n_in_source: int
    n_open: int
    due: pl.DataFrame
    bad_keys: pl.DataFrame
    gone: pl.DataFrame
    settled: pl.DataFrame
    outcomes: pl.DataFrame
    reopened: pl.DataFrame
    newest: datetime | None

    def n_missed(self, n_pulled: int) -> int:
        """How many leads changed or vanished while they were read, if so many could be pulled."""
        return self.due.height + self.bad_keys.height - n_pulled


@dataclass(frozen=True)
class Slice:
    """Some of the due ``leads``; ``chunk`` is a digest of them, each in its version, and of what scores them."""

    chunk: str
    leads: pl.DataFrame


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
) -> Pipeline:
    """Hold the scan, its keys split by `split_keys`, against the store."""
    is_open_now = is_open(as_of, maturity_days)
    open_leads = sound.filter(is_open_now).sort("lead_id")
    known = sound.filter(~is_open_now)
    current = {"model_version": model_version, "rules_version": rules_version}
    scored, judged = stored.scores.filter(**current), stored.quarantine.filter(**current)
    due = open_leads if full else _unseen(_unseen(open_leads, scored), judged)
    waiting = open_leads.join(due, on="lead_id", how="anti")
    return Pipeline(
        n_in_source=sound.height + bad_keys.height,
        n_open=open_leads.height,
        due=due,
        bad_keys=bad_keys,
        gone=stored.scores.select("lead_id").join(open_leads, on="lead_id", how="anti"),
        settled=stored.quarantine.join(waiting, on="lead_id", how="anti").select("run_id", "row_number"),
        outcomes=known.select(OUTCOME).join(stored.outcomes, on=OUTCOME, how="anti", nulls_equal=True),
        reopened=stored.outcomes.select("lead_id").join(open_leads, on="lead_id", how="semi"),
        newest=newest(sound.filter(pl.col("created_at") <= as_of)),
    )


def look_back(sound: pl.DataFrame, bad_keys: pl.DataFrame, *, as_of: datetime, maturity_days: float | None) -> Pipeline:
    """All that were open at ``as_of``, in the past: they are scored, and nothing else changes."""
    due = sound.filter(was_open(as_of, maturity_days)).sort("lead_id")
    nobody = due.clear()
    return Pipeline(
        n_in_source=sound.height + bad_keys.height,
        n_open=due.height,
        due=due,
        bad_keys=bad_keys,
        gone=nobody,
        settled=nobody,
        outcomes=nobody,
        reopened=nobody,
        newest=newest(sound.filter(pl.col("created_at") <= as_of)),
    )


def cut(leads: pl.DataFrame, rows: int, *basis: object) -> Iterator[Slice]:
    """``leads`` in slices of ``rows``. ``basis`` is what scores them: the model, the rules, the settings."""
    for part in leads.iter_slices(rows):
        content = repr(basis).encode() + part.write_csv().encode()
        yield Slice(hashlib.blake2b(content, digest_size=16).hexdigest(), part)


def newest(leads: pl.DataFrame) -> datetime | None:
    """When the latest of ``leads`` came in."""
    latest = leads["created_at"].max()
    return latest if isinstance(latest, datetime) else None


def _unseen(leads: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Those of ``leads`` that ``seen`` does not hold in exactly this version."""
    return leads.join(seen, on=["lead_id", *VERSION], how="anti", nulls_equal=True)
