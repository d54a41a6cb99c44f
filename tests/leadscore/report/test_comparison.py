"""A comparison on the terminal and as a page in a real browser."""

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pages.browsing import chromium, opened, require_accessible
from playwright.sync_api import Browser
from rich.console import Console

from leadscore.recipes.figures import Comparison, Entry, Figures, Judged, OwnFigures, differences
from leadscore.report.comparison import show_comparison, write

RNG = np.random.default_rng(1)
CHANCE = RNG.beta(1, 6, 900)
CONVERTED = (RNG.random(900) < CHANCE).astype(np.int64)
NOISY = np.clip(CHANCE + RNG.normal(0, 0.1, 900), 0.01, 0.99)


def judged(cutoff: float, apart: bool = True) -> Judged:
    pair = (CHANCE, 0.3), (NOISY, cutoff)
    return Judged(
        figures=Figures.of(CONVERTED, NOISY, cutoff, seed=1),
        leads_per_second=123_456.7,
        differences=differences(CONVERTED, *pair, seed=1) if apart else {},
    )


@pytest.fixture(scope="module")
def found() -> Comparison:
    own = OwnFigures(words="SMOTE before the split.", figures=Figures.of(CONVERTED, CHANCE, 0.5, seed=1))
    about = {"write_up": "000_d9242ba1c0ecde82.txt", "summary": "Three boosters."}
    entries = (
        Entry(name="champion's recipe", write_up="", summary="A retrain's.", judged=judged(0.3, apart=False)),
        Entry(name="boosted", **about, judged=judged(0.1), beside={"cutoff by F1": judged(0.3)}, own_protocol=own),
        Entry(name="automl", **about, skipped="FLAML is not installed: pip install leadscore[automl]."),
    )
    return Comparison(
        made=datetime(2026, 1, 1),
        leadscore="0.1.0",
        machine="Linux x86_64, 2 threads, Python 3.11.7",
        seed=7,
        budget_s=300,
        holdout="latest",
        n_train=3600,
        conversions_train=400,
        n_holdout=900,
        conversions_holdout=int(CONVERTED.sum()),
        champion="abc",
        entries=tuple(entry.model_copy(update={"fit_seconds": 12_345.6}) for entry in entries),
    )


def printed(found: Comparison) -> list[str]:
    target = Console(file=io.StringIO(), width=80)
    show_comparison(target, found)
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue().splitlines()


def test_a_line_of_the_table_fits_on_80_characters_and_shows_interval_and_difference(found: Comparison) -> None:
    lines = printed(found)
    tables = [line for line in lines if not line.startswith("     ")]
    assert max(map(len, tables)) <= 80
    rows = [line.split() for line in lines if line.startswith("boosted")]
    assert [len(row) for row in rows] == [7, 7], "no cell is folded, and each of both tables has a line for it"
    assert rows[1][1][0] in "+-"
    assert rows[1][-1] == f"{found.entries[1].own_protocol.figures.f1.value:.3f}"  # type: ignore[union-attr]


def test_what_was_left_out_is_told(found: Comparison) -> None:
    assert "automl is left out: FLAML is not installed: pip install leadscore[automl]." in " ".join(printed(found))


def test_json_has_one_entry_a_recipe_and_is_read_back(found: Comparison, tmp_path: Path) -> None:
    data, _ = write(found, tmp_path / "new")
    read = Comparison.model_validate_json(data.read_bytes())
    assert read == found
    assert [entry.name for entry in read.entries] == ["champion's recipe", "boosted", "automl"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.acceptance), 390])
def test_the_page_renders_offline_and_whoever_reads_it_can(
    browser: Browser, found: Comparison, tmp_path: Path, width: int
) -> None:
    _, page = write(found, tmp_path)
    with opened(browser, page, width) as seen:
        assert seen.texts("h2") == [
            *("All recipes", "Beside the champion's recipe", "What honest evaluation takes away"),
            *("With one thing changed", "What each did"),
        ]
        assert seen.page.locator("figure svg").count() == 3
        assert "SMOTE before the split." in seen.texts("#own td")[-1]
        assert seen.console == []
        assert len(seen.requests) == 1, "the file itself"
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        require_accessible(seen.page)
