"""How tasks behave: nothing is cached, and only errors that say a retry can help are retried."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner
from prefect.tasks import Task
from prefect.utilities.annotations import quote
from prefect.utilities.callables import get_call_parameters

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


class Step(Generic[P, R]):
    """A task, whose arguments are quoted: Prefect would walk through models and settings in search of futures."""

    def __init__(self, prefect_task: Task[P, R]) -> None:
        update_wrapper(self, prefect_task.fn)
        self._task = prefect_task

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        run: Callable[..., R] = self._task
        return run(*map(quote, args), **{name: quote(value) for name, value in kwargs.items()})

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> PrefectFuture[R]:
        """The same in a thread beside this one."""
        submit: Callable[..., PrefectFuture[R]] = self._task.submit
        return submit(*map(quote, args), **{name: quote(value) for name, value in kwargs.items()})

    def submit_to(self, runner: TaskRunner[PrefectFuture[Any]], *args: P.args, **kwargs: P.kwargs) -> PrefectFuture[R]:
        """The same by another ``runner`` than that of the flow.

        Nothing is quoted, since Dask would take a quote for a tuple: give what Prefect does not walk through.
        """
        return runner.submit(self._task, get_call_parameters(self._task.fn, args, kwargs))


def step(function: Callable[P, R]) -> Step[P, R]:
    """A task that runs once."""
    return Step(task(cache_policy=NO_CACHE, persist_result=False)(function))


def database_step(function: Callable[P, R]) -> Step[P, R]:
    """A task that is tried again where its error says that this can help."""
    decorate = task(
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=len(RETRY_SECONDS),
        retry_delay_seconds=RETRY_SECONDS,
        retry_condition_fn=can_help,
    )
    return Step(decorate(function))


def results(submitted: Iterable[PrefectFuture[R]], ahead: int) -> Iterator[R]:
    """The results in the order of ``submitted``, which is asked for so many ``ahead``: what waits takes memory."""
    waiting: deque[PrefectFuture[R]] = deque()
    for future in submitted:
        waiting.append(future)
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()
