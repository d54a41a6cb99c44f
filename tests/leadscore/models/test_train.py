import time

import numpy as np
import polars as pl
import pytest

from leadscore.errors import ConfigError
from leadscore.features.inputs import Inputs
from leadscore.models.budget import Budget
from leadscore.models.fit import Fit
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.models.split import split
from leadscore.models.train import Trained, train
from leadscore.sections import Features, Training

N = 2000


def train_on(
    known: TrainingSet,
    inputs: Inputs,
    at: TrainingContext,
    *,
    limits: Features | None = None,
    seconds: float | None = None,
) -> Trained:
    """Train on leads in the order of their rows, as far as they have one."""
    n, training = len(known.converted), Training()
    parts = split(
        np.arange(n), known.order, known.account, known.converted, share=training.holdout_share, seed=training.seed
    )
    return train(known, parts, np.arange(n), inputs.columns, limits or Features(), at, budget=Budget(seconds))


def content(fit: Fit) -> tuple[object, ...]:
    """All that is kept of a fit."""
    learned = (fit.features, fit.calibration, fit.curve, fit.cutoff, fit.reference, fit.ensemble.weights)
    return (*learned, *(member.to_bytes() for member in fit.ensemble.members))


@pytest.fixture(scope="module")
def known(make_known) -> TrainingSet:
    return make_known(N)


@pytest.fixture(scope="module")
def said() -> list[str]:
    return []


@pytest.fixture(scope="module")
def trained(known: TrainingSet, inputs: Inputs, context, said: list[str]) -> Trained:
    return train_on(known, inputs, context(said=said))


def test_the_model_beats_the_base_rate_on_leads_that_it_never_saw(trained: Trained) -> None:
    assert trained.holdout.measures.roc_auc.low > 0.6
    converted, rate = trained.holdout.converted, trained.train_base_rate
    of_the_base_rate = -np.mean(converted * np.log(rate) + (1 - converted) * np.log(1 - rate))
    assert trained.holdout.measures.log_loss.high < of_the_base_rate


def test_a_model_of_random_labels_tells_nothing(known: TrainingSet, inputs: Inputs, context) -> None:
    mixed = TrainingSet(known.leads, np.random.default_rng(9).permutation(known.converted), known.account, known.order)
    noise = train_on(mixed, inputs, context())
    assert noise.holdout.measures.roc_auc.low < 0.5 < noise.holdout.measures.roc_auc.high
    assert noise.holdout.probability.std() < 0.1


@pytest.mark.parametrize("in_time", [pytest.param(True, marks=pytest.mark.acceptance), False])
def test_nothing_of_the_holdout_is_used_to_choose_or_to_fit(inputs: Inputs, context, make_known, in_time: bool) -> None:
    """With all that is chosen: parameters, treatment, vote and bags."""
    n = 1800
    known, other = make_known(n, in_time=in_time), make_known(n, seed=5)
    at = context(folds=2, trials=4, imbalance="compare", bags=2)
    first = train_on(known, inputs, at)
    held = np.isin(np.arange(n), first.split.holdout)
    converted = np.where(held, 1 - known.converted, known.converted)
    leads = pl.concat([known.leads, other.leads])[np.where(held, n, 0) + np.arange(n)]
    changed = TrainingSet(leads, converted, known.account, known.order)
    second = train(changed, first.split, np.arange(n), inputs.columns, Features(), at, budget=Budget())
    assert second.recipe == first.recipe
    assert (
        (second.chosen.losses, second.chosen.n_trials)
        == (first.chosen.losses, first.chosen.n_trials)
        == (
            first.chosen.losses,
            4,
        )
    )
    assert content(second.evaluation) == content(first.evaluation)
    assert content(second.shipped) != content(first.shipped)
    assert (second.holdout.probability != first.holdout.probability).any()


def test_the_shipped_fit_is_the_same_recipe_on_all_leads_with_the_rounds_of_the_evaluation(trained: Trained) -> None:
    pairs = zip(trained.shipped.ensemble.members, trained.evaluation.ensemble.members, strict=True)
    assert all((one.family, one.trees) == (other.family, other.trees) for one, other in pairs)
    assert trained.shipped.ensemble.weights == trained.evaluation.ensemble.weights
    by_family = {part.family: part.rounds for part in trained.recipe.parts}
    assert all(member.trees == by_family[member.family] for member in trained.shipped.ensemble.members)
    assert content(trained.shipped) != content(trained.evaluation)


