"""One chunk through a real champion."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore.job import open_job
from leadscore.models.bundle import load
from leadscore.scoring import Model, check, score
from leadscore.settings import load_settings
from leadscore.store.registry import champion
from leadscore.store.source import Chunk, fetch, scan

END = datetime(2026, 1, 1)  # of the example leads


@pytest.fixture
def model_and_chunk(trained: Path) -> tuple[Model, Chunk]:
    with open_job(load_settings(), END) as job:
        entry = champion(job.store)
        bundle = load(entry.uri, entry.sha256)
        chunk = fetch(job.source, scan(job.source, 10_000).filter(pl.col("label").is_null())["lead_id"])
        lives = chunk.lives.with_row_index("row_number", offset=1)
    return Model(entry.version, bundle, bundle.rules, threads=2), Chunk(chunk.raw, lives)


def test_every_lead_is_good_or_quarantined(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    checked = check(model, chunk)
    good, bad = checked.lives["lead_id"].to_list(), checked.quarantined["lead_id"].to_list()
    assert sorted([*good, *bad]) == sorted(chunk.lives["lead_id"].to_list())
    assert bad == chunk.raw.filter(pl.col("bant_submit") > 1)["lead_id"].to_list()
    assert (checked.counts.n_leads, checked.counts.n_bad_rows) == (chunk.raw.height, len(bad))


def test_reasons_are_what_the_probability_is_made_of(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    checked = check(model, chunk)
    fit = model.bundle.shipped
    effects = model.explainer.contributions(fit.features.transform(checked.leads)).sum(axis=1)
    probability = score(model, checked, top=3)["raw_probability"].to_numpy()
    rest = np.log(probability / (1 - probability)) - effects
    assert np.ptp(rest) < 1e-4, "log-odds less all effects is one constant, the same for every lead"


def test_one_feature_from_the_source_to_the_reason(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    spelt = chunk.raw.with_columns(expected_timeline=pl.lit(" LESS_than__3-months "))
    checked = check(model, Chunk(spelt, chunk.lives))
    told = [json.loads(text) for text in score(model, checked, top=10)["reasons"]]
    timelines = {
        reason["value"]
        for each in told
        for reason in [*each["for"], *each["against"]]
        if reason["feature"] == "expected_timeline"
    }
    assert timelines == {"less than 3 months"}


def test_scores_do_not_depend_on_the_order_of_the_leads(model_and_chunk: tuple[Model, Chunk]) -> None:
    model, chunk = model_and_chunk
    turned = Chunk(chunk.raw.reverse(), chunk.lives.reverse())
    columns = ["lead_id", "probability", "score", "grade"]
    here = score(model, check(model, chunk), top=1).select(columns)
    there = score(model, check(model, turned), top=1).select(columns)
    assert there.reverse().equals(here)
