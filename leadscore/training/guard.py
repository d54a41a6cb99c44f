"""What is done about leaks: columns left out or kept, leads set aside, or the training refused."""

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.leaks.accounts import one_label_accounts
from leadscore.leaks.findings import Finding, settle
from leadscore.leaks.judge import judge
from leadscore.leaks.still_open import closed_fast, is_missed, same_age
from leadscore.leaks.waits import waits_of
from leadscore.settings import Settings
from leadscore.training.lessons import Lessons, Side

log = logging.getLogger(__name__)


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
        identifiers=[name for name in (settings.leads.account, settings.leads.owner) if name],
        dates=lessons.schema.dates,
        texts=lessons.schema.texts,
        account=closed.lives["account_id"].alias(settings.leads.account or "account"),
        created_at=closed.lives["created_at"],
        closed_at=closed.lives["closed_at"],
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
    """Large accounts of one outcome only that open leads should have and do not: leads are filed there afterwards.

    Open leads are compared with closed ones of their age, so an account that ended is none; nor is one whose leads
    close too fast to be seen open.
    """
    lives, open_lives = closed.lives, still_open.lives
    accounts = one_label_accounts(lives["account_id"], closed.converted)
    ages = same_age(lives["created_at"], open_lives["created_at"])
    if ages is None or accounts.is_empty():
        return accounts.clear()
    waits = waits_of(lives["created_at"], lives["closed_at"], open_lives["created_at"])

    def is_filed_later(account: Any) -> bool:
        held, open_held = (_of(account, each) for each in (lives, open_lives))
        return is_missed(held, open_held, ages) and not closed_fast(held, open_held, ages, waits)

    return accounts.filter(pl.Series([is_filed_later(account) for account in accounts], dtype=pl.Boolean))


def _of(account: Any, lives: pl.DataFrame) -> NDArray[np.bool_]:
    return np.asarray((lives["account_id"] == account).fill_null(False), np.bool_)
