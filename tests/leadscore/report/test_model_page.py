"""The page of a model."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pages.browsing import chromium, opened, require_accessible
from pages.nights import DAY, MODEL, NIGHT
from playwright.sync_api import Browser

from leadscore.models.curve import Curve
from leadscore.models.gate import Met
from leadscore.models.metrics import Estimate
from leadscore.report.blocks import Chart, Charts, Note, Page, Section, Table
from leadscore.report.html import html
from leadscore.report.model_page import model_page
from leadscore.training.card import Card

MET = Met(
    version="m0",
    n=900,
    conversions=90,
    champion={"average_precision": 0.4, "log_loss": 0.25, "roc_auc": 0.8},
    difference={
        "average_precision": Estimate(value=0.05, low=0.01, high=0.09),
        "log_loss": Estimate(value=0.02, low=0.01, high=0.03),
        "roc_auc": Estimate(value=0.01, low=-0.01, high=0.03),
    },
    regraded=0.12,
    speed=1.5,
)


@pytest.fixture
def drawn(card: Card) -> Card:
    """The card with all that a page draws."""
    probability = (np.arange(500) + 0.5) / 500
    curve = Curve.of(probability, (probability > 0.7).astype(np.int64), 100)
    evaluation = card.evaluation.model_copy(update={"curve": curve})
    return card.model_copy(update={"evaluation": evaluation, "met": MET})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def page(card: Card) -> Page:
    return drawn_page(card.model_dump_json())


@cache
def drawn_page(text: str) -> Page:
    """Once for each card: a page takes two seconds to draw."""
    card = Card.model_validate_json(text)
    earlier = replace(MODEL, version="m0", status="retired", promoted_at=NIGHT - 9 * DAY)
    judged = [replace(each, metrics=text) for each in (MODEL, earlier)]
    return model_page(card, judged[0], judged)


def section(card: Card, name: str) -> Section:
    return next(each for each in page(card).sections if each.name == name)


def charts(card: Card) -> list[str]:
    blocks = [block for each in page(card).sections for block in each.blocks]
    many = [chart for block in blocks if isinstance(block, Charts) for chart in block.charts]
    return [chart.title for chart in [*many, *(block for block in blocks if isinstance(block, Chart))]]


def test_all_that_the_field_draws_of_a_model_is_drawn(drawn: Card) -> None:
    assert charts(drawn) == [
        *("Precision and recall", "Receiver operating characteristic"),
        *("F1, precision and recall by cutoff", "Cost by cutoff, in calls"),
        *("Reliability: tenths of the leads by probability", "Converted by grade", "Gains", "Lift"),
        *("ROC AUC by country", "ROC AUC by month", "Importance of columns", "Average precision of the champions"),
    ]


def test_a_card_of_before_the_curve_says_why_nothing_is_drawn(card: Card) -> None:
    [note] = section(card, "ranking").blocks
    assert isinstance(note, Note)
    assert "did not keep the curve of its holdout" in note.text
    assert "Precision and recall" not in charts(card)


def test_champion_and_challenger_are_held_against_each_other(drawn: Card) -> None:
    table, note = section(drawn, "challenge").blocks
    assert isinstance(table, Table)
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["average precision", "0.4", "0.45", "+0.0500 (+0.0100 to +0.0900)", "better"],
        ["log loss", "0.25", "0.27", "+0.0200 (+0.0100 to +0.0300)", "worse"],
        ["ROC AUC", "0.8", "0.81", "+0.0100 (-0.0100 to +0.0300)", "no proven difference"],
    ]
    assert isinstance(note, Note)
    assert note.text == "12.0% of the open leads would change their grade. It scores 1.50 times as many leads a second."


def test_a_model_without_a_rival_says_why(card: Card, drawn: Card) -> None:
    few = drawn.model_copy(update={"met": MET.model_copy(update={"champion": {}, "difference": {}})})
    told = {"It met no champion": card, "have too few leads in common that neither has seen: 900": few}
    for words, each in told.items():
        [note] = section(each, "challenge").blocks
        assert isinstance(note, Note)
        assert words in note.text


def test_champions_whose_cards_are_of_another_kind_are_left_out(card: Card) -> None:
    found = model_page(card, MODEL, [MODEL]).sections[7]
    assert (found.name, len(found.blocks)) == ("history", 1)


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.acceptance), 390])
def test_it_is_accessible_and_fits_the_screen(drawn: Card, browser: Browser, tmp_path: Path, width: int) -> None:
    file = tmp_path / "model.html"
    file.write_text(html(page(drawn)), encoding="utf-8")
    with opened(browser, file, width) as seen:
        require_accessible(seen.page)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert (seen.console, len(seen.requests)) == ([], 1)
