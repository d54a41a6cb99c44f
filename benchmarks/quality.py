"""How good the shipped model's published scores are on leads that no step of training has seen.

    python benchmarks/quality.py --example --why "after the readings"     # a look at the final test part: logged
    python benchmarks/quality.py --bank bank-additional-full.csv --olist olist/ --why ...
    python benchmarks/quality.py --bank bank-additional-full.csv --bank-random 7 8 9 10 11 --autogluon PYTHON --why ...
    python benchmarks/quality.py --example --tuning                       # figures from inside the training part only

A look runs the two flows as the demo does: the latest leads of a table come in without their outcomes, `retrain` and
`score` run, and the published scores are held against what was withheld. It adds a line to ``looks.csv``. With
``--tuning`` the withheld outcomes are never read: the same steps train, and the evaluation fit is judged on its
holdout, the latest leads of the training part. AutoGluon, where asked, gets the same rows either way.
"""

import argparse
import csv
import inspect
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
from beside import AutoGluon, Rows, known_leads
from figures import FIGURES, Best, Judged, Result
from pydantic_core import to_jsonable_python
from sqlalchemy import text
from table import FINAL, RESULTS, table
from trials import Trial, load_trial_bank, load_trial_bank_random, load_trial_example, load_trial_olist

import leadscore
from leadscore.sections import Training
from leadscore.settings import Settings, set_library_defaults, use_config
from leadscore.store.engine import open_engine, reading

HERE = Path(__file__).parent
CODE = Path(leadscore.__file__).parents[1]
LOOKS = HERE / "looks.csv"
PUBLISHED = """
    SELECT withheld.lead_id, withheld.converted, withheld.true_probability,
        scores.raw_probability, scores.probability, scores.will_convert, scores.adjustment
    FROM withheld_outcomes AS withheld
    INNER JOIN lead_scores AS scores ON scores.lead_id = withheld.lead_id
    ORDER BY withheld.lead_id
"""
RAW_CUTOFF = "SELECT cutoff FROM models WHERE status = 'champion'"


def look(trial: Trial) -> tuple[Result, Rows | None]:
    """Run both flows and judge what was published; the rows are for AutoGluon where it is compared."""
    from flows.retrain import retrain
    from flows.score import score

    started = time.perf_counter()
    retrain(as_of=trial.learn_at, promote="always")
    trained = time.perf_counter()
    night = score(as_of=trial.score_at)
    scored = time.perf_counter()
    leads, raw_cutoff = published(trial.settings)
    converted, probability, raw = (leads[name].to_numpy() for name in ("converted", "probability", "raw_probability"))
    called = leads.filter(pl.col("will_convert") == 1)["probability"].to_numpy()
    best = Best.of(converted, leads["true_probability"].to_numpy(), probability) if trial.truth else None
    seed = trial.settings.training.seed
    unadjusted = Judged(converted, raw, raw_cutoff).figures(seed)
    result = {
        "part": FINAL,
        **judged(Judged(converted, probability, called.min(initial=float("inf"))), best, seed),
        "adjustment": leads["adjustment"].max(),
        "base_rate": dict(night.facts).get("base rate"),
        "f1_without_adjustment": unadjusted["f1"],
        "unadjusted": unadjusted,
        "seconds": {"retrain": round(trained - started, 1), "score": round(scored - trained, 1)},
    }
    return result, Rows(known_leads(trial), leads.select("lead_id", "converted")) if trial.compared else None


def published(settings: Settings) -> tuple[pl.DataFrame, float]:
    """The scores of the withheld leads beside their outcomes, and the champion's cutoff before any adjustment."""
    store = open_engine(settings.database.url)
    with reading(store) as connection:
        leads = pl.read_database(PUBLISHED, connection, infer_schema_length=None)
        raw_cutoff: float = connection.execute(text(RAW_CUTOFF)).scalar_one()
    store.dispose()
    return leads, raw_cutoff


