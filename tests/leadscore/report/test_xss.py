"""Stored cross-site scripting: whatever leads, sellers and columns are called, every page shows it as text.

In a real browser, once as the page is and once without its content security policy, so that not that alone holds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pages.browsing import chromium, opened
from pages.leads import NOW, funnel
from pages.nights import MODEL, RUN, frame, lead, move, night
from playwright.sync_api import Browser

from leadscore.explore.survey import survey
from leadscore.leaks.findings import Finding
from leadscore.models.slices import Slice
from leadscore.recipes.figures import Comparison, Entry, Figures, Judged, OwnFigures
from leadscore.report.comparison import comparison_page
from leadscore.report.explore import explore_page
from leadscore.report.html import html
from leadscore.report.model_page import model_page
from leadscore.report.night import night_page
from leadscore.store import told as store
from leadscore.training.card import Card

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
PAYLOADS = (
    "<script>ran=1</script>",
    '"><script>ran=1</script>',
    "'><script>ran=1</script>",
    "</script><script>ran=1</script>",
    "</style><script>ran=1</script>",
    "</title><script>ran=1</script>",
    "</option></select><script>ran=1</script>",
    "<!--><script>ran=1</script>",
    "]]><script>ran=1</script>",
    '"><img src=x onerror=ran=1>',
    "<img src=http://evil.example/x.png>",
    "<svg onload=ran=1>",
    "</svg><svg/onload=ran=1//",
    "<svg><style>*{background:url(http://evil.example/)}</style>",
    '" onmouseover="ran=1" onfocus="ran=1" autofocus x="',
    "' onmouseover='ran=1' onfocus='ran=1' autofocus x='",
    "<iframe srcdoc='<script>top.ran=1</script>'>",
    "<iframe src=http://evil.example/>",
    "<base href=http://evil.example/>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<a href=javascript:ran=1 id=anchor>x</a>",
    "<details open ontoggle=ran=1>",
    "<video><source onerror=ran=1>",
    "<math><mtext><table><mglyph><style><img src=x onerror=ran=1>",
    "&lt;script&gt;ran=1&lt;/script&gt;",
    "&#60;img src=x onerror=ran=1&#62;",
    "\\u003cscript\\u003eran=1\\u003c/script\\u003e",
    "{{ 7 * 7 }}{% raw %}${ran=1}",
    "javascript:ran=1",
    "<ScRiPt >ran=1</ScRiPt >",
    "<script\x0b>ran=1</script>",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def a_night(_: Card) -> str:
    leads = [
        lead(i, owner_id=text, account_id=text, lead_id=f"{i} {text}", reasons_for=text, reasons_against=text)
        for i, text in enumerate(PAYLOADS)
    ]
    moves = [move(i, 30, reasons_for=text) for i, text in enumerate(PAYLOADS)]
    measures = [("psi", text, 0.3, 0.2, True, text) for text in PAYLOADS]
    rules = "{" + ", ".join(f'"in_range of {i}": 1' for i in range(3)) + "}"
    told = night(
        len(leads),
        night=replace(RUN, error="".join(PAYLOADS), quarantined_by_rule=rules),
        queue=frame(store.QUEUE, leads),
        moved=frame(store.MOVES, moves),
        measures=frame(store.MEASURES, measures),
        champions=(replace(MODEL, reason="".join(PAYLOADS)),),
    )
    return html(night_page(told, NOW))


def explored(_: Card, columns: tuple[str, ...] = PAYLOADS[::4]) -> str:
    return html(explore_page(survey(funnel(**{text: text for text in columns}), seed=0), NOW))


def all_explored(card: Card) -> str:
    """A survey of so many columns takes its time."""
    return explored(card, PAYLOADS)


def a_model(card: Card) -> str:
    leaks = tuple(Finding(column=text, check="copy", figure=text, leak=True) for text in PAYLOADS)
    slices = tuple(Slice(column=t, name=t, n=90, conversions=9, measures=card.evaluation.measures) for t in PAYLOADS)
    names = dict.fromkeys(PAYLOADS, 0.5)
    evil = card.model_copy(
        update={
            "findings": leaks,
            "left_out": leaks,
            "ignored": PAYLOADS,
            "importance": names,
            "variance_inflation": names,
            "read_as": {text: text for text in PAYLOADS},
            "set_aside": tuple((text, text, 3) for text in PAYLOADS),
            "evaluation": card.evaluation.model_copy(update={"slices": slices}),
        }
    )
    models = [replace(MODEL, metrics=evil.model_dump_json(), reason="".join(PAYLOADS))]
    return html(model_page(evil, models[0], models))


def a_comparison(_: Card) -> str:
    converted, chance = np.arange(200) % 5 == 0, np.linspace(0.01, 0.99, 200)
    figures = Figures.of(converted.astype(np.int64), chance, 0.5, seed=1)
    judged = Judged(figures=figures, leads_per_second=1, differences={})
    own = [OwnFigures(words=text, figures=figures) for text in PAYLOADS]
    about = [{"name": text, "write_up": text, "summary": text, "notes": (text,)} for text in PAYLOADS]
    entries = [
        Entry(**each, judged=judged, beside={each["name"]: judged}, own_protocol=words, fit_seconds=1)
        for each, words in zip(about, own, strict=True)
    ]
    entries.append(Entry(name=PAYLOADS[0], write_up=PAYLOADS[1], summary=PAYLOADS[2], skipped="".join(PAYLOADS)))
    of = {"n_train": 9, "conversions_train": 4, "n_holdout": 200, "conversions_holdout": 40, "seed": 1, "budget_s": 1}
    words = dict.fromkeys(("leadscore", "machine", "champion"), "".join(PAYLOADS))
    return html(comparison_page(Comparison(made=NOW, holdout="latest", entries=tuple(entries), **of, **words)))


@pytest.mark.parametrize(
    "made", [a_night, explored, pytest.param(all_explored, marks=pytest.mark.acceptance), a_model, a_comparison]
)
@pytest.mark.parametrize(
    "guarded", [pytest.param(True, id="guarded", marks=pytest.mark.acceptance), pytest.param(False, id="unguarded")]
)
def test_no_script_runs_and_no_request_leaves_the_page(
    browser: Browser, tmp_path: Path, card: Card, made: Callable[[Card], str], guarded: bool
) -> None:
    text, file = made(card), tmp_path / "page.html"
    assert text.count("<script>") == 1
    assert len(POLICY.findall(text)) == 1
    assert "ran=1" in text
    file.write_text(text if guarded else POLICY.sub("", text), encoding="utf-8")
    with opened(browser, file) as seen:
        for each in seen.page.locator("button, input, select").all()[:40]:
            each.dispatch_event("mouseover")
            each.dispatch_event("focus")
        seen.page.wait_for_timeout(200)
        assert seen.page.evaluate("typeof ran") == "undefined"
        assert seen.page.locator("iframe, img, base, video, #anchor, [onmouseover], [onload]").count() == 0
        assert seen.requests == [file.absolute().as_uri()]
        assert seen.console == []


def test_the_payloads_do_harm_where_they_are_not_escaped(browser: Browser, tmp_path: Path) -> None:
    """Else the test above would show nothing."""
    file = tmp_path / "page.html"
    file.write_text(f"<title>x</title><p>{PAYLOADS[0]}{PAYLOADS[10]}</p>", encoding="utf-8")
    with opened(browser, file) as seen:
        assert seen.page.evaluate("ran") == 1
        assert "http://evil.example/x.png" in seen.requests
