"""The retry policy on a real Prefect server."""

import pytest
from prefect import flow

from leadscore.errors import DatabaseUnreachable, LeadScoreError, SourceError
from tasks import policy


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "RETRY_SECONDS", [0, 0, 0])


def tries(error: Exception, decorate: object = None) -> int:
    """How often a task that fails with ``error`` is tried."""
    seen: list[int] = []

    def work() -> None:
        seen.append(1)
        raise error

    step = (decorate or policy.database_step)(work)  # type: ignore[operator]

    @flow
    def run() -> None:
        step()

    with pytest.raises(type(error)):
        run()
    return len(seen)


def test_only_errors_that_say_so_are_retried(prefect_server: str, quick: None) -> None:
    assert tries(DatabaseUnreachable("locked", "wait")) == 4
    assert tries(SourceError("no table", "look")) == 1
    assert tries(LeadScoreError("no", "no")) == 1
    assert tries(ZeroDivisionError()) == 1
    assert tries(DatabaseUnreachable("locked", "wait"), policy.step) == 1


def test_arguments_reach_the_step_as_they_are(prefect_server: str) -> None:
    given = {"models": [object()]}

    @policy.step
    def same(thing: dict[str, list[object]], *, flag: bool) -> bool:
        return thing is given and flag

    @flow
    def run() -> bool:
        return same(given, flag=True)

    assert run()