def tune(trial: Trial) -> tuple[Result, Rows | None]:
    """Take the steps of the retrain flow without Prefect, and judge the evaluation fit on its holdout."""
    from leadscore.job import open_job
    from tasks import training as step

    started = time.perf_counter()
    with open_job(trial.settings, trial.learn_at) as job:
        found = plain(step.find_known)(job)
        pulled = plain(step.pull_known)(job, found)
        known = plain(step.prepare)(job, found, pulled, plain(step.pull_open)(job, found))
        trained = plain(step.fit)(job, known, None)
    seconds = {"retrain": round(time.perf_counter() - started, 1)}
    leads = known.leads.lives.select("lead_id", converted=pl.Series(known.leads.converted))
    rows = Rows(leads[trained.split.train], leads[trained.split.holdout])
    holdout = Judged(trained.holdout.converted, trained.holdout.probability, trained.evaluation.cutoff.value)
    best = None
    if trial.truth:
        true = rows.judged.join(trial.truth(), on="lead_id", how="left", maintain_order="left")["true_probability"]
        best = Best.of(holdout.converted, true.to_numpy(), holdout.probability)
    part = "holdout of the evaluation fit"
    result = {"part": part, **judged(holdout, best, trial.settings.training.seed), "seconds": seconds}
    return result, rows if trial.compared else None


def plain(task: Callable[..., Any]) -> Callable[..., Any]:
    """The function inside a Prefect task."""
    inside: Callable[..., Any] = inspect.unwrap(task)
    return inside


def judged(leads: Judged, best: Best | None, seed: int) -> Result:
    """How good our own probabilities are, and how near to the best possible."""
    result: Result = {"model": "leadscore", **leads.figures(seed)}
    if best:
        result["best"] = vars(best)
        result["log_loss_over_best"] = result["log_loss"]["value"] / best.log_loss
        result["roc_auc_below_best"] = best.roc_auc - result["roc_auc"]["value"]
        result["f1_over_best"] = result["f1"]["value"] / best.f1
    return result


