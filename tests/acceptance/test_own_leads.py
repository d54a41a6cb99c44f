"""From files in a blank folder to the first queue, with nothing but the commands of the README."""

import csv
import json
import random
import shutil
import sqlite3
import tomllib
import uuid
from pathlib import Path

import pytest
from harness.crm import NOW, write_crm
from typer.testing import CliRunner

from leadscore.cli import app
from leadscore.settings import CONFIG_VARIABLE

DATA = Path(__file__).parents[3] / "shared/data"
OLIST = {
    "leads": DATA / "olist/olist_marketing_qualified_leads_dataset.csv",
    "deals": DATA / "olist/olist_closed_deals_dataset.csv",
}
BANK = DATA / "bank/bank-additional-full.csv"
EXAMPLE = Path(__file__).parents[2] / "examples/olist.toml"
QUICK = '\n[training]\nmembers = ["logistic", "lightgbm"]\ntrials = 2\nimbalance = "none"\nbags = 1\n'
runner = CliRunner()

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_server: str) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    return tmp_path


def leadscore(words: str) -> str:
    done = runner.invoke(app, words.split())
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())  # however the lines are folded


@pytest.mark.real_data
@pytest.mark.skipif(not OLIST["leads"].is_file(), reason="the funnel is not in ../shared/data/olist")
def test_a_funnel_whose_deals_are_in_another_file(folder: Path) -> None:
    for table, path in OLIST.items():
        shutil.copyfile(path, folder / f"{table}.csv")
        leadscore(f"import {table}.csv --table {table}")
    assert "enough to learn from" in leadscore("init --as-of 2018-06-01")
    settings = folder / "leadscore.toml"
    assert 'label = "won_date"  # 842 rows of table deals' in settings.read_text(encoding="utf-8")
    written, example = (tomllib.loads(each.read_text(encoding="utf-8")) for each in (settings, EXAMPLE))
    written["leads"]["query"], example["leads"]["query"] = (
        " ".join(each["leads"]["query"].split()) for each in (written, example)
    )
    assert {key: written["leads"][key] for key in example["leads"]} == example["leads"]
    shutil.copyfile(EXAMPLE, settings)
    assert "3,562 open" in leadscore("check --as-of 2018-06-01")
    leadscore("retrain --as-of 2018-06-01 --promote always")
    leadscore("score --as-of 2018-06-01")
    assert "landing page id" in leadscore("top -n 5")


@pytest.mark.real_data
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


def test_an_export_of_a_crm_of_which_every_kind_of_column_is_used_and_no_word_is_kept(folder: Path) -> None:
    write_crm(folder / "leads.csv", 8000, wide=30)
    told = leadscore(f"init leads.csv --as-of {NOW:%Y-%m-%d}")
    assert "담당자 🙂: 5 different values" in told
    written = tomllib.loads((folder / "leadscore.toml").read_text(encoding="utf-8"))["leads"]
    assert written["kinds"] == {"campaign_id": "id"}
    assert written["missing_in"] == {"last_visit": ["1900-01-01"], "예산": [-1]}
    assert written["missing"] == ["선택"]
    with (folder / "leadscore.toml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    learned = leadscore(f"retrain --as-of {NOW:%Y-%m-%d}")
    assert "직원수 as bands, 우선순위 as level, 문의 내용 as prose" in learned
    assert ": champion" in learned
    assert " open leads are due: " in leadscore(f"check --as-of {NOW:%Y-%m-%d}")
    leadscore(f"score --as-of {NOW:%Y-%m-%d}")
    assert " next run 0 of " in leadscore(f"check --as-of {NOW:%Y-%m-%d}")
    told = " ".join(shown(folder, "SELECT reasons FROM lead_scores"))
    assert "days before the lead" in told
    assert "worded like leads that" in told
    kept = told + " ".join(shown(folder, "SELECT inputs FROM lead_snapshots"))
    assert not [word for word in ("quotation", "thesis", "견적", "وظيفة", "010-0") if word in kept]


@pytest.mark.parametrize("n_columns", [3, 300])
def test_a_table_of_few_columns_or_of_hundreds_becomes_scores_from_a_thousand_leads_on(
    folder: Path, n_columns: int
) -> None:
    rng = random.Random(n_columns)
    with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["🔑 uuid", "won", *(f"Поле {n}" for n in range(n_columns - 2))])
        for n in range(1050):
            tells = rng.choice("가나다")
            won = "" if n >= 1000 else "yes" if rng.random() < (0.6 if tells == "가" else 0.1) else "no"
            noise = (rng.choice([rng.randrange(99), ""]) if n % 2 else rng.choice("xyz") for n in range(n_columns - 3))
            rows.writerow([uuid.UUID(int=rng.getrandbits(128)), won, tells, *noise])
    assert "1,000 with a known outcome" in leadscore("init leads.csv")
    with (folder / "leadscore.toml").open("a", encoding="utf-8") as settings:
        settings.write(QUICK)
    assert "Nothing stands in the way of a run." in leadscore("check")
    assert ": champion" in leadscore("retrain")
    assert "scored 50 " in leadscore("score")
    assert "Поле 0: 가" in leadscore("top -n 1")


def shown(folder: Path, query: str) -> list[str]:
    """The texts of one column of the store."""
    with sqlite3.connect(folder / "leadscore.db") as store:
        return [json.dumps(value, ensure_ascii=False) for (value,) in store.execute(query)]
