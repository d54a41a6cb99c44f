"""Which leads train and which judge: a holdout latest in time, and folds that keep accounts whole."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.errors import NotEnoughLeads

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
HoldoutKind = Literal["latest", "accounts", "random"]
Column = NDArray[Any]  # times, sequence numbers or account ids, whatever their type; None, NaN and NaT are missing

LARGE = 0.1  # share of the holdout's room: a larger account would decide the holdout alone, so it is drawn last
PACKS = 2000  # groups that the accounts of one lead make up at most: StratifiedGroupKFold takes 0.1 ms a group
CATCH_ALL = 100  # leads above which an account is no buyer but a bucket ("unknown", "walk-in")

WAIT = "wait for more closed leads, or name a label column that tells won from lost."


@dataclass(frozen=True)
class Split:
    """Row numbers, ascending, of the leads that train and of those that judge, and how these were drawn."""

    train: Rows
    holdout: Rows
    kind: HoldoutKind

    def among(self, kept: Rows, converted: NDArray[np.int64]) -> "Split":
        """The same split of the rows ``kept`` (k,), rising, by their new numbers, with the outcomes (k,) of these.

        Raises NotEnoughLeads where a side would have leads of one outcome only.
        """
        train, holdout = (np.flatnonzero(np.isin(kept, rows)) for rows in (self.train, self.holdout))
        _require_both_outcomes("training side", converted[train])
        _require_both_outcomes("holdout", converted[holdout])
        return Split(train, holdout, self.kind)


def split(
    ids: Column, order: Column | None, account: Column | None, converted: NDArray[np.int64], *, share: float, seed: int
) -> Split:
    """Hold out ``share`` of the leads, or as near below it as ties and accounts allow.

    With ``order`` (n,) they are the latest, never cut through a tie; leads without a time count as the oldest.
    Without it whole accounts are drawn, and without accounts single leads, stratified: by hashes of their ids, so that
    next week's holdout is made of the same ones and judges two models by leads that neither has seen.
    Raises NotEnoughLeads where a side would have leads of one outcome only.
    """
    room = int(share * len(converted))
    kind: HoldoutKind
    if order is not None:
        kind, held = "latest", _latest(order, room)
    elif account is not None:
        kind, held = "accounts", _whole_accounts(ids, account, room, seed)
    else:
        kind, held = "random", _stratified(hashed(ids, seed), converted, share)
    _require_both_outcomes("training side", converted[~held])
    _require_both_outcomes("holdout", converted[held])
    return Split(train=np.flatnonzero(~held), holdout=np.flatnonzero(held), kind=kind)


def hashed(ids: Column, seed: int = 0) -> NDArray[np.uint64]:
    """A number (n,) for each of the ``ids``: as good as random, by id and ``seed`` the same on every machine."""
    key = str(seed).encode()
    digests = (hashlib.blake2b(str(each).encode(), digest_size=8, key=key).digest() for each in ids.tolist())
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def folds(account: Column | None, converted: NDArray[np.int64], k: int, seed: int) -> list[tuple[Rows, Rows]]:
    """``k`` pairs of training and validation rows, stratified by outcome; no account is on both sides of a pair.

    A lead without an account is an account of its own, and so is each lead of a bucket: an account of more than
    100 leads. A fold that had to do without one (often half of all conversions) would stop early on a distribution
    that no night will show; new leads of that account meet a model that knows it.
    Raises NotEnoughLeads where a side lacks an outcome.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if account is None:
        splitter, groups = StratifiedKFold(k, shuffle=True, random_state=seed), None
    else:
        splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
        groups = _packed(group_ids(account, largest=CATCH_ALL), converted, np.random.default_rng(seed))
    if np.bincount(converted, minlength=2).min() < k or (groups is not None and len(np.unique(groups)) < k):
        raise NotEnoughLeads(f"{k} folds need {k} leads of each outcome and as many accounts.", WAIT)
    pairs = [
        (np.asarray(a, np.int64), np.asarray(b, np.int64)) for a, b in splitter.split(converted, converted, groups)
    ]
    for side in (rows for pair in pairs for rows in pair):
        _require_both_outcomes("fold", converted[side])
    return pairs


def group_ids(account: Column, *, largest: int | None = None) -> Rows:
    """Account ids as numbers; each lead without an account, or of one of more than ``largest``, has its own."""
    rank = ranked(account)
    sizes = np.bincount(rank)
    alone = (rank == 0) | (sizes[rank] > (largest or len(rank)))
    return np.where(alone, len(sizes) + np.arange(len(rank)), rank)


def ranked(values: Column) -> Rows:
    """1, 2, ... in ascending order, equal for equal values, 0 for missing ones."""
    known = (
        pl.Series(values.tolist(), dtype=pl.String) if values.dtype == object else pl.Series(values, nan_to_null=True)
    )
    return known.rank("dense").fill_null(0).to_numpy().astype(np.int64)


def _latest(order: Column, room: int) -> Mask:
    rank = ranked(order)
    leads_since = np.cumsum(np.bincount(rank)[::-1])[::-1]  # [r]: leads of rank r and later
    first = np.flatnonzero(leads_since <= room).min(initial=len(leads_since))
    if first == len(leads_since):
        raise NotEnoughLeads(
            f"More than {room:,} leads share the latest time or number, so none can be held out.",
            "name a finer [leads] created_at or order, or none.",
        )
    mask: Mask = rank >= first
    return mask


def _whole_accounts(ids: Column, account: Column, room: int, seed: int) -> Mask:
    """Accounts by the hash of their id, or of the only lead's where it has none; the large ones last."""
    _, first, groups = np.unique(group_ids(account), return_index=True, return_inverse=True)
    sizes = np.bincount(groups)
    known = ranked(account)[first] > 0
    drawn = np.argsort(np.where(known, hashed(account[first], seed), hashed(ids[first], seed)))
    drawn = drawn[np.argsort(sizes[drawn] > LARGE * room, kind="stable")]
    return np.isin(groups, drawn[np.cumsum(sizes[drawn]) <= room])


def _stratified(drawn: NDArray[np.uint64], converted: NDArray[np.int64], share: float) -> Mask:
    """The leads with the lowest numbers ``drawn``, the same share of each outcome."""
    held = np.zeros(len(converted), dtype=np.bool_)
    for outcome in (0, 1):
        rows = np.flatnonzero(converted == outcome)
        held[rows[np.argsort(drawn[rows])][: int(share * len(rows))]] = True
    return held


def _packed(groups: Rows, converted: NDArray[np.int64], rng: np.random.Generator) -> Rows:
    """Join the accounts of one lead, within an outcome, to packs: as good to stratify, and far fewer."""
    _, number, size = np.unique(groups, return_inverse=True, return_counts=True)
    single = size[number] == 1
    per_pack = -(-int(single.sum()) // PACKS)
    packed = number.astype(np.int64)
    for outcome in (0, 1):
        rows = rng.permutation(np.flatnonzero(single & (converted == outcome)))
        packed[rows] = packed.max(initial=0) + 1 + np.arange(len(rows)) // max(per_pack, 1)
    return packed


def _require_both_outcomes(side: str, converted: NDArray[np.int64]) -> None:
    won, lost = int(converted.sum()), int((1 - converted).sum())
    if won == 0 or lost == 0:
        raise NotEnoughLeads(f"The {side} would have {won} conversions and {lost} other leads.", WAIT)
