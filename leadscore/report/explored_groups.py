"""The parts of the explore page that hold groups of leads against each other: places, kinds, times and sellers."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from leadscore.explore.groups import LEAST, Group, Groups
from leadscore.explore.owners import Load, Owner
from leadscore.explore.survey import Survey
from leadscore.explore.times import QUANTILES, Maturing, Waiting
from leadscore.models.metrics import Estimate
from leadscore.report.blocks import Block, Cell, Chart, Charts, Column, Fact, Facts, Note, Section, Table
from leadscore.report.charts import Axis, Line, Marks, Row, bars, lines, ranges
from leadscore.report.shown import NONE, count, masked, name, percent, plural, share
from leadscore.training.maturity import Curve

CONVERTED = Axis("converted, with 95% intervals", percent=True)
FIRST = 12  # rows of a table that are shown until all are asked for
POINTS = 150  # of a curve that are drawn
GROUPS: dict[Column, Callable[[Group], Cell]] = {
    Column("group"): lambda each: Cell(masked(each.name)),
    Column("leads", number=True): lambda each: count(each.n),
    Column("outcome known", number=True): lambda each: count(each.known),
    Column("converted", number=True): lambda each: share(each.rate.value if each.rate else None),
    Column("95% interval", number=True): lambda each: interval(each.rate),
}
OWNERS: dict[Column, Callable[[Owner], Cell]] = {
    Column("seller"): lambda each: name(each.owner),
    Column("leads", number=True): lambda each: count(each.leads.n),
    Column("open", number=True): lambda each: count(each.open),
    Column("outcome known", number=True): lambda each: count(each.leads.known),
    Column("converted", number=True): lambda each: share(each.leads.rate.value if each.leads.rate else None),
    Column("95% interval", number=True): lambda each: interval(each.leads.rate),
}
NO_DATES = "no lead says when it came in: name that column as [leads] created_at"
NO_OUTCOME = "No outcome is known yet, so only the numbers of leads are shown."


def interval(estimate: Estimate | None) -> Cell:
    """The interval of a rate."""
    if estimate is None:
        return Cell(NONE, -1.0)
    return Cell(f"{percent(estimate.low)} to {percent(estimate.high)}", estimate.low)


def places(found: Survey) -> Section:
    """Where leads are, and where they convert."""
    title, lead = "Places", "Conversion by continent and by country, the highest first; small countries are one group."
    if not found.places:
        empty = Note(
            "There is no map of these leads: no column of theirs holds the names of countries. If one does, say so by "
            '[features] read_as, such as { city = "country" }.',
            "empty",
        )
        return Section("places", title, "Where leads come from.", (empty,))
    return Section("places", title, lead, by_rate(found.places))


def kinds(found: Survey) -> Section:
    """Who leads are, and when they want to buy."""
    title, lead = "Customer type and timeline", "What kind of customer asks, and when they want to buy."
    if not found.kinds:
        empty = Note("No column is read as a customer type or as an expected timeline.", "empty")
        return Section("kinds", title, lead, (empty,))
    return Section("kinds", title, lead, by_rate(found.kinds))


def by_rate(groups: Mapping[str, Groups]) -> tuple[Block, ...]:
    """Groups by what they are called by: a chart of each, and a table."""
    charts = Charts(tuple(drawn(f"Converted by {plain(what)}", each) for what, each in groups.items()))
    tables = (
        Table.of(f"By {plain(what)}", GROUPS, each.shown, empty=f"No lead says its {plain(what)}.")
        for what, each in groups.items()
    )
    unknown = any(each.total.known for each in groups.values())
    return (*(() if unknown else (Note(NO_OUTCOME, "empty"),)), charts, *tables)


def plain(column: str) -> str:
    """The name of a column as words."""
    return masked(column.replace("_", " "))


def drawn(title: str, groups: Groups) -> Chart:
    """The conversion rates of groups with their intervals, or how many leads they are where no rate is known."""
    told = [(each, each.rate) for each in groups.shown if each.known >= LEAST]
    rated = [Row(f"{masked(each.name)} ({each.n:,})", rate) for each, rate in told if rate]
    overall = groups.total.rate
    if not rated or overall is None:
        words = "; ".join(f"{masked(each.name)}: {plural(each.n, 'lead')}" for each in groups.shown)
        names = [masked(each.name) for each in groups.shown]
        return bars(title.replace("Converted", "Leads"), words, Axis("leads"), names, [each.n for each in groups.shown])
    words = "; ".join(f"{row.name} {percent(row.estimate.value)}" for row in rated)
    return ranges(title, f"Converted: {words}.", CONVERTED, rated, (overall.value, "all leads"))


def times(found: Survey) -> Section:
    """When leads come in, how long they take, and when their outcome is known."""
    title, lead = "Time", "When leads come in, how long they take to convert, and how old they are when all is known."
    if not found.periods.named:
        return Section("times", title, lead, (Note(f"There is nothing to show: {NO_DATES}.", "empty"),))
    charts = (drawn("Converted by the time they came in", found.periods), *_maturity(found.maturing))
    young = Note(
        "Of the youngest leads mostly the quick ones have their outcome, so their rates are no trend; leads without a "
        f"known outcome do not count. {_window(found.maturing.window)}"
    )
    table = Table.of("Leads by the time they came in", GROUPS, found.periods.shown, tall=True, first=FIRST)
    return Section("times", title, lead, (Charts(charts), young, *_waited(found.waiting), table))


def _maturity(found: Maturing) -> tuple[Chart, ...]:
    """The label maturity curve: how much is known of leads by their age."""
    shown = []
    if found.converted:
        shown.append(_thinned("of the conversions to come", found.converted, found.converted.share[-1]))
    if found.known:
        shown.append(_thinned("of all outcomes", found.known, 1.0))
    if not shown:
        return ()
    end = max(max(line.x) for line in shown)
    halves = [(line.name, day) for line in shown if (day := _day(line, 0.5)) is not None]
    words = "; ".join(f"half {name} are known after {plural(round(day), 'day')}" for name, day in halves)
    at = Marks(at=(found.window, "95% of the conversions")) if found.window else None
    x, y = Axis("days since the lead came in", (0, end)), Axis("known by then", (0, 1.02), percent=True)
    return (lines("Label maturity", f"{words}. {_window(found.window)}", x, y, shown, at),)


def _day(line: Line, share: float) -> float | None:
    """The first day on which a line has reached a share."""
    return next((day for day, reached in zip(line.x, line.y, strict=True) if reached >= share), None)


def _thinned(name: str, curve: Curve, whole: float) -> Line:
    """As many points as can be seen, of a curve that ends at ``whole``."""
    rises = np.flatnonzero(np.diff(curve.share, prepend=0.0) > 0)
    kept = np.unique(np.linspace(0, len(rises) - 1, POINTS).round().astype(int))
    days, share = curve.days[rises[kept]], curve.share[rises[kept]] / whole
    return Line(name, [0.0, *days.tolist()], [0.0, *share.tolist()])


def _window(window: float | None) -> str:
    if window is None:
        return (
            "How long most conversions take cannot be told: it takes 30 leads that say when they came in and when they "
            "converted."
        )
    return f"Of the leads that convert at all, 95% have done so within {plural(round(window), 'day')}."


def _waited(found: Waiting | None) -> tuple[Block, ...]:
    """How long leads took that have closed."""
    if found is None:
        why = "no lead says both when it came in and when it closed: name [leads] created_at and closed_at"
        return (Note(f"How long leads take cannot be told: {why}.", "empty"),)
    sides = (("Leads that converted", found.converted), ("Leads that were lost", found.lost))
    facts = [Fact(what, f"{days[1]:,.0f} days", _spread(days)) for what, days in sides if days]
    converted = [each for each in found.spans.named if each.converted]
    total = sum(each.converted for each in converted)
    note = f"{plural(found.backwards, 'lead')} closed before they came in and do not count."
    told: tuple[Block, ...] = (*((Facts(tuple(facts)),) if facts else ()), *((Note(note),) if found.backwards else ()))
    if not total:
        return told
    words = "; ".join(f"{each.name}: {percent(each.converted / total)}" for each in converted)
    chart = bars(
        "Time to conversion",
        words,
        Axis("of the conversions so far", percent=True),
        [each.name for each in converted],
        [each.converted / total for each in converted],
    )
    return (*told, Charts((chart,)))


def _spread(days: Sequence[float]) -> str:
    return f"in the middle, from coming in to closing; 95% within {days[QUANTILES.index(0.95)]:,.0f} days"


def owners(found: Survey) -> Section:
    """The load of the sellers."""
    title, lead = "Sellers", "How leads are spread over the sellers, and whether those with many convert as many."
    if found.load is None:
        empty = Note("No lead says who has it: name the column of the seller as [leads] owner.", "empty")
        return Section("owners", title, lead, (empty,))
    table = Table.of(
        "The sellers with the most leads",
        OWNERS,
        found.load.busiest,
        note="A rate says what leads a seller had, too, not only how well they sell.",
        tall=True,
        first=FIRST,
    )
    chart = Charts((drawn("Converted by the load of the seller", found.load.by_load),))
    return Section("owners", title, lead, (_load(found.load), chart, table))


def _load(load: Load) -> Facts:
    none = plural(load.nobody, "lead") if load.nobody else "no lead"
    return Facts(
        (
            Fact("Sellers", f"{load.n:,}", f"{none} without one"),
            Fact("Leads of a seller", f"{load.median:,.0f}", "in the middle: half have more, half fewer"),
            Fact("Held by the busiest tenth", percent(load.top_share, 0), "of all leads that have a seller"),
        )
    )
