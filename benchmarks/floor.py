"""The floor of a full rescore with reasons: the least that its parts take on this machine; prints JSON.

Run by ``throughput.py``: floor.py FIRST_ID LEADS FOLDER

Two processes share the chunks of `ROWS` leads. Of each they read all columns by ADBC, predict by the bare boosters and
explain by bare woodelf on a matrix that is ready, and COPY scores with reasons that are ready into the staging table,
a commit a chunk. Then come the statements that publish, without any look at what is published. Nothing is validated,
no features are made, no reasons are picked. The clock starts when both processes have imported all that they need.
"""

import json
import math
import multiprocessing
import sys
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from quality import plain
from stages import Clock, known_past, pull

from leadscore import scoring
from leadscore.job import Job, open_job, utc_now
from leadscore.scoring import Model
from leadscore.settings import load_settings
from leadscore.store.engine import open_engine, writing
from leadscore.store.queries import execute, load_rows
from leadscore.store.runs import Run, clear_staging, newest_published
from leadscore.store.staging import SCORED

ROWS = 100_000
PROCESSES = 2
START_SECONDS = 300
MATRIX, READY = "matrix.npy", "ready.parquet"
COLUMNS = {"account_id": "customer_idx", "owner_id": "lead_owner", "lead_updated_at": "updated_at"}

worker: "Worker"  # of each of the processes


class Worker:
    """What a process needs for its chunks: connections, boosters, explainers, the ready matrix and reasons."""

    def __init__(self, folder: Path) -> None:
        import pandas as pd
        from adbc_driver_postgresql.dbapi import connect
        from woodelf import WoodelfExplainer

        from leadscore.models.bundle import load
        from leadscore.store.registry import champion

        settings = load_settings()
        self.store = open_engine(settings.database.url)
        self.adbc = connect(settings.database.url)
        found = champion(self.store)
        fit = load(found.uri, found.sha256).shipped
        self.lightgbm, self.xgboost = (member.read().booster for member in fit.ensemble.members)
        self.xgboost.set_param({"nthread": 1})
        self.explainers = [WoodelfExplainer(booster) for booster in (self.lightgbm, self.xgboost)]
        self.matrix = np.load(folder / MATRIX)
        self.frame = pd.DataFrame(np.asfortranarray(self.matrix), columns=list(fit.features.names), copy=False)
        self.ready = pl.read_parquet(folder / READY)

    def take(self, first: int, last: int) -> dict[str, float]:
        """Seconds by stage for the leads with the ids ``first`` to ``last``."""
        clock = Clock()
        with clock.time("read"):
            read = self._read(first, last)
        with clock.time("predict"):
            probability = self._predict(read.height)
        with clock.time("explain"):
            for explainer in self.explainers:
                explainer.shap_values(self.frame.head(read.height), verbose=False)
        with clock.time("copy"), writing(self.store) as connection:
            identity = read.select(**COLUMNS, lead_id="lead_id")
            ready = self.ready.head(read.height).drop(identity.columns)
            scores = pl.concat([ready, identity], how="horizontal").with_columns(
                chunk=pl.lit(str(first)), probability=pl.Series(probability), raw_probability=pl.Series(probability)
            )
            load_rows(connection, "stage_scores", scores.select(SCORED))
        return dict(clock.seconds)

    def _read(self, first: int, last: int) -> pl.DataFrame:
        with self.adbc.cursor() as cursor:
            cursor.execute(f"SELECT * FROM leads WHERE lead_id BETWEEN {first} AND {last} ORDER BY lead_id")
            return pl.from_arrow(cursor.fetch_arrow_table())

    def _predict(self, n: int) -> np.ndarray:
        matrix = self.matrix[:n]
        votes = self.lightgbm.predict(matrix, raw_score=True, num_threads=1)
        return 1 / (1 + np.exp(-(votes + self.xgboost.inplace_predict(matrix, predict_type="margin")) / 2))


def start_worker(folder: Path, started: Barrier) -> None:
    """Make this process ready for its chunks, and wait for the others."""
    global worker
    worker = Worker(folder)
    started.wait(START_SECONDS)


