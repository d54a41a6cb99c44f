"""What is asked of a Prefect server, where there is none: tests/flows/test_up.py has one."""

import time
from pathlib import Path

import pytest
import yaml
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_API_PORT, temporary_settings

from leadscore.errors import ServingFailed
from tasks.deploying import CLOSE_LOST, DEPLOYMENTS, ROOT, address, answers, deploy, next_runs, schedule

NOBODY = "http://127.0.0.1:9/api"


def test_a_server_that_is_not_there_is_no_error_and_takes_no_time() -> None:
    began = time.monotonic()
    assert not answers(NOBODY)
    assert next_runs(NOBODY) == {}
    assert time.monotonic() - began < 10


def test_what_cannot_be_deployed_to_is_told_in_a_sentence() -> None:
    with pytest.raises(ServingFailed, match="cannot be used"):
        deploy(NOBODY)


def test_the_server_is_where_prefect_is_set_up_to_find_it_else_here() -> None:
    with temporary_settings({PREFECT_API_URL: "https://prefect.example/api"}):
        assert address() == "https://prefect.example/api"
    with temporary_settings({PREFECT_API_URL: None, PREFECT_SERVER_API_PORT: 4321}):
        assert address() == "http://127.0.0.1:4321/api"


def test_the_times_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "leadscore.toml"
    file.write_text('[leads]\ntable = "leads"\n[schedule]\ntimezone = "Europe/Berlin"\nnightly = "5 1 * * *"\n')
    monkeypatch.setenv("LEADSCORE_CONFIG", str(file))
    assert schedule() == {"nightly": "5 1 * * *", "weekly": "0 3 * * 1", "timezone": "Europe/Berlin"}


def test_what_is_deployed_is_what_prefect_yaml_says() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {each["entrypoint"].rpartition(":")[2]: each["name"] for each in deployments} == DEPLOYMENTS
    assert CLOSE_LOST.is_file()
