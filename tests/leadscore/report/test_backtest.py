import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from leadscore.backtest.figures import Backtest, Judged, Period, total
from leadscore.backtest.replay import Scored
from leadscore.models.metrics import measure
from leadscore.models.recipe import Recipe
from leadscore.report.backtest import show_backtest, write

MONTHS = [datetime(2025, month, 1) for month in range(1, 7)]


def scored(month: int) -> Scored:
    rng = np.random.default_rng(month)
    probability = rng.beta(1, 6, 900)
    return Scored((rng.random(900) < probability).astype(np.int64), probability, 0.31, 1000, 90, 10, 0)


def period(month: int, each: Scored | None) -> Period:
    judged = None
    if each:
        measures = measure(each.converted, each.probability, each.cutoff, seed=1)
        counts = {"came": 1000, "waiting": 90, "quarantined": 10, "as_first_seen": 0}
        judged = Judged(
            model=MONTHS[1], cutoff=0.31, **counts, n=900, conversions=int(each.converted.sum()), measures=measures
        )
    return Period(
        start=MONTHS[month],
        end=MONTHS[month + 1],
        known=10_000 if each else None,
        base_rate=0.123 if each else None,
        promoted=month == 1,
        verdict="Not shown to be [better]." if each else "12 leads are missing.",
        judged=judged,
    )


@pytest.fixture(scope="module")
def found() -> Backtest:
    months = {month: scored(month) if month else None for month in range(5)}
    return Backtest(
        now=datetime(2026, 1, 1),
        every="month",
        champion="abc",
        recipe=Recipe(left_out=(), treatment="none", parts=(), bags=1),
        periods=tuple(period(month, each) for month, each in months.items()),
        total=total([each for each in months.values() if each], seed=1),
        notes=("Rows are as they are.",),
    )


def test_a_row_of_the_table_fits_on_80_characters(found: Backtest) -> None:
    target = Console(file=io.StringIO(), width=80)
    show_backtest(target, found)
    assert isinstance(target.file, io.StringIO)
    lines = target.file.getvalue().splitlines()
    rows = [line.split() for line in lines if line.startswith("2025-") and ":" not in line]
    assert [row[-1] for row in rows] == ["none", "new", "stays", "stays", "stays"]
    assert rows[1][:6] == ["2025-02-01", "10,000", "900", "12.3%", f"{scored(1).converted.mean():.1%}", "0.31"]
    assert {len(row) for row in rows[1:]} == {13}
    assert "     12 leads are missing." in lines, "why there was no champion"
    assert "Backtest of 4 months" in lines
    assert [line.split(maxsplit=1)[1].rstrip() for line in lines if line.startswith("promoted")] == ["1 of 4 models"]
    assert "     Rows are as they are." in lines


def test_the_files_hold_it_all_and_equal_figures_give_equal_bytes(found: Backtest, tmp_path: Path) -> None:
    data, image = write(found, tmp_path / "new" / "folder")
    assert Backtest.model_validate_json(data.read_text(encoding="utf-8")) == found
    assert "NaN" not in data.read_text(encoding="utf-8")
    drawn = image.read_text(encoding="utf-8")
    assert drawn.startswith("<?xml")
    again = write(Backtest.model_validate_json(data.read_text(encoding="utf-8")), tmp_path / "again")
    assert [path.read_bytes() for path in again] == [data.read_bytes(), image.read_bytes()]
