"""What the docs tell people to type: each command is parsed as its own program does, and run by some test.

A command of a kind that RUN_BY does not know fails here: whoever documents one says which test runs it.
"""

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from prefect.cli._app import _app as prefect_cli
from typer.testing import CliRunner

from leadscore.cli import app
from leadscore.schema import Type
from leadscore.settings import Settings
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.migrate import migrate

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
PROGRAMS = ("leadscore", "make", "prefect", "psql")
COMMAND = re.compile(rf"({'|'.join(PROGRAMS)}) [\w\"-]")
RUN_HERE = "test_docs_commands.py::test_what_is_cheap_is_run_as_it_is_written"
ITS_TARGET = "test_docs_commands.py::test_every_target_of_make_is_there"
FRONT_DOOR, DEPLOYED = "leadscore/test_cli.py", "flows/test_deployments.py"
FUNNEL = "acceptance/test_own_leads.py::test_a_funnel_whose_deals_are_in_another_file"
BACKTEST = "leadscore/backtest/test_rolling.py"
RUN_BY = {
    "leadscore backtest": f"{BACKTEST}::test_the_command_needs_no_lock_and_writes_its_files",
    "leadscore check": RUN_HERE,
    "leadscore compare": "leadscore/recipes/test_comparison.py::test_the_recipe_of_the_documentation_is_short_and_runs",
    "leadscore demo": f"{FRONT_DOOR}::test_the_demo_tells_the_whole_story",
    "leadscore explore": "leadscore/test_exploring.py::test_the_command_writes_the_page_and_says_what_it_does",
    "leadscore forget": f"{FRONT_DOOR}::test_a_lead_is_forgotten_once_the_source_is_without_it",
    "leadscore import": RUN_HERE,
    "leadscore init": f"{FRONT_DOOR}::test_a_file_becomes_settings_that_check_finds_sound",
    "leadscore models": RUN_HERE,
    "leadscore promote": f"{FRONT_DOOR}::test_promote_and_rollback_say_what_comes_of_it",
    "leadscore prune": f"{FRONT_DOOR}::test_pruning_says_how_much_would_go_and_how_much_went",
    "leadscore report": RUN_HERE,
    "leadscore retrain": FUNNEL,
    "leadscore rollback": f"{FRONT_DOOR}::test_promote_and_rollback_say_what_comes_of_it",
    "leadscore score": FUNNEL,
    "leadscore status": f"{FRONT_DOOR}::test_status_has_an_exit_code_for_monitors",
    "leadscore top": RUN_HERE,
    "leadscore up": "flows/test_up.py::test_it_starts_all_that_is_needed_keeps_a_second_out_and_leaves_nothing",
    "leadscore why": RUN_HERE,
    "make acceptance": ITS_TARGET,  # it runs this very test
    "make audit": ITS_TARGET,  # it asks a service outside
    "make demo": f"{FRONT_DOOR}::test_the_demo_tells_the_whole_story",
    "make demo-bank": "acceptance/test_bank.py::test_published_scores_of_real_contacts_hold_against_withheld_outcomes",
    "make docs": "leadscore/report/test_reference.py::test_the_page_in_the_docs_is_the_one_that_the_settings_make",
    "make help": ITS_TARGET,
    "make lock": ITS_TARGET,  # it needs uv and the package index
    "make soak": "acceptance/test_soak.py::test_months",
    "make setup": ITS_TARGET,  # .ci/run begins with it
    "make test": ITS_TARGET,  # it runs this very test
    "prefect automation": f"{DEPLOYED}::test_the_automation_of_the_examples_retrains_when_a_night_finds_drift",
    "prefect deploy": f"{DEPLOYED}::test_a_worker_runs_both_deployments",
    "prefect deployment": f"{DEPLOYED}::test_a_worker_runs_both_deployments",
    "prefect work-pool": f"{DEPLOYED}::test_a_worker_runs_both_deployments",
    "prefect worker": f"{DEPLOYED}::worker",
    "psql": "test_roles.py::test_the_roles_can_be_made_again",
}
SQL_RUN_BY = {  # what administrators type; queries are run here
    "ALTER ROLE": "test_roles.py::with_roles",
    "ALTER TABLE": "test_roles.py::test_the_job_writes_scores_back_with_the_right_to_these_columns_alone",
    "CREATE ROLE": "test_roles.py::roles",
    "GRANT": "test_roles.py::test_the_job_writes_scores_back_with_the_right_to_these_columns_alone",
}
QUERIES = ("SELECT", "INSERT", "DELETE", "UPDATE", "WITH")
CHEAP = ("check", "models", "report", "top", "why")
STANDS_FOR = {"N": "30", "FILE": "file.html", "URL": "sqlite:///leadscore.db", "VERSION": "{version}", "RUN": "{run}"}
runner = CliRunner()


def blocks(text: str) -> Iterator[str]:
    """The blocks of code on a page, indented or fenced."""
    yield from (match[1] for match in re.finditer(r"^```\w*\n(.*?)^```", text, re.M | re.S))
    for match in re.finditer(r"(?:^    .*\n(?:\n(?=    ))?)+", text, re.M):
        yield re.sub(r"^    ", "", match[0], flags=re.M)