def test_same_leads_and_seed_give_the_same_model_whatever_the_threads(
    trained: Trained, known: TrainingSet, inputs: Inputs, context
) -> None:
    again = train_on(known, inputs, context(threads=2))
    assert content(again.evaluation) == content(trained.evaluation)
    assert content(again.shipped) == content(trained.shipped)
    assert again.recipe == trained.recipe
    assert (again.holdout.measures, again.holdout.importance) == (trained.holdout.measures, trained.holdout.importance)


def test_the_holdout_probability_is_what_the_evaluation_fit_gives(trained: Trained, known: TrainingSet) -> None:
    held = trained.split.holdout
    np.testing.assert_array_equal(known.converted[held], trained.holdout.converted)
    np.testing.assert_array_equal(trained.evaluation.probability(known.leads[held]), trained.holdout.probability)


def test_probability_never_falls_as_the_log_odds_of_the_vote_rise(trained: Trained, make_known) -> None:
    leads = make_known(N, seed=3).leads
    order = np.argsort(trained.shipped.ensemble.log_odds(trained.shipped.features.transform(leads)))
    assert (np.diff(trained.shipped.probability(leads)[order]) >= 0).all()


def test_cutoff_and_reference_are_of_out_of_fold_predictions_not_of_remembered_ones(
    trained: Trained, known: TrainingSet, make_known
) -> None:
    shipped = trained.shipped
    graded_a = (shipped.reference.score(shipped.probability(make_known(N, seed=3).leads)) >= 90).mean()
    assert 0.05 < graded_a < 0.15
    assert shipped.reference.score(shipped.probability(known.leads))[known.converted == 1].mean() > 60
    assert trained.holdout.measures.f1.low < shipped.cutoff.reached.value < trained.holdout.measures.f1.high


def test_importance_is_told_of_the_holdout_strongest_first(trained: Trained) -> None:
    assert set(trained.holdout.importance) == {"size", "asked", "country"}
    rises = list(trained.holdout.importance.values())
    assert rises == sorted(rises, reverse=True)
    assert rises[0] > 0.01


def test_progress_names_the_search_the_fits_and_the_holdout(trained: Trained, said: list[str]) -> None:
    starts = [words.split(",")[0].split(":")[0].split("(")[0] for words in said]
    steps = ["trial 1 of 2", "trial 2 of 2", "vote", "evaluation fit", "all 1", "holdout", "shipped fit", "all 2"]
    places = [starts.index(step) for step in steps]
    assert places == sorted(places)
    assert trained.chosen.n_trials == 2


def test_columns_that_the_limits_leave_out_are_in_neither_fit(known: TrainingSet, inputs: Inputs, context) -> None:
    at, limits = context(members=("logistic",)), Features(min_importance=0.02)
    noisy = known.leads.with_columns(asked=np.random.default_rng(4).permutation(known.leads["asked"].to_numpy()))
    found = train_on(TrainingSet(noisy, known.converted, known.account, known.order), inputs, at, limits=limits)
    assert found.left_out == ("asked",)
    assert set(found.shipped.features.sources) == set(found.evaluation.features.sources) == {"size", "country"}
    with pytest.raises(ConfigError, match="leave none"):
        train_on(known, inputs, at, limits=Features(min_importance=9.0))


@pytest.mark.acceptance  # it takes the ten seconds that it may
def test_the_budget_is_kept_and_the_trials_made_are_told(inputs: Inputs, context, make_known) -> None:
    seconds, known = 10.0, make_known(3000)
    started = time.monotonic()
    found = train_on(known, inputs, context(threads=2, trials=100_000, bags=3), seconds=seconds)
    taken = time.monotonic() - started
    assert 2 < found.chosen.n_trials < 100_000
    assert taken < 1.25 * seconds, "15% are promised; a machine that is busy with tests has more"
    assert taken > 0.5 * seconds, "and it is used"
