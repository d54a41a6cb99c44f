"""The explore page in a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from pages.browsing import chromium, opened, require_accessible
from pages.leads import NOW, bare, funnel
from playwright.sync_api import Browser

from leadscore.explore.leads import Explored
from leadscore.explore.survey import survey
from leadscore.report.blocks import Note
from leadscore.report.explore import explore_page
from leadscore.report.html import html

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
EMAIL, PHONE, NAME = "kim.lee@example.com", "+49 (0)89 1234-5678", "kim minsu"
SECTIONS = [
    *("Columns", "Missing values", "Distributions by outcome", "Association", "Correlation"),
    *("Outliers and rare values", "Places", "Customer type and timeline", "Time", "Sellers", "Leak suspects"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def page(leads: Explored) -> str:
    return html(explore_page(survey(leads, seed=0), NOW))


@cache
def whole() -> str:
    """The page of a funnel, with planted addresses, a long name and names in other scripts."""
    planted = {"contact": NAME, "remark": EMAIL, "call_back": PHONE, "고객 유형": "최종 고객 🏨", LONG: "عميل"}
    return page(funnel(**planted))


@cache
def nothing() -> str:
    return page(bare())


def file_of(text: str, folder: Path) -> Path:
    file = folder / "explore.html"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(("text", "charts"), [(whole, 15), (nothing, 0)], ids=["funnel", "nothing"])
@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.acceptance), 390])
def test_it_renders_accessibly_on_any_screen(
    browser: Browser, tmp_path: Path, text: Callable[[], str], charts: int, width: int
) -> None:
    """Without an error or a request, and with names of 160 letters."""
    with opened(browser, file_of(text(), tmp_path), width) as seen:
        assert seen.texts("h1") == ["The leads explored"]
        assert seen.texts("h2") == SECTIONS
        assert seen.page.locator("figure svg").count() >= charts
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        cut = "[...document.querySelectorAll('td, dd, h1, p')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert seen.page.evaluate(cut) == 0
        require_accessible(seen.page)
        assert seen.console == []
        assert len(seen.requests) == 1, "the file itself"


def test_nothing_personal_gets_into_the_file() -> None:
    assert EMAIL not in whole()
    assert "1234-5678" not in whole()
    assert NAME not in whole(), "a column called contact shows no value"
    assert "wrote a long sentence" not in whole(), "nor does a text"
    assert "최종 고객" in whole(), "what is a vocabulary is shown, in any script"


def test_every_empty_part_says_why(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, file_of(nothing(), tmp_path)) as seen:
        told = " ".join(seen.texts(".note.empty"))
    for why in (
        "no outcome is known of enough leads",
        "no column of theirs holds the names of countries",
        "name that column as [leads] created_at",
        "name the column of the seller as [leads] owner",
        "No column is read as a customer type",
        "There are no two columns to compare",
        "Nothing is missing",
    ):
        assert why in told, why


def test_a_table_shows_its_first_rows_until_all_are_asked_for(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, file_of(whole(), tmp_path)) as seen:
        rows = seen.page.locator("#columns-1 tbody tr:visible")
        assert rows.count() == 12
        seen.page.locator(".more[data-table=columns-1]").click()
        assert rows.count() > 12


def test_what_was_left_out_is_told() -> None:
    found = replace(
        survey(bare(), seed=0), leads=replace(bare(), unsound=3, excluded=2, sampled=bare().sampled.head(10))
    )
    told = " ".join(each.text for each in explore_page(found, NOW).blocks if isinstance(each, Note))
    assert "3 leads left out: their id, label or time cannot be read" in told
    assert "2 columns that [leads] exclude names took no part" in told
    assert "by 10 leads drawn at random; times and sellers by all 30" in told
