import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import optuna
import pytest

from leadscore.models.folds import Fold
from leadscore.models.members.registry import FAMILIES
from leadscore.models.recipe import Recipe, TrainingContext
from leadscore.models.space import ROUNDS, Space
from leadscore.models.tuning import Search, Tried, in_reach

RECIPE = Recipe(left_out=(), treatment="none", parts=(), bags=1)
TRIALS = 16  # of two families: more than are drawn before the sampler learns

Result = tuple[list[Tried], int]


def always(seconds: float) -> bool:
    return True


@pytest.fixture(scope="module")
def folds(make_folds) -> list[Fold]:
    return make_folds(k=4, n=200)  # of three folds none is given up: 2 wins in a row are no proof


@pytest.fixture(scope="module")
def search(folds: list[Fold], context) -> Search:
    return Search(folds, RECIPE, {}, None, context(members=("logistic", "lightgbm"), trials=TRIALS))


@pytest.fixture(scope="module")
def kept(search: Search, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The journal of a search that ended, and what it found."""
    path = tmp_path_factory.mktemp("kept") / "search.journal"
    return path, replace(search, journal=path).run(always)


def require_same(found: Result, expected: Result) -> None:
    assert found[1] == expected[1]
    assert [each.part for each in found[0]] == [each.part for each in expected[0]]
    for one, other in zip(found[0], expected[0], strict=True):
        np.testing.assert_array_equal(one.log_odds, other.log_odds)


def trials_of(journal: Path, family: str) -> Sequence[optuna.trial.FrozenTrial]:
    backend = optuna.storages.journal.JournalFileBackend(str(journal))
    study = optuna.load_study(study_name=family, storage=optuna.storages.JournalStorage(backend))
    return [each for each in study.get_trials() if each.state.name in ("COMPLETE", "PRUNED")]


def test_same_seed_and_trials_give_the_same_result_whatever_the_threads_and_the_journal(
    search: Search, kept: tuple[Path, Result], context
) -> None:
    require_same(search.run(always), kept[1])
    two = context(threads=2, members=("logistic", "lightgbm"), trials=TRIALS)
    require_same(replace(search, context=two).run(always), kept[1])


def test_another_seed_tries_something_else(search: Search, kept: tuple[Path, Result], tmp_path: Path, context) -> None:
    other = context(members=("logistic",), trials=2, seed=8)
    replace(search, context=other, journal=tmp_path / "a.journal").run(always)
    assert trials_of(tmp_path / "a.journal", "logistic")[1].params != trials_of(kept[0], "logistic")[1].params


def test_every_trial_is_counted_and_the_best_one_has_the_rounds_of_its_folds(kept: tuple[Path, Result]) -> None:
    (logistic, lightgbm), n = kept[1]
    assert n == TRIALS
    assert len(trials_of(kept[0], "logistic")) == len(trials_of(kept[0], "lightgbm")) == TRIALS / 2
    assert (logistic.part.family, lightgbm.part.family) == ("logistic", "lightgbm")
    assert logistic.part.rounds == 0
    assert 5 < lightgbm.part.rounds < 1500


def test_a_family_that_is_worse_beyond_chance_is_out_of_reach() -> None:
    best, near, far = (SimpleNamespace(losses=np.array(losses)) for losses in ([1, 2, 3], [1.3, 1.9, 3.1], [2, 3, 4.1]))
    assert in_reach([far, best, near]) == [best, near]  # type: ignore[list-item]


def test_a_family_out_of_reach_gets_no_more_trials(folds: list[Fold], context, tmp_path: Path) -> None:
    stump = {"max_depth": 1, "min_data_in_leaf": 200}  # more leads than a leaf can have: it is of no use
    at = context(members=("logistic", "lightgbm"), trials=6)
    search = Search(folds, RECIPE, {"lightgbm": stump}, tmp_path / "journal", at)
    tried, n = search.run(always)
    assert [len(trials_of(tmp_path / "journal", family)) for family in ("logistic", "lightgbm")] == [5, 1]
    assert (n, len(tried)) == (6, 2)


def test_a_trial_that_was_given_up_is_never_taken(kept: tuple[Path, Result]) -> None:
    for family, taken in zip(("logistic", "lightgbm"), kept[1][0], strict=True):
        trials = trials_of(kept[0], family)
        complete = [each for each in trials if each.state.name == "COMPLETE"]
        assert taken.part.params in (complete[0].params, min(complete, key=lambda each: each.value).params)
        assert all(len(each.intermediate_values) == 4 for each in complete)
    assert any(each.state.name == "PRUNED" for each in trials_of(kept[0], "lightgbm"))


def killed_when(journal: Path, data: bytes) -> Path:
    journal.write_bytes(data)
    journal.with_name(f"{journal.name}.lock").write_bytes(b"")
    return journal


def test_a_search_that_was_killed_at_any_line_of_its_journal_ends_as_one_that_was_not(
    make_folds, tmp_path: Path, context
) -> None:
    """All lines of the first trial, and some of the rest; with half of the next line, and without."""
    alone = Search(make_folds(k=2, n=100), RECIPE, {}, None, context(members=("logistic",), trials=8))
    whole = tmp_path / "whole.journal"
    expected = replace(alone, journal=whole).run(always)
    lines = whole.read_bytes().splitlines(keepends=True)
    for at in (*range(10), *range(10, len(lines) + 1, 9)):
        half = lines[at][: len(lines[at]) // 2] if at < len(lines) and at % 2 else b""
        journal = killed_when(tmp_path / f"{at}.journal", b"".join(lines[:at]) + half)
        require_same(replace(alone, journal=journal).run(always), expected)
        ended = [(each.params, each.value, each.state) for each in trials_of(journal, "logistic")]
        assert ended == [(each.params, each.value, each.state) for each in trials_of(whole, "logistic")]


@pytest.mark.acceptance  # the test above does so at more places, with one family
def test_a_search_of_several_families_goes_on_from_random_places(
    search: Search, kept: tuple[Path, Result], tmp_path: Path
) -> None:
    data = kept[0].read_bytes()
    for i, at in enumerate(sorted(random.Random(1).sample(range(len(data)), 2))):
        require_same(replace(search, journal=killed_when(tmp_path / f"{i}.journal", data[:at])).run(always), kept[1])


SEARCH = """
import pickle, sys
from dataclasses import replace
from pathlib import Path
folder = Path(sys.argv[1])
search = pickle.loads((folder / "search.pickle").read_bytes())
found = replace(search, journal=folder / "killed.journal").run(lambda seconds: True)
(folder / "found.pickle").write_bytes(pickle.dumps(found))
"""


def ignore(words: str) -> None:
    """No progress: what can be pickled."""


@pytest.mark.acceptance
@pytest.mark.crash
def test_a_search_killed_again_and_again_ends_as_one_that_was_not(
    search: Search, kept: tuple[Path, Result], tmp_path: Path
) -> None:
    import pickle

    (tmp_path / "search.pickle").write_bytes(
        pickle.dumps(replace(search, context=replace(search.context, progress=ignore)))
    )
    journal, size = tmp_path / "killed.journal", kept[0].stat().st_size
    moments = sorted(random.Random(2).uniform(0, 0.9) for _ in range(2))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    for until in moments:
        child = subprocess.Popen([sys.executable, "-c", SEARCH, str(tmp_path)], env=environment)
        while child.poll() is None and (not journal.exists() or journal.stat().st_size < until * size):
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    assert not (tmp_path / "found.pickle").exists()
    require_same(replace(search, journal=journal).run(always), kept[1])


def test_more_trials_go_on_where_fewer_ended_and_fewer_take_none_of_the_rest(
    search: Search, kept: tuple[Path, Result], tmp_path: Path, context
) -> None:
    fewer = replace(search, context=context(members=("logistic", "lightgbm"), trials=4))
    expected = fewer.run(always)
    journal = tmp_path / "search.journal"
    require_same(replace(fewer, journal=journal).run(always), expected)
    require_same(replace(search, journal=journal).run(always), kept[1])
    require_same(replace(fewer, journal=journal).run(always), expected)


def test_last_week_s_parameters_are_tried_first_then_the_defaults(folds: list[Fold], tmp_path: Path, context) -> None:
    last = {"lightgbm": {**FAMILIES["lightgbm"].defaults, "max_depth": 2, "lambda_l2": 7.0}}
    del last["lightgbm"]["learning_rate"]
    journal = tmp_path / "a.journal"
    Search(folds, RECIPE, last, journal, context(members=("logistic", "lightgbm"), trials=6)).run(always)
    tried = [each.params for each in trials_of(journal, "lightgbm")]
    assert tried[0] == last["lightgbm"]
    assert tried[1] == {name: FAMILIES["lightgbm"].defaults[name] for name in last["lightgbm"]}
    assert tried[2] not in tried[:2]
    assert trials_of(journal, "logistic")[0].params == FAMILIES["logistic"].defaults


def test_last_week_s_parameters_stay_where_others_are_no_better_beyond_chance(
    folds: list[Fold], kept: tuple[Path, Result], context
) -> None:
    best = kept[1][0][1].part.params
    near = best | {"lambda_l2": best["lambda_l2"] * 1.01}
    at = context(members=("lightgbm",), trials=TRIALS // 2)
    (taken,), _ = Search(folds, RECIPE, {"lightgbm": near}, None, at).run(always)
    assert taken.part.params == near
    harmful = best | {"max_depth": 1, "num_leaves": 4, "min_data_in_leaf": 200, "lambda_l2": 30.0}
    (taken,), _ = Search(folds, RECIPE, {"lightgbm": harmful}, None, at).run(always)
    assert taken.part.params != harmful


def test_last_week_s_parameters_may_be_the_defaults(folds: list[Fold], context) -> None:
    defaults = {name: {**FAMILIES[name].defaults} for name in ("logistic", "lightgbm")}
    del defaults["lightgbm"]["learning_rate"]
    tried, n = Search(folds, RECIPE, defaults, None, context(trials=4)).run(always)
    assert n == 4
    assert [each.part.params for each in tried] == list(defaults.values())


def test_the_budget_ends_a_search_but_each_family_is_tried_once(folds: list[Fold], context) -> None:
    said: list[str] = []
    at = context(said=said, members=("logistic", "lightgbm"), trials=1000)
    tried, n = Search(folds, RECIPE, {}, None, at).run(lambda seconds: False)
    assert n == 2
    assert [each.part.family for each in tried] == ["logistic", "lightgbm"]
    assert said[-1] == "the budget ends the search after 2 of 1000 trials"


def test_what_a_round_of_all_families_takes_is_told_to_the_budget(folds: list[Fold], context) -> None:
    told: list[float] = []
    at = context(members=("logistic", "lightgbm"), trials=6)
    started = time.perf_counter()
    Search(folds, RECIPE, {}, None, at).run(lambda seconds: told.append(seconds) or True)
    assert len(told) == 4
    assert all(0 < seconds < time.perf_counter() - started for seconds in told)


def test_without_trials_each_family_is_tried_once(folds: list[Fold], context) -> None:
    tried, n = Search(folds, RECIPE, {}, None, context(members=tuple(FAMILIES), trials=0)).run(always)
    assert n == len(tried) == len(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_kept_as_parameters_is_what_was_fitted(name: str) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=3))
    for _ in range(30):
        trial = study.ask()
        fitted = FAMILIES[name].suggest(trial)
        assert trial.params == fitted
        assert FAMILIES[name].suggest(optuna.trial.FixedTrial(trial.params)) == fitted
        study.tell(trial, 0.0)


def test_a_journal_is_beside_nothing_else_when_the_search_ends(kept: tuple[Path, Result]) -> None:
    assert list(kept[0].parent.iterdir()) == [kept[0]]


def test_a_finished_search_is_not_made_again(search: Search, kept: tuple[Path, Result], tmp_path: Path) -> None:
    journal = Path(shutil.copy(kept[0], tmp_path / "a.journal"))
    require_same(replace(search, journal=journal).run(always), kept[1])
    for family in ("logistic", "lightgbm"):
        assert [each.number for each in trials_of(journal, family)] == list(range(TRIALS // 2))


def test_a_space_of_ones_own_is_searched_with_what_belongs_to_every_trial(search: Search) -> None:
    own = Space(first={ROUNDS: 7, "max_depth": 2}, fixed={"num_leaves": 5}, even={ROUNDS: (5, 9), "max_depth": (2, 3)})
    (found,), made = replace(
        search, spaces={"lightgbm": own}, context=with_members(search, ("lightgbm",), trials=4)
    ).run(always)
    assert made == 4
    assert found.part.rounds in range(5, 10)
    assert set(found.part.params) == {"max_depth", "num_leaves"}
    assert found.part.params["num_leaves"] == 5


def with_members(search: Search, members: tuple[str, ...], trials: int) -> TrainingContext:
    training = search.context.training.model_copy(update={"members": members, "trials": trials})
    return replace(search.context, training=training)
