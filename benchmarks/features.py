"""What turning leads into features costs, beside reading them from SQLite, and how its memory grows with the table.

    python benchmarks/features.py [--leads 1000000] [--small 200000] [--repeats 3] [--folder kept/]

A store is filled with example leads (29 columns that describe the lead, and its dates), and the outcomes of the known
ones are put where a night finds them. What a night needs is learned from 60,000 other leads of the same world. Then a
fresh process for each measurement takes the steps of a night that come before the boosters, for the first ``--small``
and for all leads: fetch the outcomes of their accounts, and by chunk fetch the leads, conform them, read their texts,
tally their histories, make the matrix. Reported are medians of the repeats. With ``--folder`` the store is kept, and
used again.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from quality import plain, present_commit
from trials import load_trial_example

from leadscore.due import OUTCOME
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.job import open_job
from leadscore.sample.demo import EXAMPLES
from leadscore.sample.leads import example_leads
from leadscore.schema import Schema
from leadscore.settings import load_settings, set_library_defaults
from leadscore.store.engine import open_engine, writing
from leadscore.store.load import load_table
from leadscore.store.outcomes import outcomes_of
from leadscore.store.queries import execute, execute_many
from leadscore.store.source import fetch, open_source, scan

RESULTS = Path(__file__).parent / "results" / "features.json"
LEARNED = "learned.json"
LEARNED_FROM = 60_000
SEED = 7
READING = "reading"
TRANSFORMING = ("conforming", "reading of spellings", "histories", "matrix")
STAGES = (READING, "conforming", "reading of spellings", "reading of outcomes", "histories", "matrix")


def make_store(folder: Path, n: int) -> None:
    """Put ``n`` example leads into a new store, the latest fifth open, and the outcomes of the known ones."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    folder.mkdir(parents=True)
    shutil.copyfile(EXAMPLES / "example_mql.toml", folder / "leadscore.toml")
    settings = load_settings(folder / "leadscore.toml")
    is_open = (pl.col("lead_id") > 0.8 * n) | (pl.col("closed_at") > end)
    shown = [pl.when(~is_open).then(name).alias(name) for name in ("is_converted", "closed_at")]
    leads = (chunk.with_columns(shown).drop("true_probability") for chunk in example_leads(n, seed=SEED, end=end))
    engine = open_engine(settings.database.url)
    load_table(engine, str(settings.leads.table), leads, settings.leads.id)
    engine.dispose()
    with open_job(settings, end) as job:
        job.migrate()
        known = scan(job.source, settings.scoring.chunk_rows).filter(pl.col("label").is_not_null()).select(OUTCOME)
        with writing(job.store) as connection:
            for part in known.with_columns(seen_at=pl.lit(end)).iter_slices(settings.scoring.chunk_rows):
                execute_many(connection, "stage_outcomes", part)
            execute(connection, "merge_outcomes")
            execute(connection, "clear_staged_outcomes")


def learn(folder: Path) -> dict[str, Any]:
    """Schema, inputs and feature map as a training on `LEARNED_FROM` leads of the same world makes them."""
    from tasks import training as step

    trial = load_trial_example(folder, LEARNED_FROM, SEED)
    with open_job(trial.settings, trial.learn_at) as job:
        found = plain(step.find_known)(job)
        pulled = plain(step.pull_known)(job, found)
        known = plain(step.prepare)(job, found, pulled, plain(step.pull_open)(job, found))
    leads = known.leads
    columns = known.inputs.columns
    features, _ = FeatureMap.learn(leads.leads, leads.converted.astype(float), columns, trial.settings.training.seed)
    parts = {"schema": known.schema, "inputs": known.inputs, "features": features}
    return {name: part.model_dump(mode="json") for name, part in parts.items()}


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] += time.perf_counter() - started


