"""Which leads are open, known or due, found by comparing one scan of the source with what the store holds."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from leadscore.features.history import KNOWN_AT, known_at
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
class Pipeline:
    """What one scan says about the leads.

    ``due``: open leads to score, by id; ``first`` tells those without a present score, ``late`` those to whose account
    history tonight adds (see `_with_late`). ``n_open``: open leads with a sound key. ``bad_keys``: rows without an id,
    with an id that occurs again or with an unreadable label or time. ``gone``: ids that leave the scores. ``settled``:
    quarantine rows that leave. ``outcomes``: leads whose outcome is new or changed. ``reopened``: ids that leave the
    outcomes. ``vanished``: ids of outcomes whose leads have left the source. ``newest``: when the latest lead came in;
    a time to come is a slip and does not count.
    """

    n_in_source: int
    n_open: int
    due: pl.DataFrame
    bad_keys: pl.DataFrame
    gone: pl.DataFrame
    settled: pl.DataFrame
    outcomes: pl.DataFrame
    reopened: pl.DataFrame
    vanished: pl.DataFrame
    newest: datetime | None

    @property
    def news(self) -> "News":
        """What becomes of the stored outcomes tonight."""
        leave = (each.select("lead_id") for each in (self.outcomes, self.reopened, self.vanished))
        return News(self.outcomes.select(OUTCOME), pl.concat(leave))

    def n_missed(self, n_pulled: int) -> int:
        """How many leads changed or vanished while they were read, if so many could be pulled."""
        return self.due.height + self.bad_keys.height - n_pulled


@dataclass(frozen=True)
class Slice:
    """Some of the due ``leads``; ``chunk`` is a digest of them, each in its version, and of what scores them."""

    chunk: str
    leads: pl.DataFrame


@dataclass(frozen=True)
class News:
    """What tonight finds out: ``outcomes`` that are new or changed, and the ids of the stored ones ``replaced``."""

    outcomes: pl.DataFrame
    replaced: pl.DataFrame

    def of(self, accounts: pl.Series) -> "News":
        """What there is of these ``accounts``. A lead may have had another account: all ``replaced`` stay."""
        theirs = accounts.drop_nulls().unique().to_frame("account_id")
        return News(self.outcomes.join(theirs, on="account_id", how="semi"), self.replaced)


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
    history: bool,
) -> Pipeline:
    """Hold the scan, its keys split by `split_keys`, against the store.

    ``history`` says that the model counts the outcomes of an account that were known before a lead came in: then
    leads are due, too, whose count changes by what is found out tonight, however long ago it was.
    """
    is_open_now = is_open(as_of, maturity_days)
    known = sound.filter(~is_open_now)
    there = stored.outcomes.filter(~pl.col("vanished"))
    outcomes = known.select(OUTCOME).join(there, on=OUTCOME, how="anti", nulls_equal=True)
    reopened = stored.outcomes.select("lead_id").join(sound.filter(is_open_now), on="lead_id", how="semi")
    vanished = there.select("lead_id").join(sound, on="lead_id", how="anti")
    moved = _moved(there, outcomes, reopened, vanished) if history else outcomes.clear()
    first = ~pl.col("lead_id").is_in(stored.scores["lead_id"].implode())
    open_leads = _with_late(sound.filter(is_open_now), known_at(moved, maturity_days))
    open_leads = open_leads.with_columns(first=first).sort("lead_id")
    current = {"model_version": model_version, "rules_version": rules_version}
    scored, judged = stored.scores.filter(**current), stored.quarantine.filter(**current)
    due = open_leads if full else _unseen(_outdated(open_leads, scored), judged)
    waiting = open_leads.join(due, on="lead_id", how="anti")
    return Pipeline(
        n_in_source=sound.height + bad_keys.height,
        n_open=open_leads.height,
        due=due,
        bad_keys=bad_keys,
        gone=stored.scores.select("lead_id").join(open_leads, on="lead_id", how="anti"),
        settled=stored.quarantine.join(waiting, on="lead_id", how="anti").select("run_id", "row_number"),
        outcomes=outcomes,
        reopened=reopened,
        vanished=vanished,
        newest=newest(sound.filter(pl.col("created_at") <= as_of)),
    )


def look_back(sound: pl.DataFrame, bad_keys: pl.DataFrame, *, as_of: datetime, maturity_days: float | None) -> Pipeline:
    """All that were open at ``as_of``, in the past: they are scored, and nothing else changes."""
    due = sound.filter(was_open(as_of, maturity_days)).sort("lead_id")
    nobody = due.clear()
    return Pipeline(
        n_in_source=sound.height + bad_keys.height,
        n_open=due.height,
        due=due.with_columns(first=pl.lit(False), late=pl.lit(None, pl.UInt64)),
        bad_keys=bad_keys,
        gone=nobody,
        settled=nobody,
        outcomes=nobody,
        reopened=nobody,
        vanished=nobody,
        newest=newest(sound.filter(pl.col("created_at") <= as_of)),
    )


def cut(leads: pl.DataFrame, rows: int, *basis: object) -> Iterator[Slice]:
    """``leads`` in slices of ``rows``. ``basis`` is what scores them: the model, the rules, the settings.

    Their columns are in the digest, and with them all else that staging depends on. ``first``: a chunk without inputs,
    as a backfill stages it, is none for a night that keeps them. ``late``: two attempts at a run see the same stored
    outcomes, since whatever publishes some clears the staging, and differ in tonight's alone.
    """
    for part in leads.iter_slices(rows):
        content = repr(basis).encode() + part.write_csv().encode()
        yield Slice(hashlib.blake2b(content, digest_size=16).hexdigest(), part)


def newest(leads: pl.DataFrame) -> datetime | None:
    """When the latest of ``leads`` came in."""
    latest = leads["created_at"].max()
    return latest if isinstance(latest, datetime) else None


def _moved(before: pl.DataFrame, outcomes: pl.DataFrame, *left: pl.DataFrame) -> pl.DataFrame:
    """The outcomes that tonight changes: those that become known, and as stored ``before`` those that change or have
    ``left``.
    """
    changed = pl.concat([outcomes.select("lead_id"), *left])
    return pl.concat([outcomes, before.select(OUTCOME).join(changed, on="lead_id", how="semi")])


def _with_late(open_leads: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """The leads with ``late``: a digest of those ``moved`` outcomes of the account that were known, by the rule of the
    features, before the lead came in; null where there is none, and so on any night without late news.
    """
    ordered = moved.drop_nulls(["account_id", KNOWN_AT]).sort(KNOWN_AT)
    digest = pl.struct(OUTCOME).hash().cum_sum().over("account_id")  # whole numbers that wrap around
    digests = ordered.select("account_id", KNOWN_AT, late=digest)
    least = digests.group_by("account_id").agg(least=pl.col(KNOWN_AT).min())
    touched = open_leads.select("lead_id", "account_id", "created_at").join(least, on="account_id")
    touched = touched.filter(pl.col("created_at") > pl.col("least")).sort("created_at")
    found = touched.join_asof(
        digests,
        left_on="created_at",
        right_on=KNOWN_AT,
        by="account_id",
        allow_exact_matches=False,  # what closes as the lead comes in is not before it
        check_sortedness=False,  # they are; Polars cannot see that by account
    )
    return open_leads.join(found.select("lead_id", "late"), on="lead_id", how="left")


def _outdated(leads: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """Those of ``leads`` that are not scored in exactly this version with the outcomes known tonight."""
    return _unseen(leads, scored.join(leads.filter(pl.col("late").is_not_null()), on="lead_id", how="anti"))


def _unseen(leads: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Those of ``leads`` that ``seen`` does not hold in exactly this version."""
    return leads.join(seen, on=["lead_id", *VERSION], how="anti", nulls_equal=True)
