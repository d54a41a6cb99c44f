"""The parts of the explore page that look at what columns say: of the outcome, of each other, and too much."""

from collections.abc import Callable

from leadscore.explore.association import Link
from leadscore.explore.strength import Overlap
from leadscore.explore.survey import Survey
from leadscore.leaks.findings import Finding
from leadscore.report.blocks import Block, Cell, Chart, Charts, Column, Note, Section, Table
from leadscore.report.charts import Axis, bars, grid
from leadscore.report.explored_columns import DRAWN, NO_LABELS, figure
from leadscore.report.explored_groups import FIRST, plain
from leadscore.report.shown import count, prose

SQUARE = 12  # columns of a grid
MOST_PAIRS = 100
LOOSE, WEAK = 0.1, 0.3  # Cramér's V and correlation that are worth a row
TELLING, INFLATED, HUGE = 2.0, 10.0, 1000.0  # variance inflation worth a row, worth a mark, and beyond telling
LINKS: dict[Column, Callable[[Link], Cell]] = {
    Column("column"): lambda each: prose(each.first),
    Column("and"): lambda each: prose(each.second),
    Column("Cramér's V", number=True): lambda each: figure(each.v, "{:.2f}"),
    Column("leads", number=True): lambda each: count(each.n),
}
PAIRS: dict[Column, Callable[[tuple[str, str, float]], Cell]] = {
    Column("column"): lambda each: prose(each[0]),
    Column("and"): lambda each: prose(each[1]),
    Column("rank correlation", number=True): lambda each: figure(each[2], "{:+.2f}"),
}
INFLATION: dict[Column, Callable[[tuple[str, float]], Cell]] = {
    Column("column"): lambda each: prose(each[0]),
    Column("variance inflation", number=True): lambda each: _inflation(each[1]),
}
SUSPECTS: dict[Column, Callable[[Finding], Cell]] = {
    Column("column"): lambda each: prose(each.column),
    Column("check", filters=True): lambda each: prose(each.check),
    Column("is", filters=True): lambda each: _verdict(each),
    Column("found", prose=True): lambda each: prose(each.figure),
}


def strength(found: Survey) -> Section:
    """Which columns tell the outcome, and which tell each other."""
    lead = (
        "Cramér's V of each column with the outcome, and of categories with each other, without the bias that many "
        "values and few leads give it (Bergsma 2013). Numbers take part in bands."
    )
    told = [link for link in found.links if link.v >= LOOSE][:MOST_PAIRS]
    table = Table.of(
        f"Categories that hang together by {LOOSE} and more",
        LINKS,
        told,
        empty=f"No two categories hang together by {LOOSE} or more.",
        tall=len(told) > DRAWN,
        first=FIRST,
    )
    return Section("association", "Association", lead, (*_strongest(found), *_links(found), table))


def _strongest(found: Survey) -> tuple[Block, ...]:
    told = sorted((each for each in found.columns if each.v is not None), key=lambda each: -(each.v or 0))[:DRAWN]
    if not told:
        return (Note(f"What tells the outcome cannot be said: {NO_LABELS}.", "empty"),)
    names = [plain(each.column.name) for each in told]
    by_v = _bars("Cramér's V with the outcome", Axis("Cramér's V"), names, [each.v or 0.0 for each in told])
    alone = sorted(told, key=lambda each: -(each.auc or 0))
    names = [plain(each.column.name) for each in alone]
    aucs = [each.auc or 0.0 for each in alone]
    return (Charts((by_v, _bars("ROC AUC of each column alone", Axis("ROC AUC", (0.45, 1)), names, aucs))),)


def _bars(title: str, axis: Axis, names: list[str], values: list[float]) -> Chart:
    words = "; ".join(f"{name} {value:.2f}" for name, value in zip(names, values, strict=True))
    return bars(title, words, axis, names, values)


