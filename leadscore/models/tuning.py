"""The search for the parameters of each family: Optuna, pruned, seeded, and gone on with after a kill.

Each family has a study of its own in one journal. A trial is judged by the refined log loss on the unseen leads of all
folds (see `leadscore.models.comparing`), and given up where it is worse than the best one on the folds so far.
What a trial suggests depends on the trials before it and on its number alone, so a search that was killed and started
again finds what it would have found.
"""

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leadscore.models.comparing import refined_losses
from leadscore.models.folds import Fold
from leadscore.models.members.member import Floats, Params
from leadscore.models.members.registry import FAMILIES
from leadscore.models.out_of_fold import by_fold, joined, part_out_of_fold
from leadscore.models.parsimony import simplest
from leadscore.models.recipe import Part, Recipe, TrainingContext
from leadscore.models.space import ROUNDS, Searched

if TYPE_CHECKING:
    import optuna

LOCK_SUFFIX = ".lock"  # as Optuna names it
STARTUP = 6  # trials of a family at random, before the sampler learns from them
GIVE_UP = 0.2  # one-sided p of a signed-rank test on the folds so far, below which a trial is given up


@dataclass(frozen=True)
class Tried:
    """The best trial of a family: its ``part``, and its log-odds (m,) on the unseen leads of all folds."""

    part: Part
    log_odds: Floats


@dataclass(frozen=True)
class Search:
    """What all families are tried on: ``folds`` with the treatment of a ``recipe``.

    ``last`` are parameters that are known to be good, by family: last week's. ``journal`` keeps the trials, if there
    is one. ``spaces`` are searched in place of those of the families.
    """

    folds: Sequence[Fold]
    recipe: Recipe
    last: Mapping[str, Params]
    journal: Path | None
    context: TrainingContext
    spaces: Mapping[str, Searched] = field(default_factory=dict)

    def run(self, spare: Callable[[float], bool]) -> tuple[list[Tried], int]:
        """The best of each family, and how many trials were made: one of each family, then in turn of those in reach.

        ``spare`` says whether there is time for one more trial, after trials of so many seconds, one of each family.
        """
        families = self.context.training.members
        n_trials = max(self.context.training.trials, len(families))
        studies = [Study(self, family) for family in families]
        made = 0
        for turn, study in islice(in_turn(studies), n_trials):
            if turn and not spare(sum(each.seconds for each in studies)):
                self.context.progress(f"the budget ends the search after {made} of {n_trials} trials")
                break
            study.go_to(turn)
            made += 1
            self.context.progress(f"trial {made} of {n_trials}: {study.told}")
        return [each.best() for each in studies], made


def in_turn(studies: "Sequence[Study]") -> "Iterator[tuple[int, Study]]":
    """The number of each turn with the families whose turn it is: all of them first, then those in reach."""
    for turn in count():
        for study in in_reach(studies) if turn else studies:
            yield turn, study


def in_reach(studies: "Sequence[Study]") -> "list[Study]":
    """The families whose best trial is as good as the best of all: trials of the others would be for nothing."""
    best = min(studies, key=lambda each: float(each.losses.mean()))
    return [each for each in studies if simplest([each.losses, best.losses]) == 0]