def ready(_number: int) -> None:
    """What can be done at once by a process that has started."""


def take(ids: tuple[int, int]) -> dict[str, float]:
    return worker.take(*ids)


def chunk_rows(n: int) -> int:
    """The leads of a chunk: fewer than `ROWS` where these would not do for all processes."""
    return min(ROWS, math.ceil(n / PROCESSES))


def prepare(job: Job, model: Model, run: Run, first: int, n: int, folder: Path) -> None:
    """Make the matrix and the scores of one chunk by the product's own functions, for all chunks to share."""
    chunk = pull(job, pl.Series(range(first, first + n)))
    past = known_past(job, model, chunk)
    checked = scoring.check(model, chunk)
    inputs, fit = model.bundle.inputs, model.bundle.shipped
    matrix = fit.features.transform(inputs.frame(inputs.readings.read(checked.leads), checked.lives, past))
    stamp = {"model_version": run.model_version, "rules_version": run.rules_version, "scored_at": run.started_at}
    scores = pl.concat(scoring.score(model, checked, past, job.settings.scoring.reasons)[0])
    whole = np.arange(n) % len(matrix)  # a quarantined lead is replaced by another
    np.save(folder / MATRIX, matrix[whole])
    scores.with_columns(**{name: pl.lit(value) for name, value in stamp.items()})[whole].write_parquet(folder / READY)


def score(first: int, n: int, folder: Path) -> dict[str, float]:
    """Seconds by stage, each divided by the processes, and the wall of all chunks together."""
    last, rows = first + n - 1, chunk_rows(n)
    chunks = [(start, min(start + rows - 1, last)) for start in range(first, last + 1, rows)]
    spawning = multiprocessing.get_context("spawn")
    arguments = (folder, spawning.Barrier(PROCESSES))
    with ProcessPoolExecutor(PROCESSES, spawning, start_worker, arguments) as pool:
        list(pool.map(ready, range(PROCESSES)))
        begun = time.perf_counter()
        each = list(pool.map(take, chunks))
        wall = time.perf_counter() - begun
    stages: dict[str, float] = defaultdict(float)
    for found in each:
        for stage, seconds in found.items():
            stages[stage] += seconds / PROCESSES
    return {**stages, "wall": wall}


def publish(job: Job, run: Run, n: int) -> None:
    """The statements of `leadscore.store.publish` that move what is staged, in its order."""
    with writing(job.store) as connection:
        execute(connection, "append_history", run_id=run.run_id, adjustment=0)
        execute(connection, "merge_scores", run_id=run.run_id, adjustment=0)
        execute(connection, "take_snapshots", run_id=run.run_id)
        execute(connection, "remove_scores")
        if newest_published(connection).model_version != run.model_version:
            execute(connection, "remove_other_models", model_version=run.model_version)
        execute(connection, "merge_quarantine", run_id=run.run_id)
        execute(connection, "merge_outcomes")
        execute(connection, "publish_run", **closing(run, n))
        clear_staging(connection)


def closing(run: Run, n: int) -> dict[str, Any]:
    """The counts that a run is closed with."""
    counts = {"n_pulled": n, "n_quarantined": 0, "n_scored": n, "n_removed": 0, "adjustment": 0}
    counts |= {"n_in_source": n, "n_open": n, "quarantined_by_rule": "[]"}
    unknown = dict.fromkeys(("newest_lead", "base_rate", "cutoff", "raw_cutoff", "queue_from", "written_into"))
    return {"run_id": run.run_id, "status": "published", **counts, **unknown, "published_at": utc_now()}


def measure(first: int, n: int, folder: Path) -> dict[str, float]:
    with open_job(load_settings(), utc_now()) as job:
        from tasks import scoring as step

        model = plain(step.load_champion)(job)
        run = plain(step.enter)(job, model, full=True, by_schedule=False)
        prepare(job, model, run, first, chunk_rows(n), folder)
        stages = score(first, n, folder)
        begun = time.perf_counter()
        publish(job, run, n)
        published = time.perf_counter() - begun
    wall = stages.pop("wall")
    return {**stages, "publish": published, "seconds": wall + published}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
