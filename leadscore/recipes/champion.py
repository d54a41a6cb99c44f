"""The champion's own recipe, fitted on the same leads as all that it is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from leadscore.features.inputs import Input, Inputs
from leadscore.models.choosing import choose
from leadscore.models.fit import Fit, fit_recipe
from leadscore.models.members.member import Floats
from leadscore.models.recipe import Recipe, TrainingSet
from leadscore.models.selecting import select
from leadscore.recipes.method import Fitted, Method, Work
from leadscore.sections import Features


@dataclass(frozen=True)
class FitScorer:
    """A fit of the library."""

    fit: Fit
    threads: int

    @property
    def cutoff(self) -> float:
        return self.fit.cutoff.value

    def probability(self, leads: pl.DataFrame) -> Floats:
        return self.fit.probability(leads, threads=self.threads)


@dataclass(frozen=True, kw_only=True)
class ChampionsRecipe(Method):
    """What the search of the champion's retrain decided; where there is none, a search of its own within the budget.

    ``limits`` are those of the settings on the selection of columns.
    """

    recipe: Recipe | None
    limits: Features

    def fit(self, known: TrainingSet, inputs: Inputs, work: Work) -> Fitted:
        context = work.context
        columns = selected(known, inputs, self.limits, work)
        if self.recipe is None:
            chosen = choose(known, columns, context, first=None, journals=work.folder, budget=work.budget)
            fit, recipe = fit_recipe(known, columns, chosen.recipe, context, chosen.found)
            notes = (f"There is no champion to take it from, so it was searched for: {chosen.n_trials} trials.",)
        else:
            fit, recipe = fit_recipe(known, columns, self.recipe.without_rounds(), context)
            notes = ("Its columns, members and parameters are the champion's; the time of that search is not counted.",)
        vote = " + ".join(f"{part.weight:.2f} {part.family}" for part in recipe.parts)
        return Fitted(FitScorer(fit, context.threads), notes=(f"The vote: {vote}.", *notes))


def selected(known: TrainingSet, inputs: Inputs, limits: Features, work: Work) -> Sequence[Input]:
    """The inputs that the limits of the settings leave."""
    seed, threads = work.context.training.seed, work.context.threads
    out = select(known.leads, known.converted, inputs.columns, limits, seed, threads).left_out
    return [each for each in inputs.columns if each.source not in out]