class Study:
    """The trials of one family. ``seconds`` is what the latest that ran took."""

    def __init__(self, search: Search, family: str) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._search, self._family = search, family
        self._space: Searched = search.spaces.get(family, FAMILIES[family])
        self._study = optuna.create_study(
            study_name=family,
            storage=_storage(search.journal),
            pruner=_pruner(),
            load_if_exists=True,
        )
        for trial in self._study.get_trials(deepcopy=False):  # those that a killed search was at fail
            if trial.state == optuna.trial.TrialState.WAITING:
                self._study.ask()  # only one that runs can
            if not trial.state.is_finished():
                self._study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        self._found: dict[int, tuple[Floats, int]] = {}
        self._turns = 0
        self.seconds = 0.0

    def go_to(self, turn: int) -> None:
        """Make the trial number ``turn`` of those that end, unless a killed search has made it."""
        self._turns = turn + 1
        if turn < len(self._ended()):
            return
        from optuna.samplers import TPESampler

        search, started = self._search, time.perf_counter()
        seed = search.context.training.seed + turn
        self._study.sampler = TPESampler(seed=seed, multivariate=True, constant_liar=False, n_startup_trials=STARTUP)
        if turn < len(self._first):
            self._study.enqueue_trial(self._first[turn])
        trial = self._study.ask()
        part = self._part(self._space.suggest(trial))
        self._judge(trial, part)
        self.seconds = time.perf_counter() - started

    @property
    def losses(self) -> Floats:
        """The refined losses of the best trial by fold (k,)."""
        return losses_of(self._best())

    @property
    def told(self) -> str:
        """How the family stands, in words."""
        return f"{self._family}, best refined log loss {self.losses.mean():.4f}, {self.seconds:.1f} s"

    def best(self) -> Tried:
        """The trial that is taken; its log-odds are made anew where a killed search made it."""
        search, taken = self._search, self._taken()
        part = self._part(taken.params)
        if taken.number not in self._found:
            self._found[taken.number] = part_out_of_fold(search.folds, part, search.recipe, search.context)
        log_odds, rounds = self._found[taken.number]
        return Tried(part.model_copy(update={"rounds": rounds}), log_odds)

    def _taken(self) -> "optuna.trial.FrozenTrial":
        """The best trial, or the first, of last week's parameters or the defaults, where that is as good: a model does
        not change for what chance explains.
        """
        first, best = self._complete()[0], self._best()
        return (first, best)[simplest([losses_of(first), losses_of(best)])]

    def _best(self) -> "optuna.trial.FrozenTrial":
        return min(self._complete(), key=lambda each: float(losses_of(each).mean()))

    @property
    def _first(self) -> list[Params]:
        """What is tried before the sampler suggests anything: last week's best, then the defaults."""
        last = self._search.last.get(self._family)
        return [each for each in (last, self._space.defaults) if each is not None]

    def _ended(self) -> "list[optuna.trial.FrozenTrial]":
        from optuna.trial import TrialState

        return self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))

    def _complete(self) -> "list[optuna.trial.FrozenTrial]":
        """The trials that were gone to and not given up; the journal of a search for more trials may hold more."""
        return [each for each in self._ended()[: self._turns] if each.state.name == "COMPLETE"]

    def _judge(self, trial: "optuna.Trial", part: Part) -> None:
        """Fit fold by fold, and tell the study the mean refined loss, or that the trial was given up."""
        from optuna.trial import TrialState

        folds, found = self._search.folds, []
        losses: list[float] = []
        votes = by_fold(folds, part, self._search.recipe, self._search.context)
        for fold, (vote, trees) in zip(folds, votes, strict=True):
            found.append((vote, trees))
            losses.append(float(refined_losses(vote, fold.converted, np.zeros(len(vote), np.int64))[0]))
            trial.report(losses[-1], len(losses))
            if len(losses) < len(folds) and trial.should_prune():
                self._study.tell(trial, state=TrialState.PRUNED)
                return
        self._study.tell(trial, float(np.mean(losses)))
        self._found[trial.number] = joined(found)

    def _part(self, params: Params) -> Part:
        rounds = params.get(ROUNDS)
        others = self._space.fixed | {name: value for name, value in params.items() if name != ROUNDS}
        return Part(family=self._family, params=others, rounds=None if rounds is None else int(rounds), weight=1.0)


def losses_of(trial: "optuna.trial.FrozenTrial") -> Floats:
    """The refined losses of a complete trial by fold: (k,)."""
    return np.array(list(trial.intermediate_values.values()))


def _storage(journal: Path | None) -> "optuna.storages.BaseStorage":
    from optuna.storages import InMemoryStorage, JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    if journal is None:
        return InMemoryStorage()
    _mend(journal)
    return JournalStorage(JournalFileBackend(str(journal), JournalFileOpenLock(str(journal))))


def _pruner() -> "optuna.pruners.BasePruner":
    from optuna.exceptions import ExperimentalWarning
    from optuna.pruners import WilcoxonPruner

    with warnings.catch_warnings(action="ignore", category=ExperimentalWarning):
        return WilcoxonPruner(p_threshold=GIVE_UP)


def _mend(journal: Path) -> None:
    """Take off what a killed search left: its lock, and the line that it was writing. No other search runs now."""
    journal.with_name(journal.name + LOCK_SUFFIX).unlink(missing_ok=True)
    if journal.exists():
        whole = journal.read_bytes()
        os.truncate(journal, whole.rfind(b"\n") + 1)
