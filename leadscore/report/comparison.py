"""A comparison of recipes on the terminal, as a page, and as JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as Lines
from rich.text import Text

from leadscore.models.metrics import Estimate
from leadscore.recipes.figures import Comparison, Entry, Figures, Judged, OwnFigures
from leadscore.report.blocks import Block, Cell, Chart, Charts, Column, Note, Page, Section, Table
from leadscore.report.charts import Axis, Row, ranges
from leadscore.report.html import html
from leadscore.report.shown import moment, percent, prose, ranged
from leadscore.report.terminal import below
from leadscore.report.words import HOLDOUTS

Named = tuple[str, Judged]

Figure = Callable[[Figures], Estimate]

CALLING: dict[str, Figure] = {
    "F1": lambda at: at.f1,
    "F1 at 0.5": lambda at: at.f1_at_half,
    "best F1": lambda at: at.f1_at_best,
}
RANKING: dict[str, Figure] = {
    "ROC AUC": lambda at: at.roc_auc,
    "AP": lambda at: at.average_precision,
    "log loss": lambda at: at.log_loss,
}
FIGURES = CALLING | RANKING
APART = {"f1": "F1", "roc_auc": "ROC AUC", "average_precision": "AP", "log_loss": "log loss"}
FEWEST = {"f1": "+/- F1", "average_precision": "+/- AP", "log_loss": "+/- loss"}  # that a terminal has room for
KEY = (
    "F1: at the recipe's own cutoff; best F1: at the cutoff that only hindsight knows; AP: average precision; below "
    "each figure its 95% interval. +/-: by how much it exceeds the champion's recipe, on the same resampled leads. own "
    "F1: what the protocol of the write-up says, on the training leads; the page says what that did"
)
NONE = "-"


def show_comparison(console: Console, found: Comparison) -> None:
    """The figures of each recipe, how it differs from the champion's, and what could not be compared."""
    console.print(f"\n{title(found)}", style="bold", markup=False)
    console.print(lead(found), markup=False, highlight=False)
    console.print()
    console.print(lines(found, FIGURES, figures_of))
    console.print(lines(found, (*FEWEST.values(), "fit s", "leads/s", "own F1"), apart_of))
    below(console, KEY)
    for entry in found.entries:
        if entry.skipped:
            below(console, f"{entry.name} is left out: {entry.skipped}")