def present_commit() -> str:
    """The commit of the library that ran; "+" where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", CODE, *words], capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "leadscore", "tasks") else "")


def log_look(result: Result, why: str) -> None:
    """Add a line to the log of looks at final test parts."""

    def told(figures: Result, names: Sequence[str], label: str) -> dict[str, str]:
        found = ((name, figures[name]) for name in names if figures)
        return {label.format(name): f"{each['value'] if isinstance(each, dict) else each:.4f}" for name, each in found}

    row = {
        "when": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        **{name: result.get(name) for name in ("commit", "dataset", "seed", "training_seed", "model", "adjustment")},
        "why": why,
        **{name: result[name] for name in ("n", "conversions")},
        **told(result, FIGURES, "{}"),
        **told(result.get("best", {}), ("log_loss", "roc_auc", "f1"), "best_{}"),
        **told(result.get("unadjusted", {}), ("log_loss", "f1"), "{}_unadjusted"),
    }
    columns = LOOKS.read_text().splitlines()[0].split(",")
    with LOOKS.open("a", newline="") as file:
        csv.DictWriter(file, columns, lineterminator="\n").writerow(row)


def show(result: Result) -> None:
    data = " ".join(str(result[name]) for name in ("model", "dataset", "seed") if result[name] is not None)
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
    if "unadjusted" in result:
        print(f"  base rate: {result['base_rate']}")
        without = (f"{name} {result['unadjusted'][name]['value']:.4f}" for name in ("f1", "log_loss"))
        print(f"  without an adjustment: {', '.join(without)}")


def trials(chosen: argparse.Namespace, folder: Path) -> list[Callable[[], Trial]]:
    """How to load each data set that was asked for."""
    found: list[Callable[[], Trial]] = []
    if chosen.bank and not chosen.only_random:
        found.append(lambda: load_trial_bank(folder / "bank", chosen.bank))
    for seed in chosen.bank_random:
        found.append(partial(load_trial_bank_random, folder / f"bank-{seed}", chosen.bank, seed))
    if chosen.olist:
        found.append(lambda: load_trial_olist(folder / "olist", chosen.olist))
    shifts = [False] * chosen.example + [True] * chosen.shift
    for shifted, n, seed in product(shifts, chosen.leads, chosen.seed):
        found.append(partial(load_trial_example, folder / f"example-{n}-{seed}-{shifted}", n, seed, shifted=shifted))
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", action="store_true", help="the example leads, whose true probabilities are known")
    parser.add_argument("--shift", action="store_true", help="the example leads, the base rate of the latest shifted")
    parser.add_argument("--leads", type=int, nargs="+", default=[60_000], help="how many example leads")
    parser.add_argument("--seed", type=int, nargs="+", default=[7], help="seeds of the example leads")
    parser.add_argument("--training-seed", type=int, nargs="+", default=[7], help="[training] seed: one run for each")
    parser.add_argument("--bank", type=Path, help="bank-additional-full.csv (UCI 222)")
    parser.add_argument(
        "--bank-random", type=int, nargs="+", default=[], help="split it at random, too, by these seeds"
    )
    parser.add_argument("--only-random", action="store_true", help="leave out the split of the bank in file order")
    parser.add_argument("--olist", type=Path, help="folder of Olist's two marketing files")
    parser.add_argument("--tuning", action="store_true", help="stay inside the training part, and log nothing")
    parser.add_argument("--why", help="what a look at the final test part is for; needed without --tuning")
    parser.add_argument("--budget-s", type=int, default=420, help="seconds of a retrain, and of AutoGluon's fit")
    parser.add_argument(
        "--autogluon", type=Path, metavar="PYTHON", help="a Python that has it: it runs beside on the bank"
    )
    parser.add_argument(
        "--logs", type=Path, default=Path(tempfile.gettempdir()) / "autogluon-logs", help="of AutoGluon"
    )
    chosen = parser.parse_args()
    if not (chosen.example or chosen.shift or chosen.bank or chosen.olist):
        parser.error("name --example, --shift, --bank or --olist")
    if (chosen.bank_random and not chosen.bank) or (chosen.bank and not chosen.bank.is_file()):
        parser.error("--bank names the bank's CSV file, which --bank-random needs, too")
    if not chosen.tuning and not chosen.why:
        parser.error("a look at the final test part is logged: say --why, or stay inside with --tuning")
    return chosen


def main() -> None:
    chosen = parse()
    set_library_defaults(on_terminal=True)
    os.environ["LEADSCORE_TRAINING__BUDGET_S"] = str(chosen.budget_s)
    for key in ("members", "trials", "imbalance", "bags"):  # the demos' settings make them quick: not these figures
        default = to_jsonable_python(Training.model_fields[key].default)
        text = default if isinstance(default, str) else json.dumps(default)
        os.environ.setdefault(f"LEADSCORE_TRAINING__{key.upper()}", text)
    results = []
    with tempfile.TemporaryDirectory(prefix="leadscore-quality-") as temporary:
        os.environ["PREFECT_HOME"] = f"{temporary}/prefect"
        for result in runs(chosen, Path(temporary)):
            show(result)
            results.append(result)
            if not chosen.tuning:
                log_look(result, chosen.why)
                RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(f"\n{table(results)}")


def runs(chosen: argparse.Namespace, folder: Path) -> Iterator[Result]:
    """The result of each run: ours for each training seed, then AutoGluon's on the same rows."""
    commit = present_commit()
    other = AutoGluon(chosen.autogluon.absolute(), chosen.budget_s, chosen.logs) if chosen.autogluon else None
    for load in trials(chosen, folder):
        for training_seed in chosen.training_seed:
            os.environ["LEADSCORE_TRAINING__SEED"] = str(training_seed)
            trial = load()
            use_config(Path(trial.settings.models.dir).parent / "leadscore.toml")
            result, rows = tune(trial) if chosen.tuning else look(trial)
            where = {"commit": commit, "dataset": trial.name, "seed": trial.seed, "training_seed": training_seed}
            yield {**where, **result}
        if other and rows and (found := other.run(trial, rows)):
            yield {**where, "training_seed": None, "part": result["part"], **found}


if __name__ == "__main__":
    main()
