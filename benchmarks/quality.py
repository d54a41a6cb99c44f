"""How good the shipped model's published scores are on leads that no step of training has seen.

    python benchmarks/quality.py --example --why "after the readings"     # a look at the final test part: logged
    python benchmarks/quality.py --bank bank-additional-full.csv --olist olist/ --why ...
    python benchmarks/quality.py --example --tuning                       # figures from inside the training part only

A look runs the two flows as the demo does: the latest leads of a table come in without their outcomes, `retrain` and
`score` run, and the published scores are held against what was withheld. It adds a line to ``looks.csv``. With
``--tuning`` the withheld outcomes are never read: the same steps train, and the evaluation fit is judged on its
holdout, the latest leads of the training part.
"""

import argparse
import csv
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from trials import Trial, load_trial_bank, load_trial_example, load_trial_olist

import leadscore
from leadscore.models.metrics import Measures
from leadscore.sample.demo import judge_published, withheld_scores
from leadscore.sample.truth import best_possible
from leadscore.settings import Settings, set_library_defaults, use_config

HERE = Path(__file__).parent
CODE = Path(leadscore.__file__).parents[1]
LOOKS = HERE / "looks.csv"
RESULTS = HERE / "results" / "quality.json"
Result = dict[str, Any]  # as JSON
FIGURES = ("log_loss", "roc_auc", "average_precision", "brier_score", "f1")


@dataclass(frozen=True)
class Best:
    """What the true probabilities themselves reach on the same leads.

    ``expected_over_best`` is the log loss to expect of the model under the true probabilities, over the least to
    expect: the luck of the outcomes, which moves the other figures, is not in it.
    """

    log_loss: float
    roc_auc: float
    f1: float
    expected_over_best: float

    @classmethod
    def of(cls, converted: NDArray[np.int64], true: NDArray[np.float64], found: NDArray[np.float64]) -> "Best":
        f1, log_loss = best_possible(converted, true)
        least = expected_log_loss(true, true)
        return cls(log_loss, float(roc_auc_score(converted, true)), f1, expected_log_loss(true, found) / least)


