from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore.errors import ConfigError
from leadscore.features.inputs import Inputs
from leadscore.models.budget import Budget
from leadscore.models.metrics import point_measures
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.recipes.bert_sam import NEEDED, RECIPE, Vote
from leadscore.recipes.method import Work
from leadscore.sample.leads import example_leads
from leadscore.schema import Schema
from leadscore.sections import CutoffSettings, Training
from leadscore.text_model.encoder import Size
from leadscore.text_model.options import SCRATCH, Options
from leadscore.text_model.training import Plan

LIVES = ("lead_id", "is_converted", "created_at", "updated_at", "closed_at")
QUICK = Training(folds=2, trials=0, imbalance="none", bags=1, members=("lightgbm",))
TINY = Options(
    checkpoint=SCRATCH,
    max_length=48,
    size=Size(width=32, layers=2, vocabulary=1000),
    scratch=Plan(learning_rate=2e-3, epochs=3, patience=1),
)


def example(n: int) -> tuple[TrainingSet, Inputs]:
    """The latest are last."""
    raw = pl.concat(example_leads(n, seed=5, end=datetime(2026, 1, 1))).drop("true_probability").sort("created_at")
    columns = raw.drop(LIVES)
    schema = Schema.infer(columns, dict.fromkeys(columns.columns), categories=["customer_idx"], kinds={}, missing=[])
    inputs = Inputs.plain(schema)
    converted = raw["is_converted"].to_numpy().astype(np.int64)
    return TrainingSet(inputs.readings.read(schema.conform(raw)), converted, None, np.arange(n)), inputs


def work(folder: Path, training: Training = QUICK) -> Work:
    return Work(TrainingContext(training, CutoffSettings(), None, 1, lambda words: None), Budget(), folder)


def test_it_reproduces_the_write_up_with_all_that_it_needs_installed() -> None:
    assert RECIPE.write_up == "003_a74d9952749fb523.txt"
    assert RECIPE.lacks() is None


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadscore.recipes.bert_sam.find_spec", lambda name: None if name == NEEDED[0] else name)
    assert RECIPE.lacks() == "It needs torch: pip install leadscore[text]."


def test_the_checkpoint_is_that_of_the_settings(tmp_path: Path) -> None:
    known, inputs = example(200)
    training = QUICK.model_copy(update={"text_checkpoint": str(tmp_path / "nothing")})
    with pytest.raises(ConfigError, match="nothing"):
        RECIPE.fit(known, inputs, work(tmp_path, training))


@pytest.mark.acceptance
def test_the_text_model_ranks_leads_to_come_and_enters_the_vote_as_any_member(tmp_path: Path) -> None:
    leads, inputs = example(4000)
    known, unseen = leads[np.arange(3000)], leads[np.arange(3000, 4000)]
    fitted = replace(RECIPE, options=TINY).fit(known, inputs, work(tmp_path))
    found = {"text": fitted.scorer, **fitted.beside}
    assert set(found) == {"text", "vote without it", "vote with it"}
    for scorer in found.values():
        probability = scorer.probability(unseen.leads)
        measures = point_measures(unseen.converted, probability, scorer.cutoff)
        assert measures["roc_auc"] > 0.6
        assert measures["f1"] > 0.15
        assert abs(probability.mean() - known.converted.mean()) < 0.05
    vote = fitted.beside["vote with it"]
    assert isinstance(vote, Vote)
    assert min(vote.weights) >= 0