def lines(found: Comparison, names: Iterable[str], cells: Callable[[Entry], list[str]]) -> Lines:
    """A line for each recipe that could be judged."""
    table = Lines(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("recipe", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    for entry, _ in found.compared:
        table.add_row(Text(entry.name), *cells(entry))
    return table


def figures_of(entry: Entry) -> list[str]:
    assert entry.judged is not None
    return [two_lines(figure(entry.judged.figures)) for figure in FIGURES.values()]


def apart_of(entry: Entry) -> list[str]:
    assert entry.judged is not None
    apart, own = entry.judged.differences, entry.own_protocol
    return [
        *(two_lines(apart[name], "+") if apart else NONE for name in FEWEST),
        f"{entry.fit_seconds:,.0f}",
        f"{entry.judged.leads_per_second:,.0f}",
        two_lines(own.figures.f1) if own else NONE,
    ]


def two_lines(found: Estimate, sign: str = "") -> str:
    """A figure, and below it its interval."""
    return f"{found.value:{sign}.3f}\n[dim]{found.low:{sign}.2f} {found.high:{sign}.2f}[/dim]"


def title(found: Comparison) -> str:
    return f"{len(found.compared)} recipes on the same leads"


def lead(found: Comparison) -> str:
    """What all were fitted and judged on."""
    rate = found.conversions_holdout / found.n_holdout
    return (
        f"Fitted on {found.n_train:,} leads, {found.conversions_train:,} of which converted; judged on "
        f"{HOLDOUTS[found.holdout]}, which none of them saw: {found.n_holdout:,} leads, of which {percent(rate)} "
        f"converted. Up to {found.budget_s} s a search, seed {found.seed}."
    )


def write(found: Comparison, folder: Path) -> list[Path]:
    """Write compare.json and compare.html into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    data, page = folder / "compare.json", folder / "compare.html"
    data.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    page.write_text(html(comparison_page(found)), encoding="utf-8")
    return [data, page]


def comparison_page(found: Comparison) -> Page:
    """The page of a comparison."""
    return Page(
        title=title(found)[:1].upper() + title(found)[1:],
        lead=lead(found),
        blocks=(Charts((f1_chart(found), precision_chart(found))),),
        sections=(
            Section("all", "All recipes", "What each does to leads that it has never seen.", all_recipes(found)),
            Section("champion", "Beside the champion's recipe", *_champion(found)),
            Section("own", "What honest evaluation takes away", *_own(found)),
            Section("changed", "With one thing changed", *_changed(found)),
            Section("notes", "What each did", "In its own words.", tuple(_notes(found))),
        ),
        foot=f"Made {moment(found.made)} by leadscore {found.leadscore} compare, on {found.machine}.",
    )


def all_recipes(found: Comparison) -> tuple[Block, ...]:
    """Two tables, as one would be too wide for a screen: what needs a cutoff, and what needs none."""
    rows = [(entry.name, judged) for entry, judged in found.compared]
    seconds = {entry.name: entry.fit_seconds or 0.0 for entry in found.entries}
    cost: dict[Column, Callable[[Named], Cell]] = {
        Column("fit, seconds", number=True): lambda row: Cell(f"{seconds[row[0]]:,.0f}", seconds[row[0]]),
        Column("leads a second", number=True): lambda row: Cell(f"{row[1].leads_per_second:,.0f}"),
    }
    note = "With 95% bootstrap intervals. F1 is at the recipe's own cutoff, best F1 at one that only hindsight knows."
    return (
        Table.of("Calling, on the held-out leads", figures_at_cutoffs(), rows, note=note),
        Table.of("Ranking and probabilities on the held-out leads, and cost", ranking() | cost, rows),
    )


def figures_at_cutoffs() -> dict[Column, Callable[[Named], Cell]]:
    named: dict[Column, Callable[[Named], Cell]] = {
        Column("recipe"): lambda row: Cell(row[0]),
        Column("cutoff", number=True): lambda row: Cell(f"{row[1].figures.cutoff:.3f}", row[1].figures.cutoff),
    }
    return named | shown_as(CALLING)


def ranking() -> dict[Column, Callable[[Named], Cell]]:
    named: dict[Column, Callable[[Named], Cell]] = {Column("recipe"): lambda row: Cell(row[0])}
    return named | shown_as(RANKING)


def shown_as(figures: Mapping[str, Figure]) -> dict[Column, Callable[[Named], Cell]]:
    """A column for each figure, with its interval."""

    def cell(figure: Figure) -> Callable[[Named], Cell]:
        return lambda row: ranged(figure(row[1].figures))

    return {Column(name, number=True): cell(figure) for name, figure in figures.items()}


def apart(caption: str, rows: Sequence[Named]) -> Table:
    """By how much scorers differ from what the caption says."""

    def cell(key: str) -> Callable[[Named], Cell]:
        return lambda row: ranged(row[1].differences[key], "{:+.3f}") if row[1].differences else Cell(NONE, 0.0)

    named: dict[Column, Callable[[Named], Cell]] = {Column("recipe"): lambda row: Cell(row[0])}
    shown = named | {Column(name, number=True): cell(key) for key, name in APART.items()}
    return Table.of(caption, shown, rows, empty="There is nothing to hold against it.")


def f1_chart(found: Comparison) -> Chart:
    rows = [Row(entry.name, judged.figures.f1, judged.figures.f1_at_best.value) for entry, judged in found.compared]
    words = "; ".join(f"{row.name}: {row.estimate.value:.3f}, at best {row.beside:.3f}" for row in rows)
    reference = (rows[0].estimate.value, "champion's recipe") if rows else None
    axis = Axis("F1, with 95% intervals")
    return ranges("F1 at the own cutoff", words, axis, rows, reference, ("own cutoff", "best in hindsight"))


def precision_chart(found: Comparison) -> Chart:
    rows = [Row(entry.name, judged.figures.average_precision) for entry, judged in found.compared]
    words = "; ".join(f"{row.name}: {row.estimate.value:.3f}" for row in rows)
    reference = (rows[0].estimate.value, "champion's recipe") if rows else None
    return ranges("Average precision", words, Axis("average precision, with 95% intervals"), rows, reference)


def _champion(found: Comparison) -> tuple[str, tuple[Block, ...]]:
    who = f"that of model {found.champion}" if found.champion else "searched for, as there is no champion"
    words = f"The champion's recipe, {who}, is the one that the others are held against."
    rows = [(entry.name, judged) for entry, judged in found.compared if judged.differences]
    return words, (apart("By how much a figure exceeds that of the champion's recipe, on the same leads", rows),)


def _own(found: Comparison) -> tuple[str, tuple[Block, ...]]:
    words = "Each write-up judged itself by its own protocol. Here it is repeated on the training leads, slips and all."
    rows = [(entry, judged, entry.own_protocol) for entry, judged in found.compared if entry.own_protocol]
    if not rows:
        return words, (Note("None of these recipes has a protocol of its own.", "empty"),)
    drawn = [Row(entry.name, judged.figures.f1, own.figures.f1.value) for entry, judged, own in rows]
    told = "; ".join(f"{row.name}: {row.beside:.3f} in its own words, {row.estimate.value:.3f} here" for row in drawn)
    chart = ranges(
        "F1 by the own protocol and here", told, Axis("F1", (0, 1)), drawn, names=("held-out leads", "own protocol")
    )
    return words, (_own_table(rows), chart)


def _own_table(rows: Sequence[tuple[Entry, Judged, OwnFigures]]) -> Table:
    shown: dict[Column, Callable[[tuple[Entry, Judged, OwnFigures]], Cell]] = {
        Column("recipe"): lambda row: Cell(row[0].name),
        Column("own F1", number=True): lambda row: ranged(row[2].figures.f1),
        Column("own F1 at 0.5", number=True): lambda row: ranged(row[2].figures.f1_at_half),
        Column("own ROC AUC", number=True): lambda row: ranged(row[2].figures.roc_auc),
        Column("F1 here", number=True): lambda row: ranged(row[1].figures.f1),
        Column("what it did", prose=True): lambda row: prose(row[2].words),
    }
    return Table.of("The write-ups' own protocols", shown, rows)


def _changed(found: Comparison) -> tuple[str, tuple[Block, ...]]:
    words = "The same fits with one thing changed, on the same held-out leads: what that thing is worth."
    empty = "None of these recipes has such fits."
    rows = [(f"{entry.name}: {name}", each) for entry, _ in found.compared for name, each in entry.beside.items()]
    calling = Table.of("Calling with one thing changed, on the held-out leads", figures_at_cutoffs(), rows, empty=empty)
    return words, (calling, apart("By how much a figure exceeds that of the recipe as it is", rows))


def _notes(found: Comparison) -> Iterator[Block]:
    for entry in found.entries:
        of = f" ({entry.write_up})" if entry.write_up else ""
        told = [entry.summary, *(entry.notes or ([f"Left out: {entry.skipped}"] if entry.skipped else []))]
        yield Note(f"{entry.name}{of}: {' '.join(told)}")
