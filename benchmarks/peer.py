"""What a user would write: pandas, scikit-learn, the same boosters, shap, pandas; prints seconds by stage as JSON.

Run by ``throughput.py`` with a Python that has pandas, scikit-learn, LightGBM, XGBoost, shap, psycopg and SQLAlchemy:
peer.py URL FIRST_ID LEADS TREES PARAMS

PARAMS are those of the two boosters, in JSON. They are fitted, which does not count, on the leads before FIRST_ID.
"""

import json
import os
import sys
import time

import numpy as np
import pandas as pd
import shap
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OrdinalEncoder
from sqlalchemy import create_engine
from xgboost import XGBClassifier

NO_FEATURES = ["lead_id", "is_converted", "created_at", "updated_at", "closed_at"]
TOP = 3


def read(engine, condition):
    return pd.read_sql(f"SELECT * FROM leads WHERE {condition}", engine)


def preprocessor():
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1)
    numbers, texts = make_column_selector(dtype_include="number"), make_column_selector(dtype_exclude="number")
    return ColumnTransformer([("numbers", SimpleImputer(strategy="median"), numbers), ("texts", encoder, texts)])


def boosters(trees, params):
    threads = len(os.sched_getaffinity(0))
    return [
        LGBMClassifier(n_estimators=trees, n_jobs=threads, verbosity=-1, **params["lightgbm"]),
        XGBClassifier(n_estimators=trees, n_jobs=threads, **params["xgboost"]),
    ]


def strongest(effects, names):
    """The top reasons of each lead, in words."""
    reasons = []
    for row in effects:
        top = np.argsort(-np.abs(row))[:TOP]
        reasons.append("; ".join(f"{names[i]}: {row[i]:+.3f}" for i in top))
    return reasons


def main(url, first, n, trees, params):
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    known = read(engine, f"lead_id < {first}")
    transformer, models = preprocessor(), boosters(trees, params)
    matrix = transformer.fit_transform(known.drop(columns=NO_FEATURES))
    names = list(transformer.get_feature_names_out())
    for model in models:
        model.fit(matrix, known["is_converted"].astype(int))
    explainers = [shap.TreeExplainer(model) for model in models]

    seconds, begun = {}, time.perf_counter()

    def stage(name):
        nonlocal begun
        now = time.perf_counter()
        seconds[name], begun = now - begun, now

    leads = read(engine, f"lead_id BETWEEN {first} AND {first + n - 1}")
    stage("read_sql")
    matrix = transformer.transform(leads.drop(columns=NO_FEATURES))
    stage("transform")
    probability = sum(model.predict_proba(matrix)[:, 1] for model in models) / len(models)
    stage("predict_proba")
    effects = sum(explainer.shap_values(matrix) for explainer in explainers) / len(models)
    stage("shap_values")
    reasons = strongest(effects, names)
    stage("top three")
    scores = pd.DataFrame({"lead_id": leads["lead_id"], "probability": probability, "reasons": reasons})
    scores.to_sql("peer_scores", engine, if_exists="replace", index=False)
    stage("to_sql")
    assert len(scores) == n, f"{len(scores)} leads instead of {n}"
    print(json.dumps(seconds))


if __name__ == "__main__":
    url, first, n, trees, params = sys.argv[1:]
    main(url, int(first), int(n), int(trees), json.loads(params))
