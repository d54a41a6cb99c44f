"""AutoGluon's side of the comparison, run by a Python that has AutoGluon: nothing of leadscore is imported.

    python autogluon_side.py FOLDER SECONDS CPUS

FOLDER holds ``train.parquet`` (with the column ``converted``) and ``judged.parquet`` (without it). What is found is
written beside them: ``found.parquet``, the probability of each judged row, and ``found.json``.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import ray
from autogluon.tabular import TabularPredictor

LABEL = "converted"


def main(folder: Path, seconds: float, cpus: int) -> None:
    train, judged = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "judged"))
    ray.init(num_cpus=cpus, include_dashboard=False)  # before the clock: it can take a minute on a busy machine
    started = time.perf_counter()
    predictor = TabularPredictor(LABEL, problem_type="binary", eval_metric="log_loss", path=folder / "models")
    predictor.fit(train, presets="best_quality", time_limit=seconds, num_cpus=cpus)
    fitted = time.perf_counter()
    cutoff = predictor.calibrate_decision_threshold(metric="f1")
    probability = predictor.predict_proba(judged, as_multiclass=False)
    predicted = time.perf_counter()
    probability.to_frame("probability").astype("float64").to_parquet(folder / "found.parquet", index=False)
    board = predictor.leaderboard()
    failures = predictor.model_failures()
    found = {
        "version": version("autogluon.tabular"),
        "cutoff": float(cutoff),
        "seconds": {"fit": round(fitted - started, 1), "predict": round(predicted - fitted, 1)},
        "models": dict(zip(board["model"], board["score_val"], strict=True)),
        "failures": [f"{row.model}: {row.exc_type}, {row.exc_str}" for row in failures.itertuples()],
    }
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
