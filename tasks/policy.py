"""How tasks behave: nothing is cached, and only errors that say a retry can help are retried."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from leadscore.errors import LeadScoreError

P = ParamSpec("P")
R = TypeVar("R")

RETRY_SECONDS: list[float] = [1, 5, 20]


def can_help(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether running the failed task again may succeed."""
    try:
        state.result()
    except LeadScoreError as error:
        return error.retryable
    except Exception:
        return False
    return False


def step(function: Callable[P, R]) -> Task[P, R]:
    """A task that runs once."""
    return task(cache_policy=NO_CACHE, persist_result=False)(function)


def database_step(function: Callable[P, R]) -> Task[P, R]:
    """A task that is tried again where its error says that this can help."""
    return task(
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(RETRY_SECONDS),
        retry_delay_seconds=RETRY_SECONDS,
        retry_condition_fn=can_help,
    )(function)
