"""Charts as SVG that stands inside a page: drawn by matplotlib, its text left as text, small enough for a phone.

Each comes with what it shows in words.
"""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING

from leadscore.models.metrics import Estimate
from leadscore.report.blocks import Chart
from leadscore.report.shown import without_addresses

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which the colour-blind can tell apart; each line has a style of its own, too.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#777777"
INK = "#333333"
STYLES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":"))
SIZE = (4.6, 3.3)  # inches: about what a phone is wide, so that text keeps its size there
ROW = 0.36  # inches a row of names takes
LONGEST = 24  # characters of a line beside an axis

Numbers = Sequence[float]
Pair = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A line through points; ``marked`` shows the points, too."""

    name: str
    x: Numbers
    y: Numbers
    marked: bool = False


@dataclass(frozen=True)
class Axis:
    """What an axis measures, from where to where, and whether in percent or in powers of ten."""

    name: str
    limits: Pair | None = None
    percent: bool = False
    log: bool = False


@dataclass(frozen=True)
class Marks:
    """What stands out: a point and a vertical line, each with its name, and a thin line to compare with."""

    point: tuple[float, float, str] | None = None
    at: tuple[float, str] | None = None
    beside: Line | None = None


@dataclass(frozen=True)
class Row:
    """A named figure with its interval; ``beside`` is another to hold it against."""

    name: str
    estimate: Estimate
    beside: float | None = field(default=None)


def lines(title: str, words: str, x: Axis, y: Axis, drawn: Sequence[Line], marks: Marks | None = None) -> Chart:
    """Lines over one axis."""
    marks = marks or Marks()

    def draw(axes: "Axes") -> None:
        if marks.beside:
            axes.plot(marks.beside.x, marks.beside.y, color=GREY, lw=1, ls=(0, (4, 4)), label=marks.beside.name)
        for each, (colour, style) in zip(drawn, STYLES, strict=False):
            axes.plot(each.x, each.y, style, color=colour, lw=2, label=each.name, marker="o" if each.marked else None)
        if marks.at:
            axes.axvline(marks.at[0], color=INK, lw=1, ls=":", label=marks.at[1])
        if marks.point:
            across, up, name = marks.point
            axes.plot([across], [up], "D", color=INK, ms=7, label=name, zorder=5)
        _scale(axes, x, y)

    return _chart(title, words, SIZE, draw)


def ranges(
    title: str,
    words: str,
    x: Axis,
    found: Sequence[Row],
    reference: tuple[float, str] | None = None,
    names: tuple[str, str] = ("converted", "predicted"),
) -> Chart:
    """Figures below each other with their 95% intervals, and a line to hold them against.

    ``names`` are those of the figures and of what is ``beside`` them, if anything is.
    """

    def draw(axes: "Axes") -> None:
        places = range(len(found))
        values = [each.estimate.value for each in found]
        reach = (
            [max(each.estimate.value - each.estimate.low, 0) for each in found],
            [max(each.estimate.high - each.estimate.value, 0) for each in found],
        )
        axes.errorbar(
            values,
            places,
            xerr=reach,
            fmt="o",
            color=BLUE,
            ms=7,
            lw=2.5,
            label=names[0] if any(each.beside is not None for each in found) else None,
        )
        others = [(each.beside, place) for place, each in enumerate(found) if each.beside is not None]
        if others:
            axes.plot(*zip(*others, strict=True), "x", color=ORANGE, ms=8, mew=2.5, label=names[1], zorder=5)
        if reference:
            axes.axvline(reference[0], color=GREY, lw=1, ls=(0, (4, 4)), label=reference[1])
        _named(axes, x, [each.name for each in found])

    return _chart(title, words, (SIZE[0], 1.3 + ROW * len(found)), draw)


def bars(title: str, words: str, x: Axis, names: Sequence[str], values: Numbers) -> Chart:
    """Named amounts below each other, the first on top."""

    def draw(axes: "Axes") -> None:
        axes.barh(range(len(values)), values, color=BLUE, height=0.7)
        _named(axes, x, names)

    return _chart(title, words, (SIZE[0], 0.9 + ROW * len(values)), draw)


def shortened(name: str) -> str:
    """A name that fits beside an axis, in two lines at most, and is no e-mail address."""
    return "\n".join(wrap(without_addresses(name), LONGEST, max_lines=2, placeholder="…"))


def _scale(axes: "Axes", x: Axis, y: Axis) -> None:
    from matplotlib.ticker import PercentFormatter

    for axis, ticks, label, limit, scale in (
        (x, axes.xaxis, axes.set_xlabel, axes.set_xlim, axes.set_xscale),
        (y, axes.yaxis, axes.set_ylabel, axes.set_ylim, axes.set_yscale),
    ):
        label(axis.name)
        if axis.log:
            scale("log")
        if axis.limits:
            limit(axis.limits)
        if axis.percent:
            ticks.set_major_formatter(PercentFormatter(1, decimals=0))


def _named(axes: "Axes", x: Axis, names: Sequence[str]) -> None:
    _scale(axes, x, Axis(""))
    axes.set_yticks(range(len(names)), [shortened(each) for each in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)


def _chart(title: str, words: str, size: Pair, draw: "Callable[[Axes], None]") -> Chart:
    """Draw into axes of our look, and keep the SVG. Equal figures give equal bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": title,  # so that the names inside are not those of another chart of the page
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    ):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        axes.grid(alpha=0.25)
        axes.set_axisbelow(True)
        draw(axes)
        if axes.get_legend_handles_labels()[1]:
            figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
        image = io.StringIO()
        untold = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(image, format="svg", transparent=True, metadata=untold)
    return Chart(title, words, _inner(image.getvalue()))


def _inner(svg: str) -> str:
    """The SVG as it stands inside a page: without its prolog, and without ids that nothing refers to."""
    _, start, rest = svg.partition("<svg")
    return re.sub(r'<g id="[^"]*"', "<g", start + rest).strip()
