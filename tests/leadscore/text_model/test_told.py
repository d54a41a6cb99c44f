from dataclasses import replace

import numpy as np
import pytest

from leadscore.features.inputs import Inputs
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.text_model.options import Options
from leadscore.text_model.told import Told

Example = tuple[TrainingSet, Inputs]


@pytest.fixture(scope="module")
def told(example: Example, context: TrainingContext, options: Options) -> Told:
    """The earlier half of the leads is learned from, the later one judges."""
    leads, inputs = example
    known, judge = (leads[rows] for rows in np.array_split(np.arange(len(leads.converted)), 2))
    return Told.of(known, judge, inputs.columns, options, context)


def test_only_conversions_that_are_learned_from_are_copied(told: Told) -> None:
    n, as_they_are = len(told.known.converted), told.sentences
    assert told.texts[:n] == as_they_are.texts(as_they_are.cells(told.known.leads))
    assert told.unseen == as_they_are.texts(as_they_are.cells(told.judge.leads))
    assert len(told.texts) == n + 8 * told.known.converted.sum()
    assert told.converted[:n].tolist() == told.known.converted.tolist()
    assert told.converted[n:].all()


def test_its_name_is_of_all_that_the_training_depends_on(told: Told, options: Options) -> None:
    fewer, other = replace(told, texts=told.texts[1:]), replace(options, max_length=47)
    names = [told.digest(options, 1), told.digest(options, 2), told.digest(other, 1), fewer.digest(options, 1)]
    assert len(set(names)) == len(names)
    assert told.digest(options, 1) == names[0]
