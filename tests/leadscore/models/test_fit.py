import numpy as np
import pytest

from leadscore.features.inputs import Inputs
from leadscore.models.fit import Fit, fit_recipe
from leadscore.models.members.registry import FAMILIES
from leadscore.models.out_of_fold import in_time
from leadscore.models.recipe import Part, Recipe, TrainingSet

SIX = Recipe(
    left_out=(),
    treatment="none",
    parts=tuple(Part(family=name, params={}, rounds=6, weight=0.3) for name in FAMILIES),
    bags=1,
)
TWO = SIX.model_copy(update={"parts": SIX.parts[:2]})


def content(fit: Fit) -> tuple[object, ...]:
    """All that is kept of a fit."""
    learned = (fit.features, fit.calibration, fit.curve, fit.cutoff, fit.reference, fit.ensemble.weights)
    return (*learned, *(member.to_bytes() for member in fit.ensemble.members))


def test_same_leads_and_seed_give_the_same_fit_of_all_families_whatever_the_threads(
    known: TrainingSet, inputs: Inputs, context
) -> None:
    expected, _ = fit_recipe(known, inputs.columns, SIX, context(folds=2))
    for threads in (1, 2, 5):
        again, _ = fit_recipe(known, inputs.columns, SIX, context(folds=2, threads=threads))
        assert content(again) == content(expected)


def test_without_an_order_or_with_few_conversions_later_all_is_learned_from_random_folds(
    known: TrainingSet, inputs: Inputs, context
) -> None:
    timeless = TrainingSet(known.leads, known.converted, known.account, None)
    rare = TrainingSet(known.leads, np.where(np.arange(2000) < 1200, known.converted, 0), known.account, known.order)
    for each in (timeless, rare):
        assert in_time(each, context()) is None
        said: list[str] = []
        fit_recipe(each, inputs.columns, TWO, context(said=said))
        assert sum("fold 1 of 3" in words for words in said) == 2, "once for each part, not also for calibration"


def test_fixed_rounds_are_kept_and_progress_says_each_step(known: TrainingSet, inputs: Inputs, context) -> None:
    said: list[str] = []
    fit, recipe = fit_recipe(known, inputs.columns, TWO, context(said=said))
    assert recipe == TWO
    assert [member.trees for member in fit.ensemble.members] == [0, 6]
    steps = [f"{name}: fold {i} of 3" for name in ("logistic", "lightgbm") for i in (1, 2, 3)]
    assert [words.rsplit(",", 1)[0] for words in said] == [
        *(steps * 2),
        "all 2,000 leads, 0.30 logistic (6 trees) + 0.30 lightgbm (6 trees)",
    ]


def test_rounds_that_are_to_be_found_are_the_folds_median(known: TrainingSet, inputs: Inputs, context) -> None:
    at = context()
    fit, recipe = fit_recipe(known, inputs.columns, TWO.without_rounds(), at)
    assert recipe.parts[0].rounds == 0
    assert 10 < recipe.parts[1].rounds < 1000
    assert fit.ensemble.members[1].trees == recipe.parts[1].rounds
    again, _ = fit_recipe(known, inputs.columns, recipe, at)
    assert [member.to_bytes() for member in again.ensemble.members] == [
        member.to_bytes() for member in fit.ensemble.members
    ]


def test_columns_that_are_left_out_change_nothing(known: TrainingSet, inputs: Inputs, context, make_known) -> None:
    recipe = TWO.model_copy(update={"left_out": ("size",)})
    fit, _ = fit_recipe(known, inputs.columns, recipe, context())
    assert set(fit.features.sources) == {"asked", "country"}
    mixed = known.leads.with_columns(make_known(2000, seed=4).leads["size"])
    np.testing.assert_array_equal(fit.probability(mixed), fit.probability(known.leads))


def test_bags_and_treatments_make_so_many_members_that_share_the_weight(
    known: TrainingSet, inputs: Inputs, context
) -> None:
    for bags, treatment, members in ((3, "none", 3), (1, "balanced_bagging", 5), (2, "undersample", 2)):
        recipe = Recipe(left_out=(), treatment=treatment, parts=SIX.parts[1:2], bags=bags)
        fit, _ = fit_recipe(known, inputs.columns, recipe, context(folds=2))
        assert fit.ensemble.weights == (0.3 / members,) * members
        assert len({member.to_bytes() for member in fit.ensemble.members}) == members


@pytest.mark.parametrize("treatment", ["class_weight", "undersample", "smotenc", "nan_augment"])
def test_whatever_is_done_about_imbalance_the_mean_probability_is_the_base_rate_of_real_leads(
    known: TrainingSet, inputs: Inputs, context, make_known, treatment: str
) -> None:
    rare = (known.converted == 1) & (np.arange(2000) % 4 > 0)
    some = known[np.flatnonzero(~rare)]
    recipe = TWO.model_copy(update={"treatment": treatment})
    fit, _ = fit_recipe(some, inputs.columns, recipe, context(folds=2))
    assert fit.probability(some.leads).mean() == pytest.approx(some.converted.mean(), abs=0.02)