def expected_log_loss(true: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """The log loss of the probabilities ``found`` (n,) to expect where the ``true`` ones hold."""
    p = np.clip(found, 1e-6, 1 - 1e-6)
    return float(-(true * np.log(p) + (1 - true) * np.log1p(-p)).mean())


def look(trial: Trial, commit: str) -> Result:
    """Run both flows and judge what was published."""
    from flows.retrain import retrain
    from flows.score import score

    started = time.perf_counter()
    retrain(as_of=trial.learn_at, promote="always")
    trained = time.perf_counter()
    score(as_of=trial.score_at)
    scored = time.perf_counter()
    found = judge_published(trial.settings).measures
    best = best_of_published(trial.settings) if trial.truth else None
    seconds = {"retrain": round(trained - started, 1), "score": round(scored - trained, 1)}
    return told(trial, commit, "final test part", found, best, seconds)


def best_of_published(settings: Settings) -> Best:
    """What the true probabilities reach on the leads whose scores were published."""
    leads = withheld_scores(settings)
    columns = (leads[name].to_numpy() for name in ("converted", "true_probability", "probability"))
    return Best.of(*columns)


def tune(trial: Trial, commit: str) -> Result:
    """Take the steps of the retrain flow without Prefect, and judge the evaluation fit on its holdout."""
    from leadscore.job import open_job
    from tasks import training as step

    started = time.perf_counter()
    with open_job(trial.settings, trial.learn_at) as job:
        found = plain(step.find_known)(job)
        pulled = plain(step.pull_known)(job, found)
        known = plain(step.prepare)(job, found, pulled, plain(step.pull_open)(job, found))
        trained = plain(step.fit)(job, known)
    seconds = {"retrain": round(time.perf_counter() - started, 1)}
    best = None
    if trial.truth:
        held = known.leads.lives[known.split.holdout].select("lead_id")
        true = held.join(trial.truth(), on="lead_id", how="left", maintain_order="left")["true_probability"]
        best = Best.of(trained.holdout_converted, true.to_numpy(), trained.holdout_probability)
    return told(trial, commit, "holdout of the evaluation fit", trained.measures, best, seconds)


def plain(task: Callable[..., Any]) -> Callable[..., Any]:
    """The function inside a Prefect task."""
    return inspect.unwrap(task)


def told(trial: Trial, commit: str, part: str, found: Measures, best: Best | None, seconds: dict[str, float]) -> Result:
    """One result: where, what, how good, and how near to the best possible."""
    result: Result = {
        "commit": commit,
        "dataset": trial.name,
        "seed": trial.seed,
        "training_seed": trial.settings.training.seed,
        "part": part,
        "n": found.n,
        "conversions": found.conversions,
        **{name: getattr(found, name).model_dump() for name in FIGURES},
        "seconds": seconds,
    }
    if best:
        result["best"] = vars(best)
        result["log_loss_over_best"] = found.log_loss.value / best.log_loss
        result["roc_auc_below_best"] = best.roc_auc - found.roc_auc.value
        result["f1_over_best"] = found.f1.value / best.f1
    return result


def present_commit() -> str:
    """The commit of the library that ran; "+" where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", CODE, *words], capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "leadscore", "tasks") else "")


def log_look(result: Result, why: str) -> None:
    """Add a line to the log of looks at final test parts."""
    row = {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        **{name: result[name] for name in ("commit", "dataset", "seed", "training_seed")},
        "why": why,
        **{name: result[name] for name in ("n", "conversions")},
        **{name: f"{result[name]['value']:.4f}" for name in FIGURES},
        **{f"best_{name}": f"{result['best'][name]:.4f}" for name in ("log_loss", "roc_auc", "f1") if "best" in result},
    }
    columns = LOOKS.read_text().splitlines()[0].split(",")
    with LOOKS.open("a", newline="") as file:
        csv.DictWriter(file, columns, lineterminator="\n").writerow(row)


def show(result: Result) -> None:
    data = result["dataset"] if result["seed"] is None else f"{result['dataset']} {result['seed']}"
    print(f"\n{data}, {result['part']}, training seed {result['training_seed']}, commit {result['commit']}")
    print(f"  {result['n']:,} leads, {result['conversions']:,} conversions; seconds {result['seconds']}")
    for name in FIGURES:
        figure, best = result[name], (result.get("best") or {}).get(name)
        beside = f"   best possible {best:.4f}" if best else ""
        print(f"  {name:18} {figure['value']:.4f}  ({figure['low']:.4f} to {figure['high']:.4f}){beside}")
    if "best" in result:
        print(
            f"  log loss {result['log_loss_over_best'] - 1:+.1%} over the best"
            f" ({result['best']['expected_over_best'] - 1:+.1%} without the luck of outcomes),"
            f" AUC {-result['roc_auc_below_best']:+.4f}, F1 {result['f1_over_best']:.0%} of the best"
        )


def trials(chosen: argparse.Namespace, folder: Path) -> list[Callable[[], Trial]]:
    """How to load each data set that was asked for."""
    found: list[Callable[[], Trial]] = []
    if chosen.example:
        found += [lambda s=seed: load_trial_example(folder / f"example-{s}", chosen.leads, s) for seed in chosen.seed]
    if chosen.bank:
        found.append(lambda: load_trial_bank(folder / "bank", chosen.bank))
    if chosen.olist:
        found.append(lambda: load_trial_olist(folder / "olist", chosen.olist))
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", action="store_true", help="the example leads, whose true probabilities are known")
    parser.add_argument("--leads", type=int, default=60_000, help="how many example leads")
    parser.add_argument("--seed", type=int, nargs="+", default=[7], help="seeds of the example leads")
    parser.add_argument("--training-seed", type=int, nargs="+", default=[7], help="[training] seed: one run for each")
    parser.add_argument("--bank", type=Path, help="bank-additional-full.csv (UCI 222)")
    parser.add_argument("--olist", type=Path, help="folder of Olist's two marketing files")
    parser.add_argument("--tuning", action="store_true", help="stay inside the training part, and log nothing")
    parser.add_argument("--why", help="what a look at the final test part is for; needed without --tuning")
    chosen = parser.parse_args()
    if not (chosen.example or chosen.bank or chosen.olist):
        parser.error("name --example, --bank or --olist")
    if not chosen.tuning and not chosen.why:
        parser.error("a look at the final test part is logged: say --why, or stay inside with --tuning")
    return chosen


def main() -> None:
    chosen = parse()
    set_library_defaults(on_terminal=True)
    commit, results = present_commit(), []
    with tempfile.TemporaryDirectory(prefix="leadscore-quality-") as temporary:
        os.environ["PREFECT_HOME"] = f"{temporary}/prefect"
        for load in trials(chosen, Path(temporary)):
            for training_seed in chosen.training_seed:
                os.environ["LEADSCORE_TRAINING__SEED"] = str(training_seed)
                trial = load()
                use_config(Path(trial.settings.models.dir).parent / "leadscore.toml")
                result = tune(trial, commit) if chosen.tuning else look(trial, commit)
                show(result)
                if not chosen.tuning:
                    log_look(result, chosen.why)
                results.append(result)
    if not chosen.tuning:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
