"""The explore page: what the leads look like before any model, in numbers for people."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import polars as pl

from leadscore.explore.survey import Survey
from leadscore.models.metrics import wilson
from leadscore.report import explored_columns, explored_groups, explored_links
from leadscore.report.blocks import Fact, Facts, Note, Page
from leadscore.report.shown import NONE, moment, percent, plural

KINDS = {"number": "number", "boolean": "yes or no", "category": "category"}


def explore_page(found: Survey, now: datetime) -> Page:
    """The page of a survey, made ``now`` (UTC)."""
    return Page(
        title="The leads explored",
        lead=sentence(found),
        blocks=(*map(Note, _notes(found)), _facts(found)),
        sections=(
            explored_columns.columns(found),
            explored_columns.missing(found),
            explored_columns.distributions(found),
            explored_links.strength(found),
            explored_links.overlapping(found),
            explored_columns.outliers(found),
            explored_groups.places(found),
            explored_groups.kinds(found),
            explored_groups.times(found),
            explored_groups.owners(found),
            explored_links.suspects(found),
        ),
        foot=f"Made by leadscore on {moment(now)}. docs/method.md says how each figure comes about.",
    )


def sentence(found: Survey) -> str:
    """The leads in a sentence."""
    lives = found.leads.lives
    known, converted, still_open = _known(lives), _converted(lives), int(lives["open"].sum())
    told = f"{plural(lives.height, 'lead')}, {still_open:,} of them open."
    if not known:
        return f"{told} No outcome is known, so nothing here says what makes leads convert."
    return f"{told} Of {known:,} whose outcome is known {converted:,} converted ({percent(converted / known)})."


def _known(lives: pl.DataFrame) -> int:
    return int(lives["outcome"].count())


def _converted(lives: pl.DataFrame) -> int:
    return int(lives["outcome"].sum())


def _facts(found: Survey) -> Facts:
    lives, leads = found.leads.lives, found.leads
    known = _known(lives)
    rate = wilson(_converted(lives), known) if known else None
    kinds = Counter(each.column.kind.value for each in found.columns if each.column.name == each.column.source)
    of = ", ".join(plural(n, KINDS[kind]) if kind != "category" else _categories(n) for kind, n in kinds.most_common())
    return Facts(
        (
            Fact("Leads", f"{lives.height:,}", f"{int(lives['open'].sum()):,} open"),
            Fact("Outcome known", f"{known:,}", _window(leads.maturity_days)),
            Fact(
                "Converted",
                percent(rate.value) if rate else NONE,
                f"95% interval {percent(rate.low)} to {percent(rate.high)}" if rate else "no outcome is known",
            ),
            Fact("Columns", f"{leads.raw.width:,}", of or "none that can be learned from"),
            _accounts(lives),
        )
    )


def _categories(n: int) -> str:
    return f"{n:,} " + ("category" if n == 1 else "categories")


def _window(days: float | None) -> str:
    return f"and older than {days:,.0f} days, when it no longer changes" if days else "by now"


def _accounts(lives: pl.DataFrame) -> Fact:
    sizes = lives["account_id"].drop_nulls().value_counts(name="n")["n"]
    if not len(sizes):
        return Fact("Accounts", NONE, "no lead names one")
    return Fact(
        "Accounts", f"{len(sizes):,}", f"{percent(int((sizes == 1).sum()) / len(sizes), 0)} of them with one lead"
    )


def _notes(found: Survey) -> Iterator[str]:
    """What to know before reading on."""
    leads = found.leads
    if not leads.is_whole:
        yield (
            f"Columns are looked at by {leads.sampled.height:,} leads drawn at random; times and sellers by all "
            f"{leads.lives.height:,}."
        )
    if leads.unsound:
        why = "their id, label or time cannot be read, or their id is another's, too"
        yield f"{plural(leads.unsound, 'lead')} left out: {why}."
    if leads.excluded:
        yield f"{plural(leads.excluded, 'column')} that [leads] exclude names took no part."
