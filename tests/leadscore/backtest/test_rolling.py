"""The whole backtest and what is shown of it."""

import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from leadscore.backtest.figures import Backtest
from leadscore.backtest.history import History
from leadscore.backtest.rolling import backtest
from leadscore.cli import app
from leadscore.errors import NotEnoughLeads
from leadscore.job import open_job
from leadscore.report.backtest import show_backtest, write
from leadscore.settings import CONFIG_VARIABLE, load_settings

FIRST, LAST = datetime(2024, 12, 1), datetime(2025, 4, 1)


@pytest.fixture(scope="module")
def found(history: History) -> Backtest:
    return backtest(history, "month", first=FIRST, last=LAST)


def test_each_month_has_a_verdict_and_from_the_first_champion_on_figures(found: Backtest) -> None:
    assert [period.start.month for period in found.periods] == [12, 1, 2, 3, 4]
    judged = [period for period in found.periods if period.judged]
    assert judged
    assert judged[0].promoted
    assert found.periods[-len(judged) :] == tuple(judged), "a champion stays until another takes its place"
    for period in judged:
        assert period.verdict
        assert period.judged is not None
        assert period.promoted == (period.judged.model == period.start)
        assert period.judged.came == period.judged.n + period.judged.waiting + period.judged.quarantined
    assert found.total.n == sum(period.judged.n for period in judged if period.judged)


def test_months_with_too_little_known_say_so(history: History) -> None:
    with pytest.raises(NotEnoughLeads, match=r"1,000 and 120: .* are missing"):
        backtest(history, "month", last=datetime(2024, 4, 1))


def test_the_files_hold_it_all(found: Backtest, tmp_path: Path) -> None:
    data, image = write(found, tmp_path / "out")
    assert Backtest.model_validate_json(data.read_text(encoding="utf-8")) == found
    assert {"periods", "total", "notes", "recipe"} < json.loads(data.read_text(encoding="utf-8")).keys()
    assert image.read_text(encoding="utf-8").startswith("<?xml")
    assert write(found, tmp_path / "again")[1].read_bytes() == image.read_bytes()


def test_the_table_fits_on_80_characters(found: Backtest) -> None:
    target = Console(file=io.StringIO(), width=80)
    show_backtest(target, found)
    assert isinstance(target.file, io.StringIO)
    lines = target.file.getvalue().splitlines()
    rows = [line for line in lines if line.startswith(("2024-", "2025-")) and ":" not in line]
    assert len(rows) == len(found.periods)
    assert rows[-1].split()[-1] in ("new", "stays")


def test_the_command_needs_no_lock_and_writes_its_files(
    past_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(past_folder / "leadscore.toml"))
    with open_job(load_settings(), LAST):
        done = CliRunner().invoke(app, ["backtest", "--to", "2025-06-01", "--origins", "1", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "Backtest of 1 month" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backtest.json", "backtest.svg"]


def test_without_a_champion_it_is_refused(past_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(past_folder / "leadscore.toml"))
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", f"sqlite:///{tmp_path}/empty.db")
    done = CliRunner().invoke(app, ["backtest"])
    assert done.exit_code == 1
    assert "leadscore retrain" in done.output
