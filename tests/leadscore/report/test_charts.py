import re

from leadscore.models.metrics import Estimate
from leadscore.report.blocks import Chart
from leadscore.report.charts import Amounts, Axis, Line, Marks, Row, bars, grid, lines, pairs, ranges, shortened

HALF = Estimate(value=0.5, low=0.4, high=0.6)


def drawn() -> list[Chart]:
    x, y = Axis("recall", (0, 1), percent=True), Axis("precision")
    marks = Marks(point=(0.5, 0.5, "cutoff 0.3"), at=(0.3, "here"), beside=Line("chance", (0, 1), (0, 1)))
    return [
        lines("Curve", "up", x, y, [Line("model", (0, 1), (1, 0), marked=True)], marks),
        ranges("Rates", "wide", x, [Row("A", HALF, 0.45), Row("B", HALF)], (0.5, "all")),
        bars("Amounts", "long", Axis("rise"), ["size", "country"], [0.2, 0.1]),
    ]


def test_text_stays_text_and_names_what_is_drawn() -> None:
    curve, rates, amounts = (chart.svg for chart in drawn())
    for text in ("recall", "precision", "cutoff 0.3", "chance", "100%"):
        assert f">{text}</text>" in curve, text
    assert ">predicted</text>" in rates
    assert ">country</text>" in amounts


def test_a_drawing_stands_inside_a_page() -> None:
    for chart in drawn():
        assert chart.svg.startswith("<svg")
        assert chart.svg.endswith("</svg>")
        assert "viewBox" in chart.svg
        assert len(chart.svg) < 40_000


def test_charts_of_a_page_share_no_id() -> None:
    ids = [re.findall(r' id="([^"]+)"', chart.svg) for chart in drawn()]
    assert len({name for each in ids for name in each}) == sum(map(len, ids))


def test_equal_figures_give_equal_drawings() -> None:
    assert drawn() == drawn()


def test_long_names_are_cut_and_addresses_are_none() -> None:
    assert shortened("short") == "short"
    assert shortened("account not seen, owner not seen (12)") == "account not seen, owner\nnot seen (12)"
    assert shortened("word " * 40) == "word word word word word\nword word word word…"
    assert "@" not in shortened("kim@example.com")


def test_bars_beside_each_other_are_told_apart_by_a_legend() -> None:
    sides = Amounts("of the converted", [0.4, 0.6]), Amounts("of the lost", [0.7, 0.3])
    chart = pairs("Size", "words", Axis("share", percent=True), ["small", "large"], *sides)
    for text in ("of the converted", "of the lost", "small", "large"):
        assert f">{text}</text>" in chart.svg, text


def test_a_legend_of_long_names_stays_inside_the_chart() -> None:
    names = ["of the conversions that are to come", "of all of the outcomes", "95% of all of the conversions"]
    chart = lines("Curve", "up", Axis("age"), Axis("known"), [Line(name, (0, 1), (0, 1)) for name in names])
    starts = [re.search(rf' x="([-\d.]+)"[^>]*>{name}<', chart.svg) for name in names]
    assert all(found and 0 < float(found[1]) < 100 for found in starts), "one below the other"


def test_a_grid_tells_what_is_not_faint() -> None:
    values = [[1.0, -0.72, 0.01], [-0.72, 1.0, 0.3], [0.01, 0.3, 1.0]]
    chart = grid("Correlation", "words", ["size", "budget", "age"], values, (-1, 1))
    assert chart.svg.count(">-0.7<") == 2
    assert chart.svg.count(">0.3<") == 2
    assert ">0.0<" not in chart.svg
    assert "budget" in chart.svg


def test_names_in_other_scripts_and_with_signs_of_formulas_stay_as_they_are() -> None:
    chart = bars("Amounts", "words", Axis("x"), ["최종 고객", "عميل", "price $ in $_US$"], [1, 2, 3])
    for text in ("최종 고객", "عميل", "price $ in $_US$"):
        assert f">{text}</text>" in chart.svg, text
