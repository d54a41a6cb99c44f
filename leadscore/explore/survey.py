"""All that is looked at, in the order of the page."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from leadscore.explore.association import Link, between, with_outcome
from leadscore.explore.bands import Banded, banded
from leadscore.explore.groups import LEAST, Groups, grouped
from leadscore.explore.leads import Explored
from leadscore.explore.missing import Missing, missing
from leadscore.explore.outliers import Outliers, outliers
from leadscore.explore.owners import Load, load
from leadscore.explore.strength import MOST_LEADS, Overlap, overlap, sample, trial
from leadscore.explore.times import Maturing, Waiting, by_period, maturing, waiting
from leadscore.explore.unread import Unread, unread
from leadscore.explore.values import is_personal_name, showable
from leadscore.leaks.findings import Finding
from leadscore.leaks.judge import judge
from leadscore.reading.readings import ReadColumn
from leadscore.reading.timeline import BANDS
from leadscore.schema import Kind

log = logging.getLogger(__name__)

MOST_PAIRED = 30  # columns that are compared with each other, the strongest: each with each takes a square of the time
MOST_PLACES = 20


@dataclass(frozen=True)
class ColumnFacts:
    """A column as it is read: how many leads say it, how many values it has, and the groups that may be shown of it.

    ``auc`` and ``v`` say how well it alone tells the outcome, None where nobody knows that.
    """

    column: ReadColumn
    filled: int
    distinct: int
    rare: int
    groups: Groups | None
    auc: float | None
    v: float | None


@dataclass(frozen=True)
class Survey:
    """What was found in the ``leads``; what cannot be told is None or empty."""

    leads: Explored
    columns: tuple[ColumnFacts, ...]
    missing: tuple[Missing, ...]
    links: tuple[Link, ...]
    overlap: Overlap | None
    outliers: tuple[Outliers, ...]
    places: dict[str, Groups]
    kinds: dict[str, Groups]
    periods: Groups
    waiting: Waiting | None
    maturing: Maturing
    load: Load | None
    suspects: tuple[Finding, ...] | None
    unread: tuple[Unread, ...]


def survey(leads: Explored, seed: int) -> Survey:
    """Look at all of it. The same arguments give the same survey."""
    log.info("judging %d columns", len(leads.columns))
    rows = sample(leads.outcome, seed)
    judged = trial(leads.read[rows], leads.outcome[rows], seed) if len(rows) and leads.columns else None
    columns = facts(leads, judged.strength if judged else {})
    own = [each.column for each in columns if each.column.name == each.column.source]
    log.info("comparing columns with each other, and looking for leaks")
    texts = [leads.read[each.name] for each in own if each.kind is Kind.CATEGORY][:MOST_PAIRED]
    drawn = leads.read[rows] if judged else leads.read.head(MOST_LEADS)
    numbers = [leads.read[each.name] for each in own if each.kind is Kind.NUMBER and not is_personal_name(each.source)]
    return Survey(
        leads=leads,
        columns=columns,
        missing=tuple(missing(_as_told(leads), leads.outcome)),
        links=tuple(between(texts)),
        overlap=overlap(drawn.select(each.name for each in own[:MOST_PAIRED]), judged.scores if judged else {}),
        outliers=tuple(outliers(numbers, leads.outcome)),
        places=places(leads),
        kinds=kinds(leads),
        periods=by_period(leads.lives),
        waiting=waiting(leads.lives),
        maturing=maturing(leads.lives, leads.as_of),
        load=load(leads.lives),
        suspects=suspects(leads, seed) if judged else None,
        unread=tuple(unread(leads.raw, leads.schema, leads.timezone)),
    )


def facts(leads: Explored, auc: Mapping[str, float]) -> tuple[ColumnFacts, ...]:
    """Each column, those that tell the most of the outcome first, else as they stand in the table."""
    named = {each.name: banded(leads.read[each.name], each) for each in leads.columns}
    links = with_outcome({name: each.names for name, each in named.items()}, leads.outcome) if auc else {}
    found = [_facts(leads, each, named[each.name], auc.get(each.name), links.get(each.name)) for each in leads.columns]
    return tuple(sorted(found, key=lambda each: -(each.auc or 0)))


def _facts(leads: Explored, column: ReadColumn, named: Banded, auc: float | None, link: Link | None) -> ColumnFacts:
    values = leads.read[column.name]
    counts = values.drop_nulls().alias("value").value_counts(name="n")
    may = not is_personal_name(column.source) and (
        column.kind is not Kind.CATEGORY or (column.source not in leads.identifiers and showable(values))
    )
    return ColumnFacts(
        column=column,
        filled=int(counts["n"].sum()),
        distinct=counts.height,
        rare=int(counts.filter(pl.col("n") < LEAST)["n"].sum()),
        groups=grouped(named.names, leads.outcome, named.order) if may else None,
        auc=auc,
        v=link.v if link else None,
    )


def _as_told(leads: Explored) -> Iterator[pl.Series]:
    """Each column of the source as it is read, or, where nothing reads it, as it stands."""
    for name in leads.raw.columns:
        yield leads.read[name] if name in leads.read.columns else leads.raw[name]


def places(leads: Explored) -> dict[str, Groups]:
    """The leads by continent and by country, as the column of countries has them, if there is one."""
    country, continent = leads.readings.country, leads.readings.continent
    if country is None or continent is None:
        return {}
    shown = {"continent": leads.read[continent], "country": leads.read[country]}
    return {what: grouped(names, leads.outcome, most=MOST_PLACES).ranked() for what, names in shown.items()}


def kinds(leads: Explored) -> dict[str, Groups]:
    """The leads by customer type and by expected timeline, of each column that is read so."""
    types = {name: grouped(leads.read[name], leads.outcome).ranked() for name in leads.read_as("customer_type")}
    timelines = {name: grouped(leads.read[name], leads.outcome, BANDS) for name in leads.read_as("timeline")}
    return types | timelines


def suspects(leads: Explored, seed: int) -> tuple[Finding, ...]:
    """What the leak guard finds in the leads whose outcome is known; in training it sees those before the holdout."""
    conformed = leads.schema.conform(leads.raw)
    known, still_open = (np.flatnonzero(mask) for mask in (leads.outcome.is_not_null(), leads.sampled["open"]))
    lives, open_lives = leads.sampled[known], leads.sampled[still_open]
    found = judge(
        conformed[known],
        lives["outcome"].to_numpy().astype(np.int64),
        identifiers=leads.identifiers,
        dates=leads.schema.dates,
        texts=leads.schema.texts,
        account=lives["account_id"].alias(leads.account) if leads.account else None,
        created_at=lives["created_at"],
        closed_at=lives["closed_at"],
        open_leads=conformed[still_open],
        open_created_at=open_lives["created_at"],
        seed=seed,
    )
    return tuple(found)
