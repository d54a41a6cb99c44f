"""Charts as SVG that stands inside a page: drawn by matplotlib, its text left as text, small enough for a phone.

Each comes with what it shows in words.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING

from leadscore.models.metrics import Estimate
from leadscore.report.blocks import Chart
from leadscore.report.shown import without_addresses

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which the colour-blind can tell apart; each line has a style of its own, too.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#777777"
INK = "#333333"
STYLES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":"))
SIZE = (4.6, 3.3)  # inches: about what a phone is wide, so that text keeps its size there
ROW = 0.36  # inches a row of names takes
WIDE_ROW = 0.48  # the same with two bars
LONGEST = 24  # characters of a line beside an axis
MARGIN = 5  # pixels around a chart
FAINT, DARK = 0.05, 0.65  # of a grid: figures are left out below the first, and white above the second
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
class Amounts:
    """What bars show, and how much."""

    name: str
    values: Numbers


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


def pairs(title: str, words: str, x: Axis, names: Sequence[str], first: Amounts, second: Amounts) -> Chart:
    """Two named amounts of each name, one below the other."""

    def draw(axes: "Axes") -> None:
        for each, shift, colour in ((first, -0.2, BLUE), (second, 0.2, ORANGE)):
            places = [place + shift for place in range(len(names))]
            axes.barh(places, each.values, color=colour, height=0.36, label=each.name)
        _named(axes, x, names)

    return _chart(title, words, (SIZE[0], 1.2 + WIDE_ROW * len(names)), draw)


def grid(title: str, words: str, names: Sequence[str], values: Sequence[Numbers], limits: Pair) -> Chart:
    """How each two of some names hang together, as a square of colours with figures; columns go by number."""

    def draw(axes: "Axes") -> None:
        places = range(len(names))
        shown = "RdBu_r" if limits[0] < 0 else "Blues"
        axes.pcolormesh(values, cmap=shown, vmin=limits[0], vmax=limits[1], edgecolors="white", linewidth=1)
        told = [(up, across) for up in places for across in places if up != across and abs(values[up][across]) >= FAINT]
        for up, across in told:
            value = values[up][across]
            ink = "white" if abs(value) > DARK else INK
            axes.text(across + 0.5, up + 0.5, f"{value:.1f}", color=ink, ha="center", va="center", fontsize=7)
        axes.set_xticks([place + 0.5 for place in places], [str(place + 1) for place in places])
        labels = [f"{shortened(name)}  {place + 1}" for place, name in enumerate(names)]
        axes.set_yticks([place + 0.5 for place in places], labels)
        axes.invert_yaxis()
        axes.grid(visible=False)

    return _chart(title, words, (SIZE[0], 1.0 + ROW * len(names)), draw)


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
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _look(title):
        figure = Figure(figsize=size, dpi=72)
        FigureCanvasSVG(figure)  # which measures text as it draws it
        axes = figure.subplots()
        axes.grid(alpha=0.25)
        axes.set_axisbelow(True)
        draw(axes)
        _fit(figure, axes, _legend(figure, axes))
        image = io.StringIO()
        untold = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(image, format="svg", transparent=True, metadata=untold)
    return Chart(title, words, _inner(image.getvalue()))


def _legend(figure: "Figure", axes: "Axes", across: int = 3) -> float:
    """Name what is drawn at the foot of the figure, where it has names; the height (pixels) that this takes.

    At most so many names stand ``across``, fewer where they do not fit or a last one would stand alone.
    """
    named = len(axes.get_legend_handles_labels()[1])
    if not named:
        return 0.0
    legend = figure.legend(loc="lower center", ncols=across, frameon=False, fontsize=9)
    taken = legend.get_window_extent()
    if across > 1 and (taken.width > figure.bbox.width or named == across + 1):
        legend.remove()
        return _legend(figure, axes, across - 1)
    return taken.height + MARGIN


def _fit(figure: "Figure", axes: "Axes", foot: float) -> None:
    """Give the ``axes`` the room that the words around them, and the ``foot`` (pixels) of the figure, leave.

    Measured once: matplotlib's own layouts measure and draw all of it twice, and take as long as the drawing itself.
    """
    whole, inner, around = figure.bbox, axes.bbox, axes.get_tightbbox(for_layout_only=True)
    assert around is not None
    figure.subplots_adjust(
        left=(inner.x0 - around.x0 + MARGIN) / whole.width,
        right=1 - (around.x1 - inner.x1 + MARGIN) / whole.width,
        bottom=(inner.y0 - around.y0 + MARGIN + foot) / whole.height,
        top=1 - (around.y1 - inner.y1 + MARGIN) / whole.height,
    )


@contextmanager
def _look(title: str) -> Iterator[None]:
    """Our look of a chart with this ``title``. Text stays text, which the reader's fonts draw, and no formula."""
    from matplotlib import rc_context

    look = rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": title,  # so that the names inside are not those of another chart of the page
            "text.parse_math": False,
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        }
    )
    with warnings.catch_warnings(), look:
        warnings.filterwarnings("ignore", "Glyph .* missing")
        yield


def _inner(svg: str) -> str:
    """The SVG as it stands inside a page: without its prolog, and without ids that nothing refers to."""
    _, start, rest = svg.partition("<svg")
    return re.sub(r'<g id="[^"]*"', "<g", start + rest).strip()
