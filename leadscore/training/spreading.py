"""Known leads that are too many for one machine: a sample of whole accounts for it, and all of them in partitions.

An account is never parted, so that its history, and copies of its leads, are found within one partition.
"""

import logging
from dataclasses import replace

import polars as pl

from leadscore.errors import ConfigError
from leadscore.models.split import LARGE
from leadscore.sections import Training
from leadscore.settings import Settings
from leadscore.spool import Spool
from leadscore.training.known import Found

log = logging.getLogger(__name__)

PLACE = "leadscore.place"  # no column of a scan
DISTRIBUTED = ("lightgbm", "xgboost")  # families that learn on several machines


def spread(found: Found, scan: pl.DataFrame, settings: Settings) -> Found:
    """The same, with partitions and a sample where the settings have training spread over a cluster."""
    compute, training = settings.compute, settings.training
    if compute.runner != "dask" or len(found.known) <= compute.one_machine_leads:
        return found
    known = scan.filter(pl.col("lead_id").is_in(found.known.implode()))
    if settings.leads.order or known["created_at"].is_null().all():
        log.warning("training is spread over a cluster only where [leads] created_at tells the order of the leads")
        return found
    placed = known.with_columns(place(training.seed).alias(PLACE))
    sample = sampled(placed, compute.one_machine_leads)
    log.info("%d of %d known leads, all of their accounts, are the sample for one machine", len(sample), known.height)
    return replace(found, known=sample, partitions=Spool(parted(placed, settings.scoring.chunk_rows)))


def place(seed: int) -> pl.Expr:
    """A hash of the account, by which leads are sampled and parted; without one of the moment, else of the lead."""
    whose = pl.coalesce(pl.col("account_id", "created_at", "lead_id").cast(pl.String))
    return whose.hash(seed)


def sampled(placed: pl.DataFrame, most: int) -> pl.Series:
    """The ids, rising, of at most so many leads: of the accounts with the lowest hashes, but for very large ones.

    As long as as large a share is sampled, next week's sample is of the same accounts.
    """
    accounts = placed.group_by(PLACE).len().filter(pl.col("len") <= LARGE * most).sort(PLACE)
    taken = accounts.filter(pl.col("len").cum_sum() <= most)
    return placed.join(taken, on=PLACE, how="semi")["lead_id"].sort()


def parted(placed: pl.DataFrame, rows: int) -> list[pl.DataFrame]:
    """The leads by id in partitions of about so many ``rows``."""
    n = -(-placed.height // rows)
    by_place = placed.with_columns(pl.col(PLACE) % n).sort(PLACE, "lead_id")
    return [each.drop(PLACE) for each in by_place.partition_by(PLACE, maintain_order=True)]


def limited(training: Training) -> Training:
    """The settings for a search whose recipe can be fitted on a cluster. Raises ConfigError where there is none."""
    members = tuple(name for name in training.members if name in DISTRIBUTED)
    if not members:
        raise ConfigError(
            f"Of [training] members, {', '.join(training.members)}, none can be trained on a cluster.",
            f"name {' or '.join(DISTRIBUTED)} among them, or raise [compute] one_machine_leads.",
        )
    return training.model_copy(update={"members": members, "imbalance": "none"})
