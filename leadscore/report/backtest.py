"""A backtest on the terminal, as a plot and as JSON."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from leadscore.backtest.figures import Backtest, Period
from leadscore.models.metrics import Estimate, Measures
from leadscore.report.charts import BLUE, GREEN, GREY, ORANGE
from leadscore.report.terminal import below, show
from leadscore.report.words import Summary

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KEY = (
    "then: base rate of the leads known at the origin; after: of the judged ones, which came in until the next; "
    "AP: average precision; gate: whether the model of the origin is the new champion, or an older one stays and scores"
)

FIGURES: dict[str, Callable[[Measures], Estimate]] = {
    "precision": lambda at: at.precision,
    "recall": lambda at: at.recall,
    "F1": lambda at: at.f1,
    "ROC AUC": lambda at: at.roc_auc,
    "average precision": lambda at: at.average_precision,
}
SHORT = ("prec", "rec", "F1", "AUC", "AP", "loss")  # so that a row fits on 80 characters


def show_backtest(console: Console, found: Backtest) -> None:
    """A line for each origin, why some had no champion, the totals, and what these leave open."""
    console.print()
    console.print(table(found))
    below(console, KEY)
    for period in found.periods:
        if period.judged is None:
            console.print(f"{period.start:%Y-%m-%d}: no champion", highlight=False)
            below(console, period.verdict)
    show(console, summary(found))
    for note in found.notes:
        below(console, note)


def table(found: Backtest) -> Table:
    """The figures by origin."""
    lines = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for name in ("origin", "known", "judged", "then", "after", "cutoff", *SHORT, "gate"):
        lines.add_column(name, justify="left" if name in ("origin", "gate") else "right", overflow="fold")
    for period in found.periods:
        lines.add_row(*_cells(period))
    return lines


def summary(found: Backtest) -> Summary:
    """The totals in words."""
    total, promoted = found.total, sum(period.promoted for period in found.periods)
    trained = sum(period.known is not None for period in found.periods)
    return Summary(
        f"Backtest of {total.periods} {found.every}{'s' if total.periods > 1 else ''}",
        (
            ("judged on", f"{total.n:,} leads that came in after each retrain: {total.conversions:,} converted"),
            ("promoted", f"{promoted} of {trained} models"),
            ("base rate", str(total.base_rate)),
            ("precision", str(total.precision)),
            ("recall", str(total.recall)),
            ("F1", str(total.f1)),
            ("ROC AUC", f"{total.roc_auc}, within a {found.every}"),
            ("average precision", f"{total.average_precision}, within a {found.every}"),
            ("log loss", str(total.log_loss)),
        ),
    )


def write(found: Backtest, folder: Path) -> list[Path]:
    """Write backtest.json and backtest.svg into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    data, image = folder / "backtest.json", folder / "backtest.svg"
    data.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    plot(found, image)
    return [data, image]


def plot(found: Backtest, file: Path) -> None:
    """Three panels over time: what a called lead is worth, how well leads are ordered, and how many convert."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    periods = [(each.start, each.judged.measures) for each in found.periods if each.judged and each.judged.measures]
    starts = [start for start, _ in periods]
    figure = Figure(figsize=(9, 9), layout="constrained")
    figure.suptitle(f"Retrained every {found.every}, judged on the leads that came next (bands: 95% intervals)")
    called, order, rates = figure.subplots(3, 1, sharex=True)
    styles = ((BLUE, "o-"), (ORANGE, "s--"), (GREEN, "^:"))
    for axes, names in ((called, ("F1", "precision", "recall")), (order, ("ROC AUC", "average precision"))):
        for name, (colour, style) in zip(names, styles, strict=False):
            _line(axes, starts, [FIGURES[name](measures) for _, measures in periods], name, colour, style)
    _line(rates, starts, [measures.base_rate for _, measures in periods], "base rate of what came", BLUE, "o-")
    then = [(each.start, each.base_rate) for each in found.periods if each.base_rate is not None]
    rates.plot(*zip(*then, strict=True), "s--", color=ORANGE, label="base rate known then")
    cutoffs = [(each.start, each.judged.cutoff) for each in found.periods if each.judged]
    rates.plot(*zip(*cutoffs, strict=True), "^:", color=GREEN, label="cutoff")
    promoted = [each.start for each in found.periods if each.promoted]
    for axes, title in ((called, "at the cutoff"), (order, "ranking by probability"), (rates, "rates and cutoff")):
        whole = axes.get_xaxis_transform()  # from the bottom of a panel to its top, whatever its values
        axes.vlines(promoted, 0, 1, GREY, "dotted", label="model promoted", transform=whole, zorder=0)
        axes.set_title(title, loc="left", fontsize="medium")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", alpha=0.3)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    with rc_context({"svg.hashsalt": "leadscore"}):  # equal figures give equal bytes
        figure.savefig(file, metadata={"Date": None})


def _line(
    axes: "Axes", starts: Sequence[datetime], found: Sequence[Estimate], name: str, colour: str, style: str
) -> None:
    """A figure over time in the band of its 95% intervals."""
    axes.plot(starts, [each.value for each in found], style, color=colour, label=name)  # type: ignore[arg-type]
    axes.fill_between(starts, [each.low for each in found], [each.high for each in found], color=colour, alpha=0.12)  # type: ignore[arg-type]


def _cells(period: Period) -> list[str]:
    """A row of the table; what there was none of stays empty."""
    judged = period.judged
    measures = judged.measures if judged else None
    return [
        f"{period.start:%Y-%m-%d}",
        "" if period.known is None else f"{period.known:,}",
        f"{judged.n:,}" if judged else "",
        "" if period.base_rate is None else f"{period.base_rate:.1%}",
        f"{judged.conversions / judged.n:.1%}" if judged and judged.n else "",
        f"{judged.cutoff:.2f}" if judged else "",
        *(f"{figure(measures).value:.2f}" if measures else "" for figure in FIGURES.values()),
        f"{measures.log_loss.value:.3f}" if measures else "",
        "new" if period.promoted else "stays" if judged else "none",
    ]
