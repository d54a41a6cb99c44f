import os

import numpy as np
import polars as pl
import pytest

from leadscore.models import choosing as module
from leadscore.models.budget import Budget
from leadscore.models.choosing import (
    Choice,
    Chosen,
    choose,
    choose_bags,
    choose_columns,
    choose_treatment,
    choose_vote,
    digest,
    journal_of,
)
from leadscore.models.folds import Fold, rolling
from leadscore.models.imbalance import TREATMENTS
from leadscore.models.members.member import Sample
from leadscore.models.recipe import Part, Recipe, TrainingSet
from leadscore.models.tuning import Tried

RECIPE = Recipe(left_out=(), treatment="none", parts=(), bags=1)


def choose_quickly(known: TrainingSet, inputs, at, budget: Budget | None = None, first=None, journals=None) -> Chosen:
    return choose(known, inputs.columns, at, first=first, journals=journals, budget=budget or Budget())


def dated_folds(harmful: bool) -> tuple[list[Fold], TrainingSet]:
    """Of two columns the second, a rate that rises with time, moves the base rate; or time itself moves it, and what
    the rate adds to the time is noise.
    """
    rng, n = np.random.default_rng(0), 3000
    trend = np.arange(n) / n * 4
    size, rate = rng.normal(size=n), trend + rng.normal(0, 0.4, n)
    converted = (rng.random(n) < 1 / (1 + np.exp(-size - 2 * ((trend if harmful else rate) - 2)))).astype(np.int64)
    matrix, pairs = np.stack([size, rate], axis=1), rolling(np.arange(n), converted, 5)
    assert pairs is not None
    folds = [Fold(Sample(matrix[a], converted[a]), a, matrix[b], converted[b], (), ("size", "rate")) for a, b in pairs]
    return folds, TrainingSet(pl.DataFrame(), converted, None, np.arange(n))


def test_a_column_that_only_tells_when_a_lead_came_in_is_left_out(context) -> None:
    said: list[str] = []
    left_out, choice = choose_columns(*dated_folds(harmful=True), context(said=said))
    assert left_out == ("rate",)
    assert choice.means["without rate"] < choice.means["all"]
    assert said == [f"columns that tell the time: {choice.told}"]


def test_a_column_that_tells_the_time_is_kept_where_it_tells_of_the_leads_to_come(context) -> None:
    left_out, choice = choose_columns(*dated_folds(harmful=False), context())
    assert left_out == ()
    assert choice.means["all"] < choice.means["without rate"] - 0.01


def test_without_an_order_or_another_column_nothing_is_left_out(context) -> None:
    folds, known = dated_folds(harmful=True)
    timeless = TrainingSet(known.leads, known.converted, None, None)
    assert choose_columns(folds, timeless, context()) == ((), Choice({"all": np.zeros(1)}))
    alone = [fold.without(["size"]) for fold in folds]
    assert choose_columns(alone, known, context())[0] == ()


def test_a_choice_is_the_simplest_that_is_as_good_as_the_best_and_tells_all() -> None:
    choice = Choice({"a": np.array([1.0, 1.2]), "b": np.array([1.1, 1.0]), "c": np.array([3.0, 3.0])})
    assert choice.name == "a"
    assert choice.means == {"a": pytest.approx(1.1), "b": pytest.approx(1.05), "c": 3.0}
    assert choice.told == "a, of a 1.1000, b 1.0500, c 3.0000"


def test_a_treatment_that_the_settings_name_is_not_compared(make_folds, context) -> None:
    assert choose_treatment([], context(imbalance="smotenc")).name == "smotenc"
    compared = choose_treatment(make_folds(k=2, n=200), context(imbalance="compare"))
    assert list(compared.losses) == list(TREATMENTS)
    assert all(len(losses) == 2 for losses in compared.losses.values()), "one of each fold"


@pytest.fixture(scope="module")
def tried(make_folds) -> tuple[list[Fold], list[Tried]]:
    """Two members with errors of their own, and one that is of no use."""
    folds = make_folds(n=1000)
    unseen = np.concatenate([fold.unseen for fold in folds])
    converted = np.concatenate([fold.converted for fold in folds])
    rng = np.random.default_rng(1)
    truth = 3.0 * converted - 2
    votes = [truth + rng.normal(0, 3, len(unseen)) for _ in range(2)] + [rng.normal(size=len(unseen))]
    names = ("logistic", "lightgbm", "xgboost")
    return folds, [
        Tried(Part(family=name, params={}, rounds=7, weight=1.0), vote) for name, vote in zip(names, votes, strict=True)
    ]


