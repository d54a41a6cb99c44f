from leadscore.features.inputs import Inputs
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.text_model.options import Options
from leadscore.text_model.told import Told

Example = tuple[TrainingSet, Inputs]


def test_only_conversions_that_are_learned_from_are_copied(
    example: Example, context: TrainingContext, options: Options
) -> None:
    leads, inputs = example
    n, half = len(leads.converted), len(leads.converted) // 2
    known, judge = (leads[rows] for rows in (range(half), range(half, n)))
    told = Told.of(known, judge, inputs.columns, options, context)
    as_they_are = [told.sentences.texts(told.sentences.cells(each.leads)) for each in (known, judge)]
    assert told.texts[:half] == as_they_are[0]
    assert told.unseen == as_they_are[1]
    assert len(told.texts) == half + 8 * known.converted.sum()
    assert told.converted[half:].all()


def test_its_name_is_of_all_that_the_training_depends_on(
    example: Example, context: TrainingContext, options: Options
) -> None:
    leads, inputs = example
    told = Told.of(leads[range(200)], leads[range(200, 300)], inputs.columns, options, context)
    fewer = Told.of(leads[range(199)], leads[range(200, 300)], inputs.columns, options, context)
    assert told.digest(options, 1) == told.digest(options, 1)
    assert len({told.digest(options, 1), told.digest(options, 2), fewer.digest(options, 1)}) == 3
