"""The parts of the explore page that look at columns: what they hold, what they lack, and what they say."""

from collections.abc import Callable

from leadscore.explore.groups import Group, Groups
from leadscore.explore.missing import Missing
from leadscore.explore.outliers import Outliers
from leadscore.explore.survey import ColumnFacts, Survey
from leadscore.explore.unread import Unread
from leadscore.report.blocks import Block, Cell, Chart, Charts, Column, Note, Section, Table
from leadscore.report.charts import Amounts, Axis, bars, pairs
from leadscore.report.explored_groups import FIRST, interval, plain
from leadscore.report.shown import NONE, count, masked, number, percent, prose, share
from leadscore.schema import Kind

DRAWN = 15  # columns of a chart
SPREAD = 6  # columns whose distribution is drawn, the strongest
BARS = 8  # values of these
LISTED = 40  # columns whose distribution is listed
USUAL = 3  # values of a column that its line names
NO_LABELS = "no outcome is known of enough leads (50, with 10 of each outcome)"
COLUMNS: dict[Column, Callable[[ColumnFacts], Cell]] = {
    Column("column"): lambda each: prose(each.column.name),
    Column("kind", filters=True): lambda each: Cell(each.column.kind.value),
    Column("filled", number=True): lambda each: count(each.filled),
    Column("values", number=True): lambda each: count(each.distinct),
    Column("ROC AUC alone", number=True): lambda each: figure(each.auc, "{:.2f}"),
    Column("Cramér's V", number=True): lambda each: figure(each.v, "{:.2f}"),
    Column("most of them", prose=True): lambda each: Cell(_usual(each.groups)),
}
UNREAD: dict[Column, Callable[[Unread], Cell]] = {
    Column("column"): lambda each: prose(each.column),
    Column("kind"): lambda each: Cell(each.kind.value),
    Column("filled", number=True): lambda each: count(each.filled),
    Column("values", number=True): lambda each: count(each.distinct),
    Column("what they are like", prose=True): lambda each: Cell(each.words),
}
MISSING: dict[Column, Callable[[Missing], Cell]] = {
    Column("column"): lambda each: prose(each.column),
    Column("missing", number=True): lambda each: share(each.share),
    Column("leads", number=True): lambda each: count(each.empty.n),
    Column("converted if missing", number=True): lambda each: _rate(each.empty),
    Column("converted if there", number=True): lambda each: _rate(each.filled),
    Column("which differ"): lambda each: Cell("beyond doubt", 0.0, "bad") if each.tells else Cell("", 1.0),
}
Spread = tuple[str, Group, Group]  # a column, a group of its leads, and all leads
SPREADS: dict[Column, Callable[[Spread], Cell]] = {
    Column("column", filters=True): lambda each: prose(each[0]),
    Column("value"): lambda each: Cell(masked(each[1].name)),
    Column("leads", number=True): lambda each: count(each[1].n),
    Column("of the converted", number=True): lambda each: share(_part(each[1].converted, each[2].converted)),
    Column("of the lost", number=True): lambda each: share(_part(each[1].lost, each[2].lost)),
    Column("converted", number=True): lambda each: _rate(each[1]),
    Column("95% interval", number=True): lambda each: interval(each[1].rate),
}
OUTLIERS: dict[Column, Callable[[Outliers], Cell]] = {
    Column("column"): lambda each: prose(each.column),
    Column("lowest", number=True): lambda each: number(each.quantiles[0]),
    Column("1%", number=True): lambda each: number(each.quantiles[1]),
    Column("middle", number=True): lambda each: number(each.quantiles[3]),
    Column("99%", number=True): lambda each: number(each.quantiles[5]),
    Column("highest", number=True): lambda each: number(each.quantiles[6]),
    Column("far out", number=True): lambda each: count(each.far.n),
    Column("which are", number=True): lambda each: share(_part(each.far.n, each.far.n + each.within.n)),
    Column("converted of these", number=True): lambda each: _rate(each.far),
    Column("of the others", number=True): lambda each: _rate(each.within),
    Column("infinite", number=True): lambda each: count(each.infinite),
}
RARE: dict[Column, Callable[[ColumnFacts], Cell]] = {
    Column("column"): lambda each: prose(each.column.name),
    Column("values", number=True): lambda each: count(each.distinct),
    Column("leads with a rare value", number=True): lambda each: count(each.rare),
    Column("of those that say one", number=True): lambda each: share(_part(each.rare, each.filled)),
}


def columns(found: Survey) -> Section:
    """Every column in a line."""
    table = Table.of(
        "Columns as they are read, the strongest first",
        COLUMNS,
        found.columns,
        empty="The table has no column that can be learned from: all are empty, constant, texts or excluded.",
        note="Shown are values of 20 leads and more, and none that may be names, texts or identifiers.",
        tall=True,
        first=FIRST,
    )
    lead = (
        "What each column holds and how well it alone tells the outcome: ROC AUC, the share of pairs of a converted "
        "and a lost lead that it puts in the right order (0.5 is chance), and Cramér's V, from 0 (nothing) to 1 (all)."
    )
    aside = Table.of("Columns whose values are not shown", UNREAD, found.unread)
    return Section("columns", "Columns", lead, (table, aside) if found.unread else (table,))


