"""The whole backtest, and the command."""

from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leadscore.backtest.figures import Backtest
from leadscore.backtest.history import History
from leadscore.backtest.rolling import backtest
from leadscore.cli import app
from leadscore.errors import NotEnoughLeads
from leadscore.job import open_job
from leadscore.settings import CONFIG_VARIABLE, load_settings

FIRST, LAST = datetime(2024, 6, 1), datetime(2024, 8, 1)


@pytest.fixture(scope="module")
def found(history: History) -> Backtest:
    return backtest(history, "month", first=FIRST, last=LAST)


def test_each_month_has_a_verdict_and_from_the_first_champion_on_figures(found: Backtest) -> None:
    assert [period.start.month for period in found.periods] == [6, 7, 8]
    judged = [period for period in found.periods if period.judged]
    assert len(judged) == 2, "there was too little to learn from in June"
    assert judged[0].promoted
    assert found.periods[-len(judged) :] == tuple(judged), "a champion stays until another takes its place"
    for period in judged:
        assert period.verdict
        assert period.judged is not None
        assert period.promoted == (period.judged.model == period.start)
        assert period.judged.came == period.judged.n + period.judged.waiting + period.judged.quarantined
    assert found.total.n == sum(period.judged.n for period in judged if period.judged)


def test_months_with_too_little_known_say_so(history: History) -> None:
    with pytest.raises(NotEnoughLeads, match=r"500 and 50: .* are missing"):
        backtest(history, "month", last=datetime(2024, 4, 1))


def test_months_without_outcomes_are_not_judged_whatever_else_is_asked_for(history: History) -> None:
    with pytest.raises(NotEnoughLeads, match=r"2 were asked for, and 0 can be judged"):
        backtest(history, "month", first=datetime(2025, 9, 1), last=datetime(2025, 10, 1))


@pytest.mark.acceptance
def test_the_command_needs_no_lock_and_writes_its_files(
    past_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(past_folder / "leadscore.toml"))
    with open_job(load_settings(), LAST):
        done = CliRunner().invoke(app, ["backtest", "--to", "2024-07-01", "--origins", "1", "--out", str(tmp_path)])
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
