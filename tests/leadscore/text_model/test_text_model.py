from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from leadscore.features.inputs import Inputs
from leadscore.models.budget import Budget
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.text_model import training
from leadscore.text_model.options import Options
from leadscore.text_model.text_model import learn

Example = tuple[TrainingSet, Inputs]


def test_a_model_learns_and_a_second_call_finds_it_in_the_checkpoints(
    example: Example, context: TrainingContext, options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, inputs = example
    learned = learn(known, inputs.columns, options, context, Budget(), tmp_path)
    assert learned.parts.train.max() < learned.parts.holdout.min(), "the latest leads judge"
    monkeypatch.setattr(training, "sam_step", lambda optimizer, loss: pytest.fail("it trained again"))
    again = learn(known, inputs.columns, options, context, Budget(), tmp_path)
    assert (again.judged == learned.judged).all()
    assert again.notes == learned.notes

    unseen = known[learned.parts.holdout]
    found = learned.model.log_odds(unseen.leads, threads=1)
    assert np.allclose(found, learned.judged, atol=1e-6)
    assert abs(expit(found).mean() - known.converted.mean()) < 0.1, "the copies' base rate is off"
