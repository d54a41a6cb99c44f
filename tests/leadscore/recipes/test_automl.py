import pytest

from leadscore.models.metrics import point_measures
from leadscore.recipes import automl
from leadscore.recipes.comparison import Arena
from leadscore.recipes.method import Work


def test_without_flaml_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automl, "find_spec", lambda name: None)
    assert automl.RECIPE.lacks() == "FLAML is not installed: pip install leadscore[automl]."


def test_flamls_choice_is_fitted_and_calls_from_a_cutoff(arena: Arena, work: Work) -> None:
    assert automl.RECIPE.lacks() is None
    found = automl.RECIPE.fit(arena.before, arena.known.inputs, work)
    probability = found.scorer.probability(arena.held.leads)
    assert point_measures(arena.held.converted, probability, found.scorer.cutoff)["roc_auc"] > 0.6
    assert found.notes[0].startswith("FLAML chose ")