def _links(found: Survey) -> tuple[Block, ...]:
    """The grid of the categories that come first in the list of links."""
    names = list(dict.fromkeys(name for link in found.links for name in link[:2]))[:SQUARE]
    if len(names) < 2:
        return ()
    v = {frozenset(link[:2]): link.v for link in found.links}
    square = [[v.get(frozenset((one, other)), 1.0) for other in names] for one in names]
    words = "; ".join(f"{plain(link.first)} and {plain(link.second)} {link.v:.2f}" for link in found.links[:5])
    title = "Cramér's V between categories, those that hang together most"
    return (Charts((grid(title, words, [plain(each) for each in names], square, (0, 1)),)),)


def overlapping(found: Survey) -> Section:
    """Columns that say the same."""
    title = "Correlation"
    lead = (
        "Spearman's rank correlation of columns, and how much the variance of a coefficient would be inflated by the "
        "other columns (VIF; from 10 on nine tenths of a column is in the others). A category stands for its "
        "conversion rate."
    )
    if found.overlap is None:
        why = "There are no two columns to compare: it takes numbers, or categories and known outcomes."
        return Section("correlation", title, lead, (Note(why, "empty"),))
    pairs = [pair for pair in found.overlap.pairs if abs(pair[2]) >= WEAK][:MOST_PAIRS]
    table = Table.of(
        f"Columns that correlate by {WEAK} and more",
        PAIRS,
        pairs,
        empty=f"No two columns correlate by {WEAK} or more.",
        tall=len(pairs) > DRAWN,
        first=FIRST,
    )
    factors = sorted(zip(found.overlap.names, found.overlap.inflation.tolist(), strict=True), key=lambda each: -each[1])
    inflated = [each for each in factors if each[1] >= TELLING][:DRAWN]
    vif = Table.of(
        f"Variance inflation factors of {TELLING:g} and more",
        INFLATION,
        inflated,
        empty=f"No column has a variance inflation factor of {TELLING:g} or more: none repeats what others say.",
    )
    return Section("correlation", title, lead, (Charts((_correlations(found.overlap),)), table, vif))


def _correlations(found: Overlap) -> Chart:
    """The grid of the columns that correlate most."""
    names = list(dict.fromkeys(name for pair in found.pairs for name in pair[:2]))[:SQUARE]
    at = [found.names.index(each) for each in names]
    square = found.correlation[at][:, at].tolist()
    words = "; ".join(f"{plain(one)} and {plain(other)} {r:+.2f}" for one, other, r in found.pairs[:5])
    title = "Rank correlation, the columns that correlate most"
    return grid(title, words, [plain(each) for each in names], square, (-1, 1))


def _inflation(value: float) -> Cell:
    text = f"over {HUGE:,.0f}" if value > HUGE else f"{value:.1f}"
    return Cell(text, value, "bad" if value >= INFLATED else "")


def suspects(found: Survey) -> Section:
    """What may know the outcome."""
    title = "Leak suspects"
    lead = "Columns that may be filled in once the outcome is known, and those that say nothing."
    if found.suspects is None:
        return Section("suspects", title, lead, (Note(f"No column can be judged: {NO_LABELS}.", "empty"),))
    note = (
        "Judged by all leads of this page whose outcome is known, and by the open ones; training judges by those "
        "before its holdout, and does with a leak what [leads] on_leak says."
    )
    table = Table.of(
        "What the leak guard found, leaks first",
        SUSPECTS,
        found.suspects,
        empty="The leak guard found nothing: no column seems to know the outcome, none is empty of meaning.",
        note=note,
        tall=len(found.suspects) > DRAWN,
        first=FIRST,
    )
    return Section("suspects", title, lead, (table,))


def _verdict(found: Finding) -> Cell:
    if found.leak:
        return Cell("a leak, it seems", 0.0, "bad")
    return Cell("of no use", 1.0) if found.useless else Cell("worth a look", 2.0)