def test_a_soft_vote_is_taken_where_members_are_better_together(tried, context) -> None:
    parts, choice = choose_vote(*tried, context())
    assert list(choice.losses) == ["logistic", "lightgbm", "xgboost", "soft vote", "stacking"]
    assert choice.name == "soft vote"
    assert {"logistic", "lightgbm"} <= {part.family for part in parts}
    assert all(part.weight > 0 and part.rounds == 7 for part in parts)
    assert parts[0].weight == pytest.approx(parts[1].weight, rel=0.3)


def test_one_family_is_taken_where_the_others_add_nothing(tried, context) -> None:
    folds, (first, _, useless) = tried
    parts, choice = choose_vote(folds, [first, useless], context())
    assert choice.name == "logistic"
    assert parts == (first.part,)
    parts, choice = choose_vote(folds, [first], context())
    assert list(choice.losses) == ["logistic"]
    assert parts == (first.part,)


def test_bags_are_compared_where_the_budget_allows_them(make_folds, context) -> None:
    folds = make_folds(k=2, n=200)
    part = Part(family="lightgbm", params={}, rounds=10, weight=1.0)
    recipe = RECIPE.model_copy(update={"parts": (part,)})
    for bags, budget, compared in ((3, Budget(), ["1", "3"]), (1, Budget(), ["1"]), (3, Budget(0.0), ["1"])):
        found, chosen, choice = choose_bags(folds, recipe, context(bags=bags), budget)
        assert list(choice.losses) == compared
        assert str(chosen.bags) == choice.name
        np.testing.assert_array_equal(found.converted, np.concatenate([fold.converted for fold in folds]))


def test_a_journal_is_of_one_search_alone(make_folds) -> None:
    last = {"logistic": {"C": 1.0}}
    name = digest(make_folds(), RECIPE, last, 7)
    assert name == digest(make_folds(), RECIPE, {"logistic": {"C": 1.0}}, 7)
    changed = [make_folds(seed=1)]
    for part in ("unseen", "converted"):
        folds = make_folds()
        getattr(folds[-1], part)[0] += 1
        changed.append(folds)
    for part in (0, 1):
        folds = make_folds()
        folds[0].sample[part][0] += 1
        changed.append(folds)
    weighted = RECIPE.model_copy(update={"treatment": "class_weight"})
    others = [digest(folds, RECIPE, last, 7) for folds in changed]
    others += [digest(make_folds(), *rest) for rest in ((weighted, last, 7), (RECIPE, {}, 7), (RECIPE, last, 8))]
    assert len({name, *others}) == 9


def test_journals_and_locks_that_nobody_wrote_to_for_long_are_deleted(tmp_path) -> None:
    for name in ("own.journal", "old.journal", "old.journal.lock", "fresh.journal", "model.zip"):
        (tmp_path / name).write_text(name)
        if name != "fresh.journal":
            os.utime(tmp_path / name, (0, 0))
    assert journal_of(tmp_path, "own") == tmp_path / "own.journal"
    assert {each.name for each in tmp_path.iterdir()} == {"own.journal", "fresh.journal", "model.zip"}


def test_same_leads_and_seed_give_the_same_recipe_and_the_journal_changes_nothing(
    make_known, inputs, context, tmp_path
) -> None:
    known, at = make_known(1000), context(trials=4, folds=2)
    once = choose_quickly(known, inputs, at)
    again = choose_quickly(known, inputs, at, journals=tmp_path)
    assert again.recipe == once.recipe
    assert (again.n_trials, again.losses) == (once.n_trials, once.losses)
    assert once.n_trials == 4
    assert set(once.losses) == {"vote"}
    np.testing.assert_array_equal(again.found.log_odds, once.found.log_odds)
    (journal,) = tmp_path.iterdir()
    other = choose_quickly(make_known(1000, seed=5), inputs, at, first=once.recipe, journals=tmp_path)
    assert other.recipe != once.recipe
    assert len(list(tmp_path.iterdir())) == 2
    assert journal.exists()


def test_what_is_found_on_a_sample_has_its_rounds_still_to_be_found(
    make_known, inputs, context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LEADS", 1000)
    chosen = choose_quickly(make_known(1500), inputs, context(members=("lightgbm",)))
    assert chosen.found is None
    assert [part.rounds for part in chosen.recipe.parts] == [None]


def test_all_comparisons_are_told_and_the_spent_budget_leaves_the_least(make_known, inputs, context) -> None:
    said: list[str] = []
    at = context(said=said, trials=50, bags=3, imbalance="compare")
    chosen = choose_quickly(make_known(1000), inputs, at, Budget(0.001))
    assert chosen.n_trials == 2
    assert chosen.recipe.bags == 1
    assert set(chosen.losses) == {"treatment", "vote"}
    assert any("the budget ends the search after 2 of 50 trials" in words for words in said)
