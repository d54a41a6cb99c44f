"""How fast a night scores, beside what a user would write and beside the floor; its memory, and its cost by size.

    python benchmarks/throughput.py [--leads 1000000] [--peer PYTHON]
    python benchmarks/throughput.py --leads 30000 --only floor --repeats 1
    python benchmarks/throughput.py --add --only sizes --sizes 3

PostgreSQL, with its ordinary settings, and a Prefect server are started in temporary folders, and filled with open
example leads. The model is fixed: 150 trees of LightGBM and 150 of XGBoost, see ``store.py``. Every measured run is a
process of its own; reported are medians of the repeats. A full rescore is that of the night after a retrain: two models
take turns, so that every score changes, with reasons for every lead. Its seconds are those of the whole process.
Between two nights the tables are vacuumed, as PostgreSQL does by itself in the day between them.

- **peer** (``peer.py``): pandas, scikit-learn, the same boosters, shap, ``to_sql``, by lead. Needs shap: ``--peer``
  names a Python that has it, if this one has not.
- **floor** (``floor.py``): reading, bare boosters, bare woodelf, COPY, bare publishing statements.
- **sizes**: the full rescore of more and of fewer leads, and the peak of the job's own memory, without PostgreSQL.
- **incremental**: a night with 1% of the leads changed, less a night with one.
- **retrain**: with a fixed number of trials, on two sizes.

All of it takes some hours: ``--add`` keeps what the results have, and measures other sizes and retrains beside it. Each
size and each retrain says of which commit it is and on which machine.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from processes import Ran, run
from quality import present_commit
from servers import database, deployed, machine, postgresql, prefect
from store import PARAMS, TREES, Store, fixed_models, make_store
from throughput_table import table

from leadscore.models.bundle import Artifact
from leadscore.settings import set_library_defaults

RESULTS = Path(__file__).parent / "results" / "throughput.json"
PARTS = ("peer", "floor", "sizes", "incremental", "retrain")
LEARNED_FROM = 20_000  # closed leads, before the open ones
PEER_LEADS = 40_000
STAGED_LEADS = 150_000  # whose stages are measured one by one
ONE_THREAD = dict.fromkeys(("LEADSCORE_COMPUTE__THREADS", "POLARS_MAX_THREADS", "OMP_NUM_THREADS"), "1")
GIB = 2**30

Found = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """Where to measure, on which ``machine``, and how often. ``environment`` is that of the flows."""

    server: str
    folder: Path
    environment: dict[str, str]
    machine: Found
    repeats: int
    started: float

    @property
    def label(self) -> Found:
        """Of what, when and where the figures are."""
        when = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
        return {"commit": present_commit(), "when": when, "machine": self.machine}

    def tell(self, words: str) -> None:
        print(f"[{time.perf_counter() - self.started:6,.0f} s] {words}", flush=True)

    @contextmanager
    def store(self, n_open: int, n_known: int) -> Iterator[Store]:
        """A new store, gone at the end."""
        with database(self.server) as url, tempfile.TemporaryDirectory(dir=self.folder) as folder:
            self.tell(f"making {n_open:,} open leads")
            yield make_store(url, Path(folder) / "store", n_open, n_known, self.tell)

    def models(self, n_known: int) -> list[Artifact]:
        """The fixed models, made in a store of their own, whose leads are as many in every run."""
        with database(self.server) as url:
            store = make_store(url, self.folder / "models", n_known, n_known, self.tell)
            models = fixed_models(store)
        self.tell("the fixed models are trained")
        return models

    def run(self, store: Store, script: str, *words: object, told: str) -> Ran:
        """A measured run on the ``store``."""
        ran = run(script, *words, environment=self.environment | store.environment)
        seconds = ran.found.get("seconds", ran.seconds)
        self.tell(f"{store.n_open:,} leads, {told}: {seconds:.1f} s, {ran.peak / GIB:.2f} GiB")
        return ran

    def rescore(self, store: Store, told: str) -> Ran:
        """A full rescore by the model whose turn it is."""
        store.take_turns()
        ran = self.run(store, "night.py", "full", told=told)
        store.require_scored(store.n_open)
        return ran


@contextmanager
def opened(url: str | None, repeats: int) -> Iterator[Bench]:
    """A PostgreSQL, unless one is given, and a Prefect server, in temporary folders that go at the end."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="leadscore-throughput-")))
        server = held.enter_context(postgresql(url))
        environment = deployed() | held.enter_context(prefect(folder))
        yield Bench(server, folder, environment, machine(server), repeats, time.perf_counter())


