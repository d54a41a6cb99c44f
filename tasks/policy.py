"""How tasks behave: nothing is cached, and only errors that say a retry can help are retried."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task
from prefect.utilities.annotations import quote

from leadscore.errors import LeadScoreError

log = logging.getLogger("leadscore.retry")

P = ParamSpec("P")
R = TypeVar("R")

RETRY_SECONDS: list[float] = [1, 5, 20]


def can_help(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether running the failed task again may succeed."""
    try:
        state.result()
    except LeadScoreError as error:
        if error.retryable:
            log.warning("%s Trying again.", error.message)
        return error.retryable
    except Exception:
        return False
    return False


def step(function: Callable[P, R]) -> Callable[P, R]:
    """A task that runs once."""
    return _quoting(task(cache_policy=NO_CACHE, persist_result=False)(function))


def database_step(function: Callable[P, R]) -> Callable[P, R]:
    """A task that is tried again where its error says that this can help."""
    decorate = task(
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(RETRY_SECONDS),
        retry_delay_seconds=RETRY_SECONDS,
        retry_condition_fn=can_help,
    )
    return _quoting(decorate(function))


def _quoting(prefect_task: Task[P, R]) -> Callable[P, R]:
    """The task, its arguments quoted: Prefect would walk through models and settings in search of futures."""
    run: Callable[..., R] = prefect_task

    @wraps(prefect_task.fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return run(*map(quote, args), **{name: quote(value) for name, value in kwargs.items()})

    return call
