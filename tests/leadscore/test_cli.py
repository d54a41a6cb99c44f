"""The front door: what it prints, and how it refuses."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import httpx
import polars as pl
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from flows.score import score
from leadscore.cli import app
from leadscore.job import open_job
from leadscore.settings import load_settings
from leadscore.store.engine import reading
from leadscore.store.registry import Entry, champion, register

BIN = Path(sys.executable).parent
NOW = datetime(2026, 1, 1)
runner = CliRunner()


def leadscore(*words: str, folder: Path, seconds: float = 240) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it, in a process of its own."""
    environment = {name: text for name, text in os.environ.items() if name != "LEADSCORE_CONFIG"}
    return subprocess.run(
        [str(BIN / "leadscore"), *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds
    )


@pytest.mark.acceptance
def test_the_demo_tells_the_whole_story(prefect_server: str, tmp_path: Path) -> None:
    done = leadscore("demo", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = dict(re.findall(r"^(\w+(?: \w+)*)  +(.*)$", done.stdout, re.M))
    for label in ("pulled", "quarantined", "scored", "cutoff", "precision", "recall", "ROC AUC", "average precision"):
        assert label in facts, label
    assert "in_range of bant_submit" in done.stdout
    assert re.search(r"^10 +\d+ ", done.stdout, re.M)
    assert "leadscore top" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "prefect" not in done.stderr.lower()
    reached = int(facts["reached"].split("%")[0])
    assert reached >= 75, "of the best possible F1 on the latest 20% of 20,000 leads"
    assert sorted(path.name for path in (tmp_path / "demo").iterdir() if path.suffix in ("", ".toml", ".db")) == [
        ".leadscore-demo",
        "leadscore.db",
        "leadscore.toml",
        "models",
        "reports",
    ]


def test_top_shows_the_leads_to_call_first_and_models_says_why(first_night: Path) -> None:
    shown = runner.invoke(app, ["top", "-n", "3"])
    assert shown.exit_code == 0
    assert re.findall(r"^(\d+) +(?:\d+ )", shown.output, re.M) == ["1", "2", "3"]
    nobody = runner.invoke(app, ["top", "--owner", "0"])
    assert "No open lead is scored for owner 0." in nobody.output
    listed = runner.invoke(app, ["models"])
    [bundle] = (first_night / "models").glob("*.zip")
    shown = runner.invoke(app, ["models", "--card", bundle.stem])
    assert shown.output == bundle.with_suffix(".md").read_text(encoding="utf-8")
    assert shown.output.startswith(f"# Model {bundle.stem}")
    assert "There is no model x" in runner.invoke(app, ["models", "--card", "x"]).output
    assert "champion" in listed.output
    runner.invoke(app, ["models", "--card", bundle.stem, "--html", str(first_night / "model.html")])
    page = (first_night / "model.html").read_text(encoding="utf-8")
    assert f"<h1>Model {bundle.stem}</h1>" in page
    assert page.count("<figure>") >= 10
    assert "Better than the base rate" in listed.output


def test_the_report_goes_where_it_is_asked_for(trained: Path) -> None:
    file = trained / "report.html"
    before = runner.invoke(app, ["report", "--out", str(file)])
    assert before.output == f"written: {file}\n"
    assert "Nothing has been published yet" in file.read_text(encoding="utf-8")
    score(as_of=datetime(2026, 1, 1))
    runner.invoke(app, ["report", "--out", str(file)])
    assert "<h1>Lead scores of Thursday, 01 January 2026</h1>" in file.read_text(encoding="utf-8")
    nowhere = runner.invoke(app, ["report", "--out", str(trained / "no" / "report.html")])
    assert nowhere.exit_code == 1
    assert "cannot be written" in nowhere.output


def test_promote_and_rollback_say_what_comes_of_it(trained: Path) -> None:
    with open_job(load_settings(), NOW) as job:
        now = champion(job.store)
        register(job.store, Entry("next", "rejected", NOW, NOW, 1, None, NOW, "{}", 0.5, now.uri, now.sha256, "Worse."))
    promoted = runner.invoke(app, ["promote", "next", "--by", "kim"])
    assert promoted.output == "Model next is the champion: the next `leadscore score` scores all open leads anew.\n"
    assert re.search(r"next  champion .*\n +Promoted by kim on .*\. Worse\.", runner.invoke(app, ["models"]).output)
    back = runner.invoke(app, ["rollback"])
    assert back.output.startswith(f"Model next has stepped down.\nModel {now.version} is the champion")
    assert runner.invoke(app, ["rollback"]).exit_code == 1


@pytest.mark.acceptance  # a process of its own; tests/tasks/test_events.py shows that it is told
def test_a_promotion_by_hand_has_reached_the_server_when_the_command_ends(trained: Path, prefect_server: str) -> None:
    with open_job(load_settings(), NOW) as job:
        now = champion(job.store)
        register(job.store, Entry("told", "rejected", NOW, NOW, 7, None, NOW, "{}", 0.5, now.uri, now.sha256, "Worse."))
    done = leadscore("promote", "told", folder=trained)
    assert done.returncode == 0, done.stderr
    asked = {
        "filter": {"event": {"name": ["leadscore.champion.promoted"]}, "resource": {"id": ["leadscore.model.told"]}}
    }
    deadline = time.monotonic() + 20
    while not (found := httpx.post(f"{prefect_server}/events/filter", json=asked, timeout=60).json()["events"]):
        assert time.monotonic() < deadline, "the server keeps what it has got a moment later"
    assert found[0]["payload"]["n_leads"] == 7


def test_status_has_an_exit_code_for_monitors(trained: Path) -> None:
    unscored = runner.invoke(app, ["status"])
    assert unscored.exit_code == 1
    assert "wrong" in unscored.output
    assert "Nothing has been scored yet." in unscored.output
    old = json.loads(runner.invoke(app, ["status", "--json"]).stdout)
    assert old["wrong"][1].startswith("The last retrain that came to its end is of 2026-01-01")
    never = {"LEADSCORE_SCHEDULE__GRACE_S": str(10**10), "LEADSCORE_MONITORING__MAX_LEAD_AGE_DAYS": "100000"}
    score(as_of=NOW)
    fine = runner.invoke(app, ["status", "--json"], env=never)
    assert (fine.exit_code, json.loads(fine.stdout)["ok"]) == (0, True), fine.output


def test_leads_to_call_are_written_for_other_programs(first_night: Path, tmp_path: Path) -> None:
    asked = runner.invoke(app, ["top", "-n", "3", "--format", "csv"])
    assert pl.read_csv(asked.stdout_bytes)["grade"].to_list() == ["A", "A", "A"]
    assert len(json.loads(runner.invoke(app, ["top", "-n", "2", "--format", "json"]).stdout_bytes)) == 2
    file = tmp_path / "leads.parquet"
    assert runner.invoke(app, ["top", "-n", "3", "--out", str(file)]).exit_code == 0
    assert pl.read_parquet(file)["lead_id"].to_list() == pl.read_csv(asked.stdout_bytes)["lead_id"].to_list()


def test_why_tells_of_a_scored_lead_a_closed_one_a_quarantined_one_and_of_none(first_night: Path) -> None:
    [best] = json.loads(runner.invoke(app, ["top", "-n", "1", "--format", "json"]).stdout_bytes)
    told = runner.invoke(app, ["why", str(best["lead_id"])]).output
    assert f"Lead {best['lead_id']}: grade A" in told
    assert re.search(r"Leads with '.*' convert", told)
    with open_job(load_settings(), NOW) as job, reading(job.store) as connection:
        [quarantined] = connection.scalars(sa.text("SELECT MIN(lead_id) FROM quarantined_leads"))
        [won] = connection.scalars(sa.text("SELECT MIN(lead_id) FROM lead_outcomes WHERE label = 1"))
    assert re.search(r"fails in_range +bant_submit is 25", runner.invoke(app, ["why", str(quarantined)]).output)
    assert f"Lead {won}: converted" in runner.invoke(app, ["why", str(won)]).output
    nobody = runner.invoke(app, ["why", "999999999"])
    assert (nobody.exit_code, nobody.stdout) == (1, "")
    assert "No run has met a lead 999999999." in nobody.stderr


@pytest.mark.parametrize(
    "words",
    [["--format", "parquet"], ["--out", "leads.xls"], ["--out", "leads"], ["--out", "leads.csv", "--format", "table"]],
)
def test_what_leads_cannot_be_written_as_is_wrong_usage(words: list[str]) -> None:
    assert runner.invoke(app, ["top", *words]).exit_code == 2


def test_a_file_becomes_settings_that_check_finds_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LEADSCORE_CONFIG", raising=False)
    rows = "".join(f"{n};{n % 50};{'yes' if n % 5 == 0 else 'no'};{n % 7}\n" for n in range(1200))
    (tmp_path / "leads.csv").write_text(f"lead id;customer;won;size\n{rows}7;8\n1200;3;;1\n", encoding="utf-8")
    imported = runner.invoke(app, ["init", "leads.csv"]).output
    assert "1,201 loaded: 1,201 new" in imported
    assert "1 rows, in leads.csv.rejected.csv with their lines: 1 since it has 2 cells" in " ".join(imported.split())
    assert "lead id: unique in all 1,201 rows, never null" in imported
    again = runner.invoke(app, ["import", "leads.csv"]).output
    assert "1,201 loaded: 0 new, 1,201 known before" in again
    checked = runner.invoke(app, ["check"])
    assert "1,201: 1,200 with a known outcome, 240 of them converted, 1 open; enough" in " ".join(
        checked.output.split()
    )
    assert checked.exit_code == 0
    assert "already" in runner.invoke(app, ["init"]).output
    (tmp_path / "leadscore.toml").write_text('[leads]\ntabel = "leads"\nseed = 1\n', encoding="utf-8")
    wrong = runner.invoke(app, ["check"])
    assert wrong.exit_code == 1
    assert "leadscore.toml, line 2" in wrong.output
    assert "leadscore.toml, line 3" in wrong.output


@pytest.mark.parametrize(
    "command",
    [
        *("check", "retrain", "score", "backtest", "top", "why 1", "models", "report", "explore", "promote 1"),
        *("rollback", "status", "up"),
    ],
)
def test_a_refusal_is_one_line_with_a_hint_and_exit_code_1(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEADSCORE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    done = runner.invoke(app, command.split())
    assert done.exit_code == 1
    assert done.stdout == ""
    said, hint = done.stderr.splitlines()
    assert said.startswith("leadscore: There is no leadscore.toml")
    assert hint.startswith("hint: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.acceptance  # a process of its own, as for the next test, whose refusal is one by a flow, too
def test_a_refusal_by_a_flow_is_one_line_too(prefect_server: str, tmp_path: Path) -> None:
    (tmp_path / "leadscore.toml").write_text('[leads]\ntable = "leads"\n', encoding="utf-8")
    done = leadscore("retrain", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "leadscore: There is no database file leadscore.db."
    assert len(done.stderr.splitlines()) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["leadscore.toml"]


def test_a_server_that_is_not_there_is_told_in_a_line(trained_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    done = leadscore("score", folder=trained_folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        "leadscore: Prefect does not answer: Failed to reach API at http://127.0.0.1:9/api/."
    )


def test_wrong_usage_is_exit_code_2() -> None:
    assert runner.invoke(app, ["retrain", "--promote", "perhaps"]).exit_code == 2
    assert runner.invoke(app, ["top", "-n", "0"]).exit_code == 2
    assert runner.invoke(app, ["models", "--html", "model.html"]).exit_code == 2


def test_help_is_written_for_people() -> None:
    shown = runner.invoke(app, ["--help"]).output
    commands = "demo check retrain score backtest top why models report explore promote rollback status up"
    assert set(commands.split()) <= set(shown.split())


def test_no_help_loses_a_word_in_brackets_as_markup() -> None:
    for command in app.registered_commands:
        assert not re.search(r"\[[a-z]+\]", str(command.callback.__doc__)), command.callback


def test_the_codebook_is_shown_where_there_are_no_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_CONFIG", str(tmp_path / "leadscore.toml"))
    shown = runner.invoke(app, ["check", "--codebook"])
    assert shown.exit_code == 0, shown.output
    assert "lead_desc_length" in shown.output
    assert "Held against" not in shown.output


def test_a_comparison_of_a_recipe_that_is_none_is_refused_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leadscore.toml").write_text('[leads]\ntable = "leads"\n', encoding="utf-8")
    monkeypatch.setenv("LEADSCORE_CONFIG", str(tmp_path / "leadscore.toml"))
    refused = runner.invoke(app, ["compare", "--recipes", "boosted_yuden"])
    assert refused.exit_code == 1
    assert "There is no recipe boosted_yuden." in refused.output
    assert not (tmp_path / "compare").exists()


def test_pruning_says_how_much_would_go_and_how_much_went(trained: Path, prefect_server: str) -> None:
    none = "0 changes of scores, 0 closed leads, 0 measures of nights"
    asked, done = (runner.invoke(app, words) for words in (["prune", "--dry-run"], ["prune"]))
    assert asked.output.startswith(f"Would go: {none}; ")
    assert done.output.startswith(f"Gone: {none}; ")
    assert (asked.exit_code, done.exit_code) == (0, 0)


def test_a_lead_is_forgotten_once_the_source_is_without_it(trained: Path, prefect_server: str) -> None:
    refused, done = (runner.invoke(app, ["forget", lead]) for lead in ("1", "999999"))
    assert refused.exit_code == 1
    assert "leadscore: Lead 1 is still in the source" in refused.output
    assert done.exit_code == 0
    assert "Prefect's artifacts: nothing is left" in done.output
