"""What a whole scan comes to: the leads to score, on disk and in slices, and what else the night changes."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import polars as pl

from leadscore.due import OUTCOME, Compared
from leadscore.features.history import KNOWN_AT, known_at
from leadscore.spool import Spool


@dataclass(frozen=True)
class Pipeline:
    """What one scan says about the leads: of its ranges (see `leadscore.due.Compared`) the sum.

    ``replaced`` are the ids of stored outcomes that tonight changes or takes back, with their accounts as stored.
    ``due`` are the leads to score, by id; their column ``late`` tells those to whose account history tonight adds (see
    `with_late`). ``rescored_late`` are the ids of those of them that have a score.
    """

    n_in_source: int
    n_open: int
    due: Spool
    rescored_late: pl.DataFrame
    bad_keys: pl.DataFrame
    gone: pl.DataFrame
    settled: pl.DataFrame
    outcomes: pl.DataFrame
    replaced: pl.DataFrame
    reopened: pl.DataFrame
    vanished: pl.DataFrame
    newest: datetime | None

    @property
    def news(self) -> "News":
        """What becomes of the stored outcomes tonight."""
        return News(self.outcomes.select(OUTCOME), self.replaced)

    def n_missed(self, n_pulled: int) -> int:
        """How many leads changed or vanished while they were read, if so many could be pulled."""
        return self.due.height + self.bad_keys.height - n_pulled


@dataclass(frozen=True)
class News:
    """What tonight finds out: ``outcomes`` that are new or changed, and the stored ones that are ``replaced``.

    The latter are ids with the account that is stored: a lead may have another one since.
    """

    outcomes: pl.DataFrame
    replaced: pl.DataFrame

    def of(self, accounts: pl.Series) -> "News":
        """What there is of these ``accounts``."""
        theirs = accounts.drop_nulls().unique().to_frame("account_id")
        outcomes, replaced = (each.join(theirs, on="account_id", how="semi") for each in (self.outcomes, self.replaced))
        return News(outcomes, replaced)


@dataclass(frozen=True)
class Slice:
    """Some of the due ``leads``; ``chunk`` is a digest of them, each in its version, and of what scores them."""

    chunk: str
    leads: pl.DataFrame


@dataclass(frozen=True)
class Slices:
    """Slices on disk, of which each comes into memory when its turn is. ``sizes`` are the leads in each, by chunk."""

    spool: Spool
    numbers: dict[str, int]
    sizes: dict[str, int]

    @classmethod
    def of(cls, slices: Iterable[Slice]) -> Self:
        kept = cls(Spool(), {}, {})
        for each in slices:
            kept.numbers[each.chunk], kept.sizes[each.chunk] = len(kept.spool), each.leads.height
            kept.spool.add(each.leads)
        return kept

    def __len__(self) -> int:
        return len(self.sizes)

    def __iter__(self) -> Iterator[Slice]:
        return (Slice(chunk, self.spool[self.numbers[chunk]]) for chunk in self.sizes)

    def without(self, chunks: set[str]) -> "Slices":
        """These but for some ``chunks``."""
        return replace(self, sizes={chunk: n for chunk, n in self.sizes.items() if chunk not in chunks})


def gather(ranges: Iterable[Compared], *, maturity_days: float | None, history: bool) -> Pipeline:
    """Sum up the ``ranges``, of which one after the other is in memory.

    ``history`` says that the model counts the outcomes of an account that were known before a lead came in: then
    leads are due, too, whose count changes by what is found out tonight, however long ago it was.
    """
    opened, parts = Spool(), list[Compared]()
    for each in ranges:
        opened.add(each.open_leads)
        parts.append(replace(each, open_leads=each.open_leads.clear()))

    def whole(name: str) -> pl.DataFrame:
        frames: list[pl.DataFrame] = [getattr(part, name) for part in parts]
        return pl.concat(frames)

    moved = known_at(pl.concat([whole("outcomes").select(OUTCOME), whole("before").select(OUTCOME)]), maturity_days)
    due, late = Spool(), list[pl.DataFrame]()
    for leads in opened:
        chosen = to_score(leads, moved if history else moved.clear())
        due.add(chosen.drop("due", "held"))
        late.append(chosen.filter(pl.col("late").is_not_null() & ~pl.col("first")).select("lead_id"))
    return Pipeline(
        n_in_source=sum(part.n_in_source for part in parts),
        n_open=opened.height,
        due=due,
        rescored_late=pl.concat(late),
        bad_keys=whole("bad_keys"),
        gone=whole("gone"),
        settled=whole("settled"),
        outcomes=whole("outcomes"),
        replaced=whole("before").select("lead_id", "account_id"),
        reopened=whole("reopened"),
        vanished=whole("vanished"),
        newest=max((part.newest for part in parts if part.newest), default=None),
    )


def to_score(open_leads: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Those that are due by what is stored of them, or by outcomes that have ``moved``; `with_late`."""
    dated = with_late(open_leads, moved)
    return dated.filter(~pl.col("held") & (pl.col("due") | pl.col("late").is_not_null()))


def with_late(open_leads: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
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
    return open_leads.join(found.select("lead_id", "late"), on="lead_id", how="left", maintain_order="left")


def cut(leads: Iterable[pl.DataFrame], rows: int, *basis: object) -> Iterator[Slice]:
    """The frames of ``leads`` in slices of ``rows``. ``basis`` is what scores them: the model, the rules, the settings.

    Their columns are in the digest, and with them all else that staging depends on. ``first``: a chunk without inputs,
    as a backfill stages it, is none for a night that keeps them. ``late``: two attempts at a run see the same stored
    outcomes, since whatever publishes some clears the staging, and differ in tonight's alone.
    """
    for part in evenly(leads, rows):
        content = repr(basis).encode() + part.write_csv().encode()
        yield Slice(hashlib.blake2b(content, digest_size=16).hexdigest(), part)


def evenly(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """The same rows, ``rows`` in a frame, fewer in the last; a frame without any is left out."""
    waiting = list[pl.DataFrame]()
    for frame in frames:
        waiting.append(frame)
        if sum(each.height for each in waiting) >= rows:
            whole = pl.concat(waiting)
            n = whole.height // rows * rows
            yield from whole[:n].iter_slices(rows)
            waiting = [whole[n:]]
    if any(each.height for each in waiting):
        yield pl.concat(waiting)
