import numpy as np

from leadscore.models.fit import fit_recipe
from leadscore.models.recipe import Part, Recipe
from leadscore.recipes.champion import ChampionsRecipe
from leadscore.recipes.comparison import Arena
from leadscore.recipes.method import Work
from leadscore.sections import Features

LOGISTIC = Part(family="logistic", params={}, rounds=0, weight=1.0)


def test_the_champions_recipe_is_fitted_as_a_retrain_fits_it(arena: Arena, work: Work) -> None:
    recipe = Recipe(left_out=("ver_cus",), treatment="none", parts=(LOGISTIC,), bags=1)
    method = ChampionsRecipe(name="champion", summary="", recipe=recipe, limits=Features())
    found = method.fit(arena.before, arena.known.inputs, work)
    fit, _ = fit_recipe(arena.before, arena.known.inputs.columns, recipe.without_rounds(), work.context)
    np.testing.assert_array_equal(
        found.scorer.probability(arena.held.leads), fit.probability(arena.held.leads, threads=work.context.threads)
    )
    assert found.scorer.cutoff == fit.cutoff.value
    assert found.notes[0] == "The vote: 1.00 logistic."