def kept(results: Path, leads: int) -> Found:
    """What an earlier run on so many ``leads`` has measured."""
    found: Found = json.loads(results.read_text())
    if found["leads"] != leads:
        raise SystemExit(f"{results} is of {found['leads']:,} leads: measure anew, without --add.")
    return found | {name: {int(n): each for n, each in found[name].items()} for name in ("by_size", "retrain")}


def measure(bench: Bench, chosen: argparse.Namespace) -> Iterator[Found]:
    """All figures of the parts that were asked for: what there is of them after each size from 1 on, and retrain."""
    parts = set(chosen.only)
    sizes = set(chosen.sizes) if "sizes" in parts else set()
    if chosen.add:
        found = kept(chosen.results, chosen.leads)
    else:
        found, sizes = {**bench.label, "repeats": chosen.repeats, "by_size": {}, "retrain": {}}, sizes | {1}
    n_known = min(LEARNED_FROM, chosen.leads)
    models = bench.models(n_known) if sizes else []
    for size in sorted(sizes):
        with bench.store(round(size * chosen.leads), n_known) as store:
            store.register(models)
            found["by_size"][store.n_open] = bench.label | nights(bench, store)
            if size == 1:
                found["stages"] = stages(bench, store)
                if "floor" in parts:
                    found["floor"] = floor(bench, store)
                if "peer" in parts:
                    found["peer"] = peer(bench, store, chosen.peer)
                if "incremental" in parts:
                    found["incremental"] = incremental(bench, store)
        if size >= 1:
            yield found
    for n in chosen.retrain if "retrain" in parts else ():
        found["retrain"][n] = bench.label | retrain(bench, n, chosen.trials)
        yield found


def nights(bench: Bench, store: Store) -> Found:
    """Full rescores, after a first night that fills the store; its memory counts, too."""
    first = bench.run(store, "night.py", "full", told="first night")
    store.require_scored(store.n_open)
    runs = [bench.rescore(store, f"full rescore {i + 1}") for i in range(bench.repeats)]
    return {
        "seconds": [round(ran.seconds, 2) for ran in runs],
        "gib": [round(ran.peak / GIB, 3) for ran in (first, *runs)],
        "steps": medians([steps(ran) for ran in runs]),
    }


def steps(ran: Ran) -> dict[str, float]:
    """The seconds of a night: its steps, all that goes on between them, and the start and the end of its process."""
    flow, named = ran.found["flow"], {name: each for name, each in ran.found.items() if name != "flow"}
    return {"process": ran.seconds - flow, **named, "the rest": flow - sum(named.values())}


def stages(bench: Bench, store: Store) -> dict[str, float]:
    """The start of a process that scores, then the stages on one core, as many seconds as all leads would take."""
    n = min(store.n_open, STAGED_LEADS)
    alone = replace(bench, environment=bench.environment | ONE_THREAD)
    words = (store.n_known + 1, n)
    found = [alone.run(store, "stages.py", *words, told=f"stages of {n:,} {i + 1}") for i in range(bench.repeats)]
    starts = [{"start": ran.found.pop("start")} for ran in found]
    whole = [{name: each * store.n_open / n for name, each in ran.found.items()} for ran in found]
    return medians(starts) | medians(whole)


def floor(bench: Bench, store: Store) -> Found:
    found = []
    for i in range(bench.repeats):
        store.take_turns()
        with tempfile.TemporaryDirectory(dir=bench.folder) as ready:
            words = (store.n_known + 1, store.n_open, ready)
            found.append(bench.run(store, "floor.py", *words, told=f"floor {i + 1}").found)
    return {"seconds": [round(each.pop("seconds"), 2) for each in found], "stages": medians(found)}


