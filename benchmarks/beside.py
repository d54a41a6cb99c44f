"""AutoGluon beside us: the same rows and raw columns, the same seconds and CPUs, judged by the same functions.

It runs in a process and a virtual environment of its own, and is never a dependency.
"""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from figures import Judged, Result
from trials import Trial

from leadscore.schema import truth
from leadscore.store.engine import open_engine, reading

SIDE = Path(__file__).with_name("autogluon_side.py")


@dataclass(frozen=True)
class Rows:
    """The leads that may be learned from and those to judge by: ``lead_id`` and ``converted`` of each."""

    train: pl.DataFrame
    judged: pl.DataFrame


@dataclass(frozen=True)
class AutoGluon:
    """A ``python`` that has AutoGluon, the ``seconds`` it may fit, and the folder where its ``logs`` stay."""

    python: Path
    seconds: int
    logs: Path

    def run(self, trial: Trial, rows: Rows) -> Result | None:
        """Its figures on the rows to judge; None where it failed, with what it said last told."""
        with tempfile.TemporaryDirectory(prefix="autogluon-") as temporary:
            folder = Path(temporary)
            features = raw_features(trial)
            for name, leads in (("train", rows.train), ("judged", rows.judged.drop("converted"))):
                whole = leads.join(features, on="lead_id", how="left", maintain_order="left").drop("lead_id")
                whole.write_parquet(folder / f"{name}.parquet")
            if not self._fitted(trial, folder):
                return None
            found = json.loads((folder / "found.json").read_text())
            probability = pl.read_parquet(folder / "found.parquet")["probability"].to_numpy()
        for failure in found["failures"]:
            print(f"  AutoGluon went on without {failure}")
        judged = Judged(rows.judged["converted"].to_numpy(), probability, found["cutoff"])
        return {"model": f"autogluon {found.pop('version')}", **judged.figures(trial.settings.training.seed), **found}

    def _fitted(self, trial: Trial, folder: Path) -> bool:
        """Whether it ended well; all that it says is in its log."""
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{trial.label.replace(' ', '-')}.log"
        print(f"\nAutoGluon fits {trial.label} for {self.seconds} s; its log is {log}", flush=True)
        command = [str(each) for each in (self.python, SIDE, folder, self.seconds, trial.settings.compute.n_threads)]
        environment = os.environ | {"PYTHONSAFEPATH": "1"}  # the modules of this folder are not for it
        with log.open("w") as file:
            ended = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=environment, cwd=folder)
        if ended.returncode:
            *_, last = ["nothing", *log.read_text().strip().splitlines()]
            print(f"  AutoGluon failed (exit {ended.returncode}); it said: {last}")
        return ended.returncode == 0


def raw_leads(trial: Trial) -> pl.DataFrame:
    """The table of leads as it is, in the order of the ids, which come first, as ``lead_id``."""
    leads = trial.settings.leads
    store = open_engine(trial.settings.source_url)
    with reading(store) as connection:
        raw = pl.read_database(f'SELECT * FROM "{leads.table}"', connection, infer_schema_length=None)
    store.dispose()
    return raw.rename({leads.id: "lead_id"}).sort("lead_id")


def raw_features(trial: Trial) -> pl.DataFrame:
    """By ``lead_id``, the columns that our own side may make features of."""
    leads = trial.settings.leads
    return raw_leads(trial).drop(*(set(leads.roles) - {leads.id}), *leads.exclude)


def known_leads(trial: Trial) -> pl.DataFrame:
    """The leads whose outcome the store knows, in the order of their ids."""
    converted = truth(pl.col(trial.settings.leads.label)).cast(pl.Int64).alias("converted")
    return raw_leads(trial).select("lead_id", converted).drop_nulls()
