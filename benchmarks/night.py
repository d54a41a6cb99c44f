"""One run of a flow in a process of its own, as a deployment has it; prints its seconds as JSON.

Run by ``throughput.py``: night.py score|full|retrain [TRIALS]
"""

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from leadscore.settings import set_library_defaults

STEPS = ("load_champion", "find_due", "unstaged", "score_chunks", "publish")  # of the score flow


def timed(module: ModuleType, name: str, seconds: dict[str, float]) -> None:
    """Have every call of a function of ``module`` add to ``seconds``."""
    function: Callable[..., Any] = getattr(module, name)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            seconds[name] += time.perf_counter() - started

    setattr(module, name, call)


def score(full: bool) -> dict[str, float]:
    """A night: the seconds of the flow and of its steps, seen from its own process."""
    from flows.score import score as flow
    from tasks import scoring

    seconds = dict.fromkeys(STEPS, 0.0)
    for name in STEPS:
        timed(scoring, name, seconds)
    started = time.perf_counter()
    flow(full=full)
    return {"flow": time.perf_counter() - started, **seconds}


def retrain(trials: int) -> dict[str, float]:
    from flows.retrain import retrain as flow

    started = time.perf_counter()
    flow(promote="never", trials=trials)
    return {"flow": time.perf_counter() - started}


if __name__ == "__main__":
    set_library_defaults(on_terminal=True)
    what, *rest = sys.argv[1:]
    print(json.dumps(retrain(int(rest[0])) if what == "retrain" else score(full=what == "full")))