def commands_of(page: Path) -> Iterator[str]:
    """What a page tells people to type: in its blocks, within a longer line of a shell, and in its sentences."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in blocks(text) for line in block.splitlines()]
    lines += [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]
    for line in lines:
        within = re.search(r"\$\((prefect [^|)]*)", line)
        command = within[1] if within else re.sub(r"&?\s*(#.*)?$", "", line).strip()
        if COMMAND.match(command):
            yield re.sub(r"\b(" + "|".join(STANDS_FOR) + r")\b", lambda found: STANDS_FOR[found[0]], command)


@cache
def commands() -> tuple[tuple[str, str], ...]:
    found = {(page.name, command): None for page in PAGES for command in commands_of(page)}
    return tuple(found)


def of(program: str) -> list[pytest.param]:
    return [
        pytest.param(command, id=f"{page}: {command}") for page, command in commands() if command.split()[0] == program
    ]


def kind(command: str) -> str:
    program, verb, *_ = command.split()
    return program if program == "psql" else f"{program} {verb}"


def statements() -> Iterator[str]:
    """The SQL in the docs."""
    start = re.compile(rf"^(?:{'|'.join((*QUERIES, *SQL_RUN_BY))}) .*?;", re.M | re.S)
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8")):
            yield from (match[0].rstrip(";") for match in start.finditer(block))


def settings_in(block: str) -> Iterator[dict[str, Any]]:
    """What a block has of leadscore.toml: all of it, or some of its paragraphs."""
    whole = parsed(block)
    for found in [whole] if whole else map(parsed, block.split("\n\n")):
        if found.keys() & Settings.model_fields.keys():
            yield found


def parsed(text: str) -> dict[str, Any]:
    """The TOML that a text is; nothing if it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def is_defined(test: str) -> bool:
    file, name = test.split("::")
    return re.search(rf"^def {name}\(", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.M) is not None


def test_the_docs_have_commands_settings_and_statements() -> None:
    assert len(commands()) > 50
    assert len(list(statements())) > 15
    parts = [block for page in PAGES for block in blocks(page.read_text(encoding="utf-8"))]
    assert len([found for part in parts for found in settings_in(part)]) > 1


def test_every_kind_of_command_is_run_by_a_test_that_is_there() -> None:
    kinds = {kind(command) for _, command in commands()}
    assert kinds - RUN_BY.keys() == set(), "say in RUN_BY which test runs it"
    assert RUN_BY.keys() - kinds == set(), "no page tells of it"
    assert [test for test in {*RUN_BY.values(), *SQL_RUN_BY.values()} if not is_defined(test)] == []


@pytest.mark.parametrize("command", of("leadscore"))
def test_every_command_of_leadscore_is_parsed(command: str) -> None:
    _, verb, *words = shlex.split(command, comments=True)
    group = typer.main.get_group(app)
    found = group.get_command(typer.Context(group), verb)
    assert found is not None, f"there is no command {verb}"
    if words or not any(each.required for each in found.params):
        found.make_context(verb, list(words))  # else it is a sentence's name for the command


def test_every_target_of_make_is_there() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    asked = {command.split()[1] for _, command in commands() if command.startswith("make ")}
    assert asked - set(targets) == set()


@pytest.mark.parametrize("command", of("prefect"))
def test_every_command_of_prefect_is_parsed(command: str) -> None:
    prefect_cli.parse_args(shlex.split(command, comments=True)[1:], print_error=False, exit_on_error=False)


@pytest.mark.parametrize("command", of("psql"))
def test_every_file_that_psql_reads_is_there(command: str) -> None:
    words = shlex.split(command, comments=True)
    files = [file for flag, file in pairwise(words) if flag == "-f"]
    assert files
    assert all((ROOT / file).is_file() for file in files)


@pytest.mark.acceptance
def test_what_is_cheap_is_run_as_it_is_written(
    trained: Path, prefect_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a small store, with ids that are there in place of those of the docs."""
    from flows.score import score

    score(as_of=datetime(2026, 1, 1))
    monkeypatch.chdir(trained)
    [best] = json.loads(runner.invoke(app, ["top", "-n", "1", "--format", "json"]).stdout_bytes)
    [version] = {path.stem for path in (trained / "models").glob("*.zip")}
    there = {"4711": str(best["lead_id"]), "174": str(best["owner_id"]), "{version}": version}
    asked = [command for _, command in commands() if command.split()[1] in CHEAP and command.startswith("leadscore ")]
    for command in asked:
        _, *words = [there.get(word, word) for word in shlex.split(command, comments=True)]
        if words != ["why"]:
            done = runner.invoke(app, words)
            assert done.exit_code == 0, f"{command}: {done.output}"
    assert len(asked) > 8


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_in_the_docs_are_settings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for block in blocks(text):
        for found in settings_in(block):
            leads = found.get("leads", {})
            Settings(**found | {"leads": leads if "query" in leads else {"table": "leads"} | leads})
    for section, key in re.findall(r"`\[(\w+)\]\s+(\w+)", text):
        assert key in Settings.model_fields[section].annotation.model_fields, f"[{section}] {key}"  # type: ignore[union-attr]
    for name in re.findall(r"LEADSCORE_(\w+?__\w+)", text):
        section, key = name.lower().split("__")
        assert key in Settings.model_fields[section].annotation.model_fields, name  # type: ignore[union-attr]


@pytest.fixture
def store(database: str) -> Iterator[sa.Engine]:
    opened = open_engine(database)
    migrate(opened, dict.fromkeys(("id", "account", "owner"), Type.INTEGER))
    yield opened
    opened.dispose()


def test_queries_in_the_docs_run_on_both_databases(store: sa.Engine) -> None:
    for statement in statements():
        if statement.startswith(QUERIES):
            with reading(store) if statement.startswith("SELECT") else writing(store) as connection:
                connection.exec_driver_sql(statement)
