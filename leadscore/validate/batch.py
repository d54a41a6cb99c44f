"""The rules on the whole batch, judged on counts that are added up chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from leadscore.errors import BatchRefused
from leadscore.sections import Validation
from leadscore.validate.rules import BatchLimits, Rules, folded

ROUNDING = 1e-9  # shares closer to their limit than this are on it


@dataclass(frozen=True)
class BatchCounts:
    """What the batch rules need to know of the leads pulled so far; the counts of two chunks can be added."""

    n_leads: int = 0
    n_bad_rows: int = 0
    nulls: Mapping[str, int] = field(default_factory=dict)
    unseen: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, conformed: pl.DataFrame, failures: pl.DataFrame, rules: Rules) -> BatchCounts:
        """The counts of one chunk: all its leads, conformed, and what `masks.failures` found in them."""
        limits = rules.batch
        nulls = conformed.select(pl.col(name).null_count() for name in limits.null_shares)
        unseen = conformed.select((~folded(pl.col(name)).is_in(seen)).sum() for name, seen in limits.seen.items())
        return cls(conformed.height, failures["row"].n_unique(), _counts(nulls), _counts(unseen))

    def __add__(self, other: BatchCounts) -> BatchCounts:
        return BatchCounts(
            self.n_leads + other.n_leads,
            self.n_bad_rows + other.n_bad_rows,
            _sum(self.nulls, other.nulls),
            _sum(self.unseen, other.unseen),
        )


def check_batch(
    rules: Rules,
    settings: Validation,
    counts: BatchCounts,
    *,
    n_in_source: int,
    n_bad_keys: int,
    newest_age_days: float | None,
) -> None:
    """Raise BatchRefused with every batch rule that fails. No rule is judged on fewer than ``min_batch`` leads, but
    a source that has shrunk below that is noticed.

    ``n_in_source`` and ``n_bad_keys`` count all leads of the source, ``counts`` those pulled in this run;
    ``newest_age_days`` is None where the source has no creation times.
    """
    failed = list(_source_failures(rules.batch, settings, n_in_source, n_bad_keys, newest_age_days))
    if counts.n_leads >= settings.min_batch:
        failed += _pulled_failures(rules.batch, settings, counts)
    if failed:
        raise BatchRefused(
            f"{len(failed)} batch {'rule' if len(failed) == 1 else 'rules'} failed: {'; '.join(failed)}.",
            "look for the cause in the source (staged_quarantine lists this run's bad rows); the limits are under "
            "[validation] (docs/configure.md); retrain where the leads changed for good.",
        )


def _source_failures(
    limits: BatchLimits, settings: Validation, n_leads: int, n_bad_keys: int, age: float | None
) -> Iterator[str]:
    if limits.n_leads >= settings.min_batch and n_leads < settings.min_row_share * limits.n_leads:
        yield (
            f"{n_leads} leads in the source, {limits.n_leads} at training "
            f"(at least {settings.min_row_share:.1%} of them)"
        )
    if n_leads < settings.min_batch:
        return
    if _over(n_bad_keys / n_leads, settings.max_bad_keys):
        yield _share("no id, a repeated id, or an unreadable label or time", n_bad_keys, n_leads, settings.max_bad_keys)
    if age is not None and limits.freshness_days is not None and age > limits.freshness_days:
        yield f"the newest lead is {age:.1f} days old (limit {limits.freshness_days:.1f})"


def _pulled_failures(limits: BatchLimits, settings: Validation, counts: BatchCounts) -> Iterator[str]:
    if _over(counts.n_bad_rows / counts.n_leads, settings.max_bad_rows):
        yield _share("a failing row rule", counts.n_bad_rows, counts.n_leads, settings.max_bad_rows)
    for column, before in limits.null_shares.items():
        now = counts.nulls[column] / counts.n_leads
        if _over(now - before, settings.max_null_rise):
            limit = f"limit of the rise {settings.max_null_rise:.1%}"
            yield f"{column} is null in {now:.1%} of {counts.n_leads} leads, {before:.1%} at training ({limit})"
    for column, n_unseen in counts.unseen.items():
        n_known = counts.n_leads - counts.nulls[column]
        if n_known >= settings.min_batch and _over(n_unseen / n_known, settings.max_unseen_share):
            yield _share(f"an unseen value of {column}", n_unseen, n_known, settings.max_unseen_share)


def _share(what: str, n: int, of: int, limit: float) -> str:
    return f"{n} of {of} leads ({n / of:.1%}) have {what} (limit {limit:.1%})"


def _over(share: float, limit: float) -> bool:
    return share > limit + ROUNDING


def _counts(one_row: pl.DataFrame) -> dict[str, int]:
    return {name: int(one_row[name].item()) for name in one_row.columns}


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in [*left, *right]}