def peer(bench: Bench, store: Store, python: str) -> Found | None:
    """What a user would write; None where ``python`` cannot run it."""
    if subprocess.run([python, "-c", "import shap"], capture_output=True).returncode:
        bench.tell(f"the peer is left out: {python} has no shap; --peer names a Python that has")
        return None
    n = min(PEER_LEADS, store.n_open)
    words = (store.url, store.n_known + 1, n, TREES, json.dumps(PARAMS))
    found = []
    for i in range(bench.repeats):
        ran = run("peer.py", *words, environment={"PYTHONSAFEPATH": "1"}, python=python)
        bench.tell(f"peer {i + 1}, {n:,} leads: {sum(ran.found.values()):.1f} s")
        found.append(ran.found)
    return {"leads": n, "seconds": [round(sum(each.values()), 2) for each in found], "stages": medians(found)}


def incremental(bench: Bench, store: Store) -> Found:
    """Nights with 1% of the leads changed, and nights with one changed."""
    found: dict[str, list[dict[str, float]]] = {"changed": [], "one": []}
    for i in range(bench.repeats):
        for name, n in (("changed", max(store.n_open // 100, 2)), ("one", 1)):
            store.change(n)
            found[name].append(steps(bench.run(store, "night.py", "due", told=f"{n:,} changed {i + 1}")))
            store.require_scored(n)
    return {name: {"seconds": whole(nights), "steps": medians(nights)} for name, nights in found.items()}


def retrain(bench: Bench, n: int, trials: int) -> Found:
    """Seconds and memory of a retrain on ``n`` closed leads; once, since it takes long."""
    with bench.store(n // 4, n) as store:
        ran = bench.run(store, "night.py", "retrain", trials, told=f"retrain on {n:,} closed")
    return {"trials": trials, "seconds": round(ran.seconds, 1), "gib": round(ran.peak / GIB, 3)}


def whole(nights: Sequence[dict[str, float]]) -> list[float]:
    """The seconds of each night, from its steps."""
    return [round(sum(each.values()), 2) for each in nights]


def medians(found: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(each[name] for each in found), 2) for name in found[0]}


def figures(found: Found, leads: int) -> Found:
    """What the runs come to; None where a part was left out."""
    largest = max(found["by_size"])
    rescore = {n: statistics.median(each["seconds"]) for n, each in found["by_size"].items()}
    gib = {n: max(each["gib"]) for n, each in found["by_size"].items()}
    compared, other, changed = found.get("floor"), found.get("peer"), found.get("incremental")
    by_lead = statistics.median(other["seconds"]) / other["leads"] if other else None
    night = {name: statistics.median(each["seconds"]) for name, each in (changed or {}).items()}
    return {
        "leads": leads,
        "ratio_peer": by_lead and round(by_lead / (rescore[leads] / leads), 2),
        "ratio_floor": compared and round(rescore[leads] / statistics.median(compared["seconds"]), 3),
        "rss_gib": gib[leads],
        "rss_growth": round(gib[largest] / gib[leads], 3) if largest > leads else None,
        "seconds_per_million": {n: round(each / n * 1e6, 2) for n, each in sorted(rescore.items())},
        "incremental_share": round((night["changed"] - night["one"]) / rescore[leads], 4) if night else None,
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=1_000_000, help="open leads")
    parser.add_argument(
        "--sizes", type=float, nargs="+", default=[0.3, 1, 3, 5], help="as multiples of --leads; 1 is always there"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts beside the full rescore")
    parser.add_argument("--peer", default=sys.executable, metavar="PYTHON", help="a Python that has shap")
    parser.add_argument("--url", help="of a PostgreSQL on which databases may be made; one is started otherwise")
    parser.add_argument("--retrain", type=int, nargs="+", default=[60_000, 600_000], help="closed leads to learn from")
    parser.add_argument("--trials", type=int, default=10, help="of a retrain")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--add", action="store_true", help="keep what the results have of other sizes and parts")
    return parser.parse_args()


def main() -> None:
    chosen = parse()
    set_library_defaults(on_terminal=True)
    with opened(chosen.url, chosen.repeats) as bench:
        bench.tell(", ".join(f"{name} {value}" for name, value in bench.machine.items()))
        for found in measure(bench, chosen):
            result = found | figures(found, chosen.leads)
            chosen.results.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{table(json.loads(chosen.results.read_text()))}")


if __name__ == "__main__":
    main()
