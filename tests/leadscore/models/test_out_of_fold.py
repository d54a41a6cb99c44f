import numpy as np

from leadscore.features.inputs import Inputs
from leadscore.models.members.registry import FAMILIES
from leadscore.models.out_of_fold import at_random, in_time, learn_folds, out_of_fold
from leadscore.models.recipe import Part, Recipe, TrainingSet

PARTS = tuple(Part(family=name, params={}, rounds=6, weight=0.3) for name in FAMILIES)


def test_folds_in_time_are_trained_on_the_past_and_random_ones_judge_each_lead_once_with_whole_accounts(
    known: TrainingSet, context
) -> None:
    at = context()
    assert all(inner.max() < outer.min() for inner, outer in in_time(known, at))
    found = at_random(known, at)
    assert np.sort(np.concatenate([outer for _, outer in found])).tolist() == list(range(2000))
    assert not any(set(known.account[inner]) & set(known.account[outer]) for inner, outer in found)


def test_no_outcome_of_a_fold_changes_the_votes_on_it_where_rounds_are_fixed(
    known: TrainingSet, inputs: Inputs, context
) -> None:
    at, recipe = context(), Recipe(left_out=(), treatment="none", parts=PARTS, bags=1)
    pairs = in_time(known, at)[-1:]
    flipped = known.converted.copy()
    flipped[pairs[0][1]] = 1 - flipped[pairs[0][1]]
    changed = TrainingSet(known.leads, flipped, known.account, known.order)
    one, other = (out_of_fold(learn_folds(each, inputs.columns, pairs, at), recipe, at)[0] for each in (known, changed))
    np.testing.assert_array_equal(one.log_odds, other.log_odds)
    np.testing.assert_array_equal(one.converted, 1 - other.converted)
