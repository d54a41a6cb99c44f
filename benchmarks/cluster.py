"""A full rescore and a retrain on a Dask cluster of one and of two workers, beside this machine without one.

    python benchmarks/cluster.py [--leads 200000] [--known 200000] [--sample 50000]

PostgreSQL, a Prefect server, a scheduler and workers of one thread each are processes of this machine, so that what a
second worker brings is what the cores leave. Each measured run is a process of its own; `score_chunks` is what workers
share. Of two nights on a cluster the second is told: by then its workers have their imports behind them, as on one
that stays. A retrain takes LightGBM and XGBoost with their defaults, without a search; on the cluster it learns from
all known leads, of which only the sample is ever in the memory of the run.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributed import Client
from processes import Ran
from servers import free_port
from store import Store
from throughput import GIB, LEARNED_FROM, ONE_THREAD, Bench, opened, steps

from leadscore.settings import set_library_defaults

RESULTS = Path(__file__).parent / "results" / "cluster.json"
SECONDS = 120  # within which workers are there
LARGEST = 50_000  # leads of a chunk: the default of [scoring] chunk_rows
PLAIN = {
    "LEADSCORE_TRAINING__MEMBERS": '["lightgbm", "xgboost"]',
    "LEADSCORE_TRAINING__IMBALANCE": "none",
    "LEADSCORE_TRAINING__BAGS": "1",
}

Found = dict[str, Any]


@contextmanager
def workers(n: int, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of runs on a scheduler with ``n`` workers of one thread each."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as started:
        begin(started, folder, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        for _ in range(n):
            begin(started, folder, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny")
        with Client(address, timeout=SECONDS, set_as_default=False) as client:
            client.wait_for_workers(n, timeout=SECONDS)
        yield {"LEADSCORE_COMPUTE__RUNNER": "dask", "LEADSCORE_COMPUTE__ADDRESS": address}


def begin(started: ExitStack, folder: Path, what: str, *words: str) -> None:
    """Start a part of the cluster, to be ended with ``started``."""
    command = [sys.executable, "-m", "dask", what, *words]
    log = started.enter_context((folder / f"{what}-{time.monotonic_ns()}.log").open("w"))
    here = os.environ | ONE_THREAD | {"DASK_TEMPORARY_DIRECTORY": str(folder)}
    process = subprocess.Popen(command, env=here, stdout=log, stderr=subprocess.STDOUT)
    started.callback(process.wait)
    started.callback(process.terminate)


def nights(bench: Bench, store: Store) -> Found:
    """Full rescores by one and two processes of the run, then by one and two workers."""
    bench.run(store, "night.py", "full", told="first night")
    found: Found = {}
    for n in (1, 2):
        alone = with_environment(bench, {"LEADSCORE_COMPUTE__THREADS": str(n)})
        found[f"{n} here"] = told(alone.rescore(store, f"{n} processes"))
    for n in (1, 2):
        with workers(n, bench.folder) as cluster:
            there = with_environment(bench, cluster)
            there.rescore(store, f"{n} workers, that start")
            found[f"{n} on the cluster"] = told(there.rescore(store, f"{n} workers"))
    return found


def retrains(bench: Bench, store: Store, sample: int) -> Found:
    """Retrains on this machine, and on one and two workers."""
    plain = with_environment(bench, PLAIN)
    found = {"here": trained(plain.run(store, "night.py", "retrain", 0, told="retrain here"))}
    for n in (1, 2):
        with workers(n, bench.folder) as cluster:
            spread = {"LEADSCORE_COMPUTE__ONE_MACHINE_LEADS": str(sample)}
            there = with_environment(plain, cluster | spread)
            found[f"{n} on the cluster"] = trained(there.run(store, "night.py", "retrain", 0, told=f"{n} workers"))
    return found


def with_environment(bench: Bench, more: dict[str, str]) -> Bench:
    return replace(bench, environment=bench.environment | more)


def told(ran: Ran) -> Found:
    """The seconds of a night and its steps, and the memory of the run, workers of a cluster not counted."""
    return {"seconds": round(ran.seconds, 2), "gib": round(ran.peak / GIB, 3), "steps": rounded(steps(ran))}


def trained(ran: Ran) -> Found:
    return {"seconds": round(ran.seconds, 1), "gib": round(ran.peak / GIB, 3)}


def rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(each, 2) for name, each in seconds.items()}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=200_000, help="open leads to score")
    parser.add_argument("--known", type=int, default=200_000, help="closed leads to learn from; 0: no retrain")
    parser.add_argument("--sample", type=int, default=50_000, help="of them, that one machine learns from")
    parser.add_argument("--url", help="of a PostgreSQL on which databases may be made; one is started otherwise")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    chosen = parse()
    set_library_defaults(on_terminal=True)
    chunk = {"LEADSCORE_SCORING__CHUNK_ROWS": str(min(LARGEST, chosen.leads // 4))}  # two for each worker
    with opened(chosen.url, repeats=1) as plain:
        bench, found = with_environment(plain, chunk), dict[str, Found]()
        n_known = min(LEARNED_FROM, chosen.leads)
        models = bench.models(n_known)
        with bench.store(chosen.leads, n_known) as store:
            store.register(models)
            found["night"] = nights(bench, store)
        if chosen.known:
            with bench.store(chosen.known // 4, chosen.known) as store:
                found["retrain"] = retrains(bench, store, chosen.sample)
    sizes = {"leads": chosen.leads, "known": chosen.known, "sample": chosen.sample}
    chosen.results.write_text(json.dumps({**sizes, **bench.label, **found}, indent=1) + "\n")
    print(chosen.results.read_text())


if __name__ == "__main__":
    main()
