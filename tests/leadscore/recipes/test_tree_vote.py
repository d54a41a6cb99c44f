"""The recipes of trees, each fitted on some 1,500 example leads."""

from collections.abc import Callable
from importlib import import_module

import numpy as np
import polars as pl
import pytest

from leadscore.features.inputs import TIMES
from leadscore.models.metrics import point_measures
from leadscore.recipes.comparison import Arena
from leadscore.recipes.method import Work
from leadscore.recipes.tree_vote import TreeVote

RECIPES = ("boosted_youden", "field_guide", "resampled_soft_vote", "customer_index")
Quick = Callable[[TreeVote], TreeVote]


@pytest.fixture(params=[pytest.param("boosted_youden", marks=pytest.mark.acceptance), *RECIPES[1:]])
def recipe(request: pytest.FixtureRequest, quick: Quick) -> TreeVote:
    found: TreeVote = import_module(f"leadscore.recipes.{request.param}").RECIPE
    return quick(found)


def test_it_tells_leads_that_it_has_not_seen_apart_and_needs_none_of_their_outcomes(
    recipe: TreeVote, arena: Arena, work: Work
) -> None:
    found = recipe.fit(arena.before, arena.known.inputs, work)
    for scorer in (found.scorer, *found.beside.values()):
        probability = scorer.probability(arena.held.leads)
        assert 0 < scorer.cutoff < 1
        assert ((probability >= 0) & (probability <= 1)).all()
        assert point_measures(arena.held.converted, probability, scorer.cutoff)["roc_auc"] > 0.65
        untold = arena.held.leads.with_columns(pl.lit(None, pl.Datetime("us")).alias(TIMES["known_at"]))
        np.testing.assert_array_equal(scorer.probability(untold), probability)


def test_its_own_protocol_judges_as_the_write_up_did(recipe: TreeVote, arena: Arena, work: Work) -> None:
    found = recipe.own_protocol(arena.before, arena.known.inputs, work)
    assert (found is None) == (recipe.name == "field_guide"), "which trains nothing"
    if found:
        share = len(found.converted) / len(arena.before.converted)
        resampled = recipe.treatment != "none"
        assert share == pytest.approx(recipe.own_share * (2 if resampled else 1), abs=0.05)
        assert (found.converted.mean() == pytest.approx(0.5, abs=0.01)) == resampled


def test_the_same_leads_and_seed_give_the_same_probabilities(quick: Quick, arena: Arena, work: Work) -> None:
    guide = quick(import_module("leadscore.recipes.field_guide").RECIPE)
    once, again = (guide.fit(arena.before, arena.known.inputs, work).scorer for _ in range(2))
    np.testing.assert_array_equal(once.probability(arena.held.leads), again.probability(arena.held.leads))


def test_candidates_and_another_cutoff_stand_beside_what_is_chosen(quick: Quick, arena: Arena, work: Work) -> None:
    recipe = quick(import_module("leadscore.recipes.boosted_youden").RECIPE)
    boosted, leads = recipe.fit(arena.before, arena.known.inputs, work), arena.held.leads
    chosen = next(note for note in boosted.notes if note.startswith("Chosen by F1 out of fold: "))
    best = chosen.removeprefix("Chosen by F1 out of fold: ").split(",")[0]
    every = {"soft vote", "stacking", "lightgbm", "xgboost", "catboost"}
    assert set(boosted.beside) | {best} == every | {"cutoff by F1"}
    assert best not in boosted.beside
    assert any(note.startswith("Cramér's V with the outcome") for note in boosted.notes)
    by_f1 = boosted.beside["cutoff by F1"]
    np.testing.assert_array_equal(by_f1.probability(leads), boosted.scorer.probability(leads))
    assert by_f1.cutoff != boosted.scorer.cutoff
