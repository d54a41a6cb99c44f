"""What keeps `leadscore up` from serving; tests/flows/test_up.py has it serve."""

from contextlib import closing
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from leadscore.errors import AlreadyRunning, ServingFailed
from leadscore.store.lock import hold_file
from tasks.serving import serve

ELSEWHERE = "http://prefect.invalid:4200/api"


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `serve` tells its processes is forgotten after the test."""
    monkeypatch.setenv("PREFECT_API_URL", ELSEWHERE)


def nothing(*_: object) -> None:
    pytest.fail("nothing is started")


def test_a_second_one_says_so_and_leaves(tmp_path: Path) -> None:
    with (
        temporary_settings({PREFECT_HOME: tmp_path, PREFECT_API_URL: ELSEWHERE}),
        closing(hold_file(tmp_path / "leadscore-up.lock")),
        pytest.raises(AlreadyRunning, match=r"`leadscore up` is running already, with http://prefect\.invalid:4200"),
    ):
        serve(nothing, nothing)


def test_a_server_elsewhere_that_does_not_answer_is_not_started_here(tmp_path: Path) -> None:
    with (
        temporary_settings({PREFECT_HOME: tmp_path, PREFECT_API_URL: ELSEWHERE}),
        pytest.raises(ServingFailed, match=r"prefect\.invalid:4200/api does not answer"),
    ):
        serve(lambda _: None, nothing)
    with temporary_settings({PREFECT_HOME: tmp_path, PREFECT_API_URL: ELSEWHERE}), pytest.raises(ServingFailed):
        serve(lambda _: None, nothing)  # the first one's lock is free again
