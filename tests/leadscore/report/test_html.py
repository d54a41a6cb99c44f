"""The report of a night in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pages.browsing import Opened, chromium, opened, require_accessible
from pages.nights import NOW, frame, lead, night, nothing
from playwright.sync_api import Browser

from leadscore.report.blocks import Chart, Column, Page, Section, Table
from leadscore.report.html import html
from leadscore.report.night import night_page
from leadscore.report.shown import name, prose
from leadscore.store import told as store
from leadscore.store.told import ToldNight

QUEUE = "#queue-1"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
EMAIL, PHONE = "kim.lee@example.com", "+49 (0)89 1234-5678"
Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def open_night(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the report of a night on a screen of some width."""
    from contextlib import ExitStack

    with ExitStack() as pages:

        def open_(told: ToldNight, width: int = 1280) -> Opened:
            file = tmp_path / "report.html"
            file.write_text(html(night_page(told, NOW)), encoding="utf-8")
            return pages.enter_context(opened(browser, file, width))

        yield open_


def shown(seen: Opened, column: int) -> list[str]:
    return seen.texts(f"{QUEUE} tbody tr:not([hidden]) td:nth-child({column})")


def test_it_renders_without_an_error_and_without_a_request(open_night: Open) -> None:
    seen = open_night(night())
    assert seen.texts("h1") == ["Lead scores of Friday, 02 January 2026"]
    assert seen.texts("h2") == [
        *("Tonight's queue", "Who moved, and why", "Proof by grade", "Data quality", "Drift", "Freshness"),
    ]
    assert len(shown(seen, 1)) == 40
    assert seen.page.locator("figure svg").count() == 1
    assert seen.console == []
    assert len(seen.requests) == 1, "the file itself"


def test_the_queue_is_sorted_by_the_header_that_is_pressed(open_night: Open) -> None:
    seen = open_night(night())
    header = seen.page.locator(f"{QUEUE} th", has_text="score")
    button = header.get_by_role("button")
    button.click()
    assert header.get_attribute("aria-sort") == "descending"
    assert [int(text) for text in shown(seen, 4)] == list(range(99, 59, -1))
    button.click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert [int(text) for text in shown(seen, 4)] == list(range(60, 100))
    seen.page.locator(f"{QUEUE} th", has_text="owner").get_by_role("button").click()
    assert shown(seen, 2)[0] == "100"
    assert header.get_attribute("aria-sort") is None
    assert seen.console == []


def test_the_queue_is_filtered_by_owner_grade_and_words(open_night: Open) -> None:
    seen = open_night(night())
    tools = seen.page.locator(".tools[data-table=queue-1]")
    tools.get_by_label("owner").select_option("101")
    assert set(shown(seen, 2)) == {"101"}
    assert tools.locator("output").inner_text() == f"{len(shown(seen, 1))} of 40 rows"
    tools.get_by_label("grade").select_option("A")
    assert set(shown(seen, 3)) == {"A"}
    tools.get_by_label("Search").fill("1004")
    assert shown(seen, 1) == ["1004"]
    tools.get_by_label("Search").fill("nobody")
    assert shown(seen, 1) == []
    assert tools.locator("output").inner_text() == "0 of 40 rows"


def test_a_long_queue_shows_its_first_rows_until_all_are_asked_for(open_night: Open) -> None:
    seen = open_night(night(120))
    more = seen.page.locator(".more[data-table=queue-1]")
    assert len(shown(seen, 1)) == 50
    seen.page.locator(f"{QUEUE} th", has_text="likely").get_by_role("button").click()
    seen.page.locator(f"{QUEUE} th", has_text="likely").get_by_role("button").click()
    assert shown(seen, 1)[0] == "1119", "the least likely of all, not of those that were shown"
    assert more.inner_text() == "Show all 120"
    more.click()
    assert len(shown(seen, 1)) == 120
    assert not more.is_visible()


@pytest.mark.parametrize("told", [night(), nothing()], ids=["night", "nothing"])
@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.acceptance), 390])
def test_it_is_accessible(open_night: Open, told: ToldNight, width: int) -> None:
    require_accessible(open_night(told, width).page)


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_name_is_too_long_for_the_screen(open_night: Open, width: int) -> None:
    long = lead(0, owner_id=LONG, lead_id=LONG, reasons_for=LONG, reasons_against=LONG)
    measure = (LONG, LONG, 0.3, 0.2, True, None)
    told = night(1, queue=frame(store.QUEUE, [long]), measures=frame(store.MEASURES, [measure]))
    seen = open_night(told, width)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    cut = (
        "[...document.querySelectorAll('td, dd, h1, p')].filter(each => each.scrollWidth > each.clientWidth + 1).length"
    )
    assert seen.page.evaluate(cut) == 0


def test_on_paper_there_are_no_controls_and_no_endless_table(open_night: Open) -> None:
    seen = open_night(night(100))
    assert seen.page.locator(".more:visible").count() == 1
    seen.page.emulate_media(media="print")
    assert seen.page.locator(".tools:visible, nav:visible, .more:visible").count() == 0
    assert seen.page.locator(f"{QUEUE} tbody tr:visible").count() == 40
    seen.page.emulate_media(media="screen")
    seen.page.locator(".tools[data-table=queue-1]").get_by_label("owner").select_option("101")
    seen.page.emulate_media(media="print")
    assert seen.page.locator(f"{QUEUE} tbody tr:visible").count() == 33, "of an owner all that there is room for"


def test_addresses_and_phone_numbers_do_not_get_into_the_file() -> None:
    planted = f"customer country: {EMAIL}; customer job: {PHONE}"
    told = night(
        1,
        queue=frame(
            store.QUEUE, [lead(0, owner_id=EMAIL, lead_id=EMAIL, reasons_for=planted, reasons_against=planted)]
        ),
        measures=frame(store.MEASURES, [("psi", EMAIL, 0.3, 0.2, True, None)]),
    )
    text = html(night_page(told, NOW))
    assert EMAIL not in text
    assert "1234" not in text
    assert "e-mail 73574c" in text, "a digest, so that two sellers stay two"
    assert "[phone number]" in text


def test_what_is_told_of_leads_is_text_and_nothing_else() -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    table = Table(evil, (Column(evil, filters=True),), ((prose(evil),), (name(evil),)), evil, evil, tall=True)
    text = html(Page(evil, evil, (Chart(evil, evil, "<svg></svg>"),), (Section("s", evil, evil, (table,)),), evil))
    assert "<script>alert" not in text
    assert "<img" not in text
    assert text.count("<script>") == 1


def test_the_policy_of_the_page_lets_no_other_script_run(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    text = html(night_page(night(), NOW))
    file.write_text(text.replace("</main>", "<script>document.title = 'changed'</script></main>"), encoding="utf-8")
    with opened(browser, file) as seen:
        assert seen.page.title() == "Lead scores of Friday, 02 January 2026"
        assert any("Content Security Policy" in line for line in seen.console)


def test_equal_nights_give_equal_files() -> None:
    assert html(night_page(night(), NOW)) == html(night_page(night(), NOW))
