"""The newest results of ``quality.py`` as a table: ours, AutoGluon's, and what is to be reached.

python benchmarks/table.py        # of results/quality.json
"""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from figures import Result

RESULTS = Path(__file__).parent / "results" / "quality.json"
FIGURES = ("average_precision", "log_loss", "roc_auc", "f1", "f1_in_hindsight", "f1_without_adjustment", "f1_over_best")
FINAL = "final test part"  # of which the goals are
LOWER_IS_BETTER = {"log_loss"}
TO_REACH = {
    "bank": {"f1": 0.53, "f1_in_hindsight": 0.56, "roc_auc": 0.735, "average_precision": 0.535, "log_loss": 0.60},
    "bank random": {
        "f1": 0.505,
        "f1_in_hindsight": 0.51,
        "roc_auc": 0.803,
        "average_precision": 0.455,
        "log_loss": 0.265,
    },
    "example 60k": {"f1_over_best": 0.90},
    "example 600k": {"f1_over_best": 0.96},
    "example 60k shifted": {"f1_over_best": 0.85},
    "example 600k shifted": {"f1_over_best": 0.92},
}


def table(results: Sequence[Result]) -> str:
    """Means over all runs of a data set; AutoGluon is compared seed by seed."""
    titles = ("ours", "AutoGluon", "ours less AutoGluon, by seed", "to reach")
    lines = ["{:24}{:>8}{:>11}   {:30}{}".format("", *titles)]
    for name, runs in _by(results, "dataset"):
        lines += ["", f"{name}, {runs[0]['part']}", *_lines(name, runs)]
    return "\n".join(lines)


def _lines(name: str, runs: Sequence[Result]) -> Iterable[str]:
    ours, theirs = ([run for run in runs if (run["model"] == "leadscore") == own] for own in (True, False))
    for figure in FIGURES:
        mine, other = _by_seed(ours, figure), _by_seed(theirs, figure)
        if not mine:
            continue
        reached, against = fmean(mine.values()), f"{fmean(other.values()):.4f}" if other else ""
        differences = [mine[seed] - other[seed] for seed in mine if seed in other]
        goal = TO_REACH.get(name, {}).get(figure) if ours[0]["part"] == FINAL else None
        told = (f"{reached:.4f}", against, _mean(differences), _verdict(figure, reached, goal))
        yield "  {:22}{:>8}{:>11}   {:30}{}".format(figure, *told).rstrip()


def _verdict(figure: str, reached: float, goal: float | None) -> str:
    if goal is None:
        return ""
    missing = reached - goal if figure in LOWER_IS_BETTER else goal - reached
    return f"{goal:g}  " + (f"missed by {missing:.4f}" if missing > 0 else "reached")


def _mean(differences: Sequence[float]) -> str:
    """The paired mean with its standard error, and of how many seeds."""
    if not differences:
        return ""
    error = f" ± {stdev(differences) / len(differences) ** 0.5:.4f} ({len(differences)})" if differences[1:] else ""
    return f"{fmean(differences):+.4f}{error}"


def _by_seed(runs: Sequence[Result], figure: str) -> dict[int | None, float]:
    """The mean of the ``figure`` over the training seeds, by the seed of the data."""
    having = [run for run in runs if figure in run]
    return {seed: fmean(_value(run[figure]) for run in group) for seed, group in _by(having, "seed")}


def _value(figure: float | Result) -> float:
    return figure["value"] if isinstance(figure, dict) else figure


def _by(runs: Iterable[Result], key: str) -> Iterable[tuple[Any, list[Result]]]:
    """The ``runs`` of each value of the ``key``, which follow each other."""
    return ((value, list(group)) for value, group in groupby(runs, key=itemgetter(key)))


if __name__ == "__main__":
    print(table(json.loads(RESULTS.read_text())))