def measure(folder: Path, n: int) -> dict[str, Any]:
    """Take a night's steps for the first ``n`` leads; seconds by stage, and the peak of this process's memory."""
    learned = json.loads((folder / LEARNED).read_text())
    schema, inputs = Schema.model_validate(learned["schema"]), Inputs.model_validate(learned["inputs"])
    features = FeatureMap.model_validate(learned["features"])
    settings = load_settings(folder / "leadscore.toml")
    engine = open_engine(settings.database.url)
    source = open_source(engine, settings.leads)
    clock = Clock()
    rows = settings.scoring.chunk_rows
    tonight = scan(source, rows).filter(pl.col("lead_id") <= n)["account_id"]
    with clock.time("reading of outcomes"):
        past = outcomes_of(engine, source, tonight if inputs.pasts else tonight.clear())
    for first in range(1, n + 1, rows):
        ids = pl.Series(range(first, min(first + rows, n + 1)))
        with clock.time(READING):
            chunk = fetch(source, ids)
        with clock.time("conforming"):
            conformed = schema.conform(chunk.raw)
        with clock.time("reading of spellings"):
            read = inputs.readings.read(conformed)
        with clock.time("histories"):
            theirs = past.join(chunk.lives, on="account_id", how="semi")
            leads = inputs.frame(read, chunk.lives, theirs)
        with clock.time("matrix"):
            matrix = features.transform(leads)
    engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"leads": n, "columns": matrix.shape[1], "seconds": clock.seconds, "peak_mb": peak}


def medians(found: list[dict[str, Any]]) -> dict[str, Any]:
    """One result of several of the same size, in seconds for a million leads."""
    per_million = 1_000_000 / found[0]["leads"]
    seconds = {
        stage: round(per_million * statistics.median(each["seconds"][stage] for each in found), 2) for stage in STAGES
    }
    ratios = [sum(each["seconds"][stage] for stage in TRANSFORMING) / each["seconds"][READING] for each in found]
    return {
        "leads": found[0]["leads"],
        "features": found[0]["columns"],
        "seconds_per_million": seconds,
        "transforming_over_reading": round(statistics.median(ratios), 3),
        "transforming_over_reading_each": [round(ratio, 3) for ratio in ratios],
        "peak_mb": round(statistics.median(each["peak_mb"] for each in found)),
    }


def measured_apart(folder: Path, n: int) -> dict[str, Any]:
    """The same in a process of its own, whose peak no other measurement has raised."""
    command = [sys.executable, __file__, "--folder", str(folder), "--measure", str(n)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def show(results: list[dict[str, Any]]) -> None:
    print(f"{'seconds a million leads':26}" + "".join(f"{each['leads']:>12,}" for each in results))
    for stage in STAGES:
        print(f"  {stage:24}" + "".join(f"{each['seconds_per_million'][stage]:12.2f}" for each in results))
    print(f"{'transforming / reading':26}" + "".join(f"{each['transforming_over_reading']:12.2f}" for each in results))
    print(f"{'peak memory, MB':26}" + "".join(f"{each['peak_mb']:12,}" for each in results))


def run(folder: Path, sizes: list[int], repeats: int) -> None:
    if not folder.exists():
        make_store(folder, max(sizes))
    with tempfile.TemporaryDirectory() as small:
        (folder / LEARNED).write_text(json.dumps(learn(Path(small) / "small")))
    found: dict[int, list[dict[str, Any]]] = {size: [] for size in sizes}
    for _ in range(repeats):
        for size in sizes:  # in turn, so that a busy spell of the machine hits both
            found[size].append(measured_apart(folder, size))
    results = [medians(each) for each in found.values()]
    show(results)
    growth = results[-1]["peak_mb"] - results[0]["peak_mb"]
    summary = {"commit": present_commit(), "repeats": repeats, "peak_growth_mb": growth, "sizes": results}
    RESULTS.write_text(json.dumps(summary, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=1_000_000, help="leads in the table")
    parser.add_argument("--small", type=int, default=200_000, help="the smaller size to hold the memory against")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to keep the store; a temporary folder otherwise")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    set_library_defaults(on_terminal=True)
    if chosen.measure:
        print(json.dumps(measure(chosen.folder, chosen.measure)))
        return
    with tempfile.TemporaryDirectory(prefix="leadscore-features-") as temporary:
        run(chosen.folder or Path(temporary) / "store", [chosen.small, chosen.leads], chosen.repeats)


if __name__ == "__main__":
    main()
