"""From files in a blank folder to the first queue, with nothing but the commands of the README."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leadscore.cli import app
from leadscore.settings import CONFIG_VARIABLE

DATA = Path(__file__).parents[3] / "shared/data"
OLIST = {
    "leads": DATA / "olist/olist_marketing_qualified_leads_dataset.csv",
    "deals": DATA / "olist/olist_closed_deals_dataset.csv",
}
BANK = DATA / "bank/bank-additional-full.csv"
QUICK = '\n[training]\nmembers = ["logistic", "lightgbm"]\ntrials = 2\nimbalance = "none"\nbags = 1\n'
runner = CliRunner()

pytestmark = [pytest.mark.acceptance, pytest.mark.real_data]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: str) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    return tmp_path


def leadscore(words: str) -> str:
    done = runner.invoke(app, words.split())
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())  # however the lines are folded


@pytest.mark.skipif(not OLIST["leads"].is_file(), reason="the funnel is not in ../shared/data/olist")
def test_a_funnel_whose_deals_are_in_another_file(folder: Path) -> None:
    for table, path in OLIST.items():
        shutil.copyfile(path, folder / f"{table}.csv")
        leadscore(f"import {table}.csv --table {table}")
    assert "enough to learn from" in leadscore("init --as-of 2018-06-01")
    settings = folder / "leadscore.toml"
    assert 'label = "won_date"  # 842 rows of table deals' in settings.read_text(encoding="utf-8")
    settings.write_text(settings.read_text(encoding="utf-8") + QUICK, encoding="utf-8")
    assert "3,562 open" in leadscore("check --as-of 2018-06-01")
    leadscore("retrain --as-of 2018-06-01 --promote always")
    leadscore("score --as-of 2018-06-01")
    assert "landing page id" in leadscore("top -n 5")


@pytest.mark.skipif(not BANK.is_file(), reason="the bank's contacts are not in ../shared/data/bank")
def test_contacts_without_id_or_dates_of_which_the_latest_are_open(folder: Path) -> None:
    lines = BANK.read_text(encoding="utf-8").splitlines()
    known = len(lines) * 4 // 5
    opened = (line.rpartition(";")[0] + ";" for line in lines[known:])
    (folder / "contacts.csv").write_text("\n".join([*lines[:known], *opened, ""]), encoding="utf-8")
    told = leadscore("init contacts.csv")
    assert "duration seems to know the outcome" in told
    settings = (folder / "leadscore.toml").read_text(encoding="utf-8")
    assert "missing_in = { pdays = [999] }" in settings
    (folder / "leadscore.toml").write_text(settings + QUICK, encoding="utf-8")
    leadscore("check")
    leadscore("retrain --promote always")
    leadscore("score")
    assert leadscore("top -n 5").count("+ ") == 5