def missing(found: Survey) -> Section:
    """What leads do not say."""
    title = "Missing values"
    lead = "How much of each column is missing, and whether leads convert otherwise where it is."
    there = [each for each in found.missing if each.empty.n]
    table = Table.of(
        "Columns with missing values",
        MISSING,
        there,
        empty="Nothing is missing: every lead says something in every column.",
        tall=len(there) > DRAWN,
        first=FIRST,
    )
    return Section("missing", title, lead, (*_gaps(there), table))


def _gaps(found: list[Missing]) -> tuple[Block, ...]:
    if not found:
        return ()
    most = found[:DRAWN]
    names = [plain(each.column) for each in most]
    words = "; ".join(f"{name} {percent(each.share)}" for name, each in zip(names, most, strict=True))
    axis = Axis("of the leads", (0, 1), percent=True)
    gaps = bars("Missing, the emptiest columns", words, axis, names, [each.share for each in most])
    rates = [(each.empty.rate, each.filled.rate) for each in most]
    if not all(one and other for one, other in rates):
        return (Charts((gaps,)),)
    sides = (
        Amounts("if missing", [one.value for one, _ in rates if one]),
        Amounts("if there", [other.value for _, other in rates if other]),
    )
    told = zip(names, *(each.values for each in sides), strict=True)
    words = "; ".join(f"{name} {a:.1%} and {b:.1%}" for name, a, b in told)
    title = "Converted where a column is missing, and where it is not"
    return (Charts((gaps, pairs(title, words, Axis("converted", percent=True), names, *sides))),)


def distributions(found: Survey) -> Section:
    """How the leads that convert differ from the others, column by column."""
    title = "Distributions by outcome"
    lead = "How the leads that convert are spread over the values of a column, and how the lost ones are."
    told = [(each.column, each.groups) for each in found.columns if each.groups and each.groups.total.known]
    if not told:
        why = f"There is nothing to hold apart: {NO_LABELS}, or no column has values that may be shown."
        return Section("distributions", title, lead, (Note(why, "empty"),))
    useless = {each.column for each in found.suspects or () if each.useless}
    own = [(column.name, groups) for column, groups in told if column.name == column.source and groups.named]
    drawn = [each for each in own if each[0] not in useless][:SPREAD]
    listed = [(column.name, group, groups.total) for column, groups in told[:LISTED] for group in groups.shown]
    table = Table.of("All columns, the strongest first", SPREADS, listed, tall=True, first=FIRST)
    return Section("distributions", title, lead, (Charts(tuple(_spread(*each) for each in drawn)), table))


def _spread(column: str, groups: Groups) -> Chart:
    """The values of a column by outcome."""
    shown, whole = groups.largest(BARS).shown, groups.total
    names = [masked(each.name) for each in shown]
    converted = [_part(each.converted, whole.converted) or 0.0 for each in shown]
    lost = [_part(each.lost, whole.lost) or 0.0 for each in shown]
    told = zip(names, converted, lost, strict=True)
    words = "; ".join(f"{name}: {percent(a)} of the converted, {percent(b)} of the lost" for name, a, b in told)
    sides = Amounts("of the converted", converted), Amounts("of the lost", lost)
    axis = Axis("of the leads with that outcome", percent=True)
    return pairs(plain(column), words, axis, names, *sides)


def outliers(found: Survey) -> Section:
    """Numbers far from the others, and values that hardly any lead has."""
    lead = (
        "Far out is a number more than three times the interquartile range beyond the quartiles (Tukey 1977). Counts "
        "and sums have long tails, so that alone is no mistake: look at the lowest and the highest."
    )
    numbers = Table.of(
        "Numbers",
        OUTLIERS,
        found.outliers,
        empty="There is no column of numbers with more than two values.",
        tall=len(found.outliers) > DRAWN,
        first=FIRST,
    )
    rare = [each for each in found.columns if each.column.kind is Kind.CATEGORY and each.rare]
    categories = Table.of(
        "Categories: values of fewer than 20 leads",
        RARE,
        sorted(rare, key=lambda each: -each.rare),
        empty="No category has a value of fewer than 20 leads.",
        tall=len(rare) > DRAWN,
        first=FIRST,
    )
    return Section("outliers", "Outliers and rare values", lead, (numbers, categories))


def _usual(groups: Groups | None) -> str:
    """The largest groups of a column, with their share of the leads that say it."""
    if groups is None:
        return "not shown"
    largest = sorted(groups.named, key=lambda each: -each.n)[:USUAL]
    filled = groups.total.n - (groups.missing.n if groups.missing else 0)
    return "; ".join(f"{masked(each.name)} {percent(each.n / filled, 0)}" for each in largest) or "no frequent value"


def _rate(group: Group) -> Cell:
    return share(group.rate.value if group.rate else None)


def _part(n: int, of: int) -> float | None:
    return n / of if of else None


def figure(value: float | None, form: str) -> Cell:
    """A figure that may be unknown."""
    return Cell(NONE, -1.0) if value is None else Cell(form.format(value), value)
