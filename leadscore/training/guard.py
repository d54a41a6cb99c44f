"""What is done about leaks: columns left out or kept, leads set aside, or the training refused."""

import logging
from dataclasses import dataclass

import polars as pl

from leadscore.leaks.accounts import one_label_accounts
from leadscore.leaks.findings import Finding, settle
from leadscore.leaks.judge import judge
from leadscore.settings import Settings
from leadscore.training.lessons import Lessons, Side

log = logging.getLogger(__name__)

ENOUGH_OPEN = 200  # open leads from which an account that none of them has is taken for one filed after the outcome


@dataclass(frozen=True)
class Guarded:
    """The ``findings``, the columns ``left_out``, and the accounts that leads are filed under after their outcome."""

    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]
    filed_later: pl.Series


def guard(lessons: Lessons, still_open: Side, settings: Settings) -> Guarded:
    """Judge the columns by the leads before the holdout, and by leads that are still open.

    Where leads stand as they were first scored, nothing was filled in since that open leads could show.
    """
    closed, on_leak = lessons.trained, settings.leads.on_leak
    findings = judge(
        closed.leads,
        closed.converted,
        account=closed.lives["account_id"].alias(settings.leads.account or "account"),
        created_at=closed.lives["created_at"],
        open_leads=None if lessons.n_snapshots else still_open.leads,
        open_created_at=None if lessons.n_snapshots else still_open.lives["created_at"],
        seed=settings.training.seed,
    )
    left_out, sentences = settle(findings, on_leak)
    for finding, sentence in zip(findings, sentences, strict=True):
        log.log(logging.DEBUG if finding.check == "many values" else logging.INFO, "%s", sentence)
    filed = filed_later(closed, still_open)
    return Guarded(tuple(findings), tuple(left_out), filed if on_leak == "exclude" else filed.clear())


def filed_later(closed: Side, still_open: Side) -> pl.Series:
    """Large accounts of one outcome only that no open lead has: leads are filed there once their outcome is known."""
    accounts = one_label_accounts(closed.lives["account_id"], closed.converted)
    if still_open.lives.height < ENOUGH_OPEN:
        return accounts.clear()
    return accounts.filter(~accounts.is_in(still_open.lives["account_id"].implode()))
