"""What each stage of scoring costs on a few chunks, in one process by the product's own functions; prints JSON.

Run by ``throughput.py``: stages.py FIRST_ID LEADS. It gives this process one thread, as one of several has that score
side by side.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from quality import plain

from leadscore import scoring
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.job import Job, open_job, utc_now
from leadscore.models.shap import Explainer
from leadscore.pipeline import Slice
from leadscore.reading.readings import Readings
from leadscore.scoring import Model
from leadscore.settings import load_settings
from leadscore.store import staging
from leadscore.store.engine import writing
from leadscore.store.outcomes import outcomes_of
from leadscore.store.runs import Run, clear_staging
from leadscore.store.source import Chunk, fetch
from tasks import scoring as step

FEW = 100
INSIDE = (  # of `leadscore.scoring.score`: what belongs to which stage
    ("transform", Readings, "read"),
    ("transform", Inputs, "frame"),
    ("transform", FeatureMap, "transform"),
    ("explain", Explainer, "contributions"),
    ("predict", Explainer, "log_odds"),
    ("reasons", FeatureMap, "display"),
    ("reasons", scoring, "reasons"),
)


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] += time.perf_counter() - started

    def listen(self, stage: str, owner: Any, name: str) -> None:
        """Count every call of the function ``name`` of ``owner`` to the ``stage``."""
        function = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            with self.time(stage):
                return function(*args, **kwargs)

        setattr(owner, name, call)


def pull(job: Job, ids: pl.Series) -> Chunk:
    """Leads as a night that has scored them before pulls them."""
    chunk = fetch(job.source, ids)
    return Chunk(chunk.raw, chunk.lives.with_row_index("row_number").with_columns(first=pl.lit(False)))


def known_past(job: Job, model: Model, chunk: Chunk) -> pl.DataFrame:
    """The stored outcomes of the accounts in the ``chunk``, if the model asks for them."""
    accounts = chunk.lives["account_id"]
    return outcomes_of(job.store, job.source, accounts if model.bundle.inputs.pasts else accounts.clear())


def measure(first: int, n: int) -> dict[str, float]:
    """Seconds by stage for ``n`` leads from the id ``first`` on; what is staged is dropped again.

    ``start`` is what the first few leads take: imports, and the explainer's tables.
    """
    clock, settings = Clock(), load_settings()
    rows = settings.scoring.chunk_rows
    with open_job(settings, utc_now()) as job:
        model = plain(step.load_champion)(job)
        run = plain(step.enter)(job, model, full=True, by_schedule=False)
        with clock.time("start"):
            take(Clock(), job, model, run, pl.Series(range(first, first + FEW)))
        for each in INSIDE:
            clock.listen(*each)
        for start in range(first, first + n, rows):
            take(clock, job, model, run, pl.Series(range(start, min(start + rows, first + n))))
        with writing(job.store) as connection:
            clear_staging(connection)
    inside = {stage for stage, *_ in INSIDE}
    clock.seconds["rest of scoring"] = clock.seconds.pop("score") - sum(clock.seconds[stage] for stage in inside)
    return dict(clock.seconds)


def take(clock: Clock, job: Job, model: Model, run: Run, ids: pl.Series) -> None:
    """All stages of one chunk."""
    with clock.time("pull"):
        chunk = pull(job, ids)
    with clock.time("recall"):
        past = known_past(job, model, chunk)
    with clock.time("validate"):
        checked = scoring.check(model, chunk)
    with clock.time("score"):
        scores, _ = scoring.score(model, checked, past, job.settings.scoring.reasons)
    with clock.time("stage"):
        staged = staging.Staged(scores, checked.quarantined, "{}")
        staging.stage(job.store, run, Slice(f"{len(ids)} leads from {ids[0]}", chunk.lives), staged)


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:]))))
