"""A page in a real browser: the system's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

REQUIRED = "LEADSCORE_REQUIRE_BROWSER"  # set by .ci/run, where a browser is installed
WCAG_AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
DRAWINGS = {"exclude": [["svg"]]}  # told by the label around each; axe would look at every one of their shapes
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Opened:
    """A page, what it said on the console, and where it asked for anything."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_inner_texts()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; without one the test is skipped, or fails where LEADSCORE_REQUIRE_BROWSER is set."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        assert not os.environ.get(REQUIRED), f"{REQUIRED} is set, but there is no {' or '.join(NAMES)}"
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def require_accessible(page: Page) -> None:
    """Fail where axe-core finds that the page is not as WCAG 2.1 AA wants it, contrast among it."""
    found = Axe().run(page, context=DRAWINGS, options=WCAG_AA)
    assert found.violations_count == 0, found.generate_report()


@contextmanager
def opened(browser: Browser, file: Path, width: int = 1280) -> Iterator[Opened]:
    """The page in ``file`` on a screen so many pixels wide, offline."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.console.append(message.text))
    found.page.on("pageerror", lambda error: found.console.append(str(error)))
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.goto(file.absolute().as_uri())
    yield found
    context.close()
