"""Work in processes beside this one, for what Python does in one thread at a time.

They are spawned, never forked: Polars, LightGBM and XGBoost hang after a fork. Each has its share of the threads, and
ends with the process that it works for, even if that is killed.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from leadscore.errors import ProcessLost
from leadscore.settings import threads_of_children

Call = Callable[..., Any]  # of a function with its arguments, somewhere


def here(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call it in this process."""
    return function(*arguments)


@contextmanager
def processes(n: int, threads: int) -> Iterator[Call]:
    """Calls in ``n`` processes of so many ``threads``, which wait for the result; for ``n`` of 1 in this process.

    A call raises ProcessLost if its process dies, and so do all that follow.
    """
    if n < 2:
        yield here
        return
    with (
        threads_of_children(threads),
        ProcessPoolExecutor(n, get_context("spawn"), initializer=end_with_parent) as pool,
    ):

        def there(function: Callable[..., Any], *arguments: Any) -> Any:
            try:
                return pool.submit(function, *arguments).result()
            except BrokenProcessPool as error:
                raise ProcessLost(
                    "A process that scored leads was killed, or ran out of memory.",
                    "run it again: it goes on from what is staged; fewer [scoring] chunk_rows take less memory.",
                ) from error

        yield there


def end_with_parent() -> None:
    """Have this process end when the one that started it does: a killed one cannot tell it to."""
    parent = parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    Thread(target=follow, daemon=True).start()
