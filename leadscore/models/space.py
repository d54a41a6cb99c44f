"""What a search tries for the parameters of a family, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from leadscore.models.members.member import Params

if TYPE_CHECKING:
    import optuna

ROUNDS = "rounds"  # how many trees; without it early stopping finds them

Range = tuple[int, int] | tuple[float, float]


class Searched(Protocol):
    """What a search begins with, what every trial has, and what else it tries: a `Family` or a `Space`."""

    @property
    def fixed(self) -> Params: ...

    @property
    def defaults(self) -> Params: ...

    def suggest(self, trial: "optuna.Trial") -> Params: ...


@dataclass(frozen=True)
class Space:
    """``first`` is what is tried first; ``fixed`` belongs to every trial; between the ends of its range each of
    ``even`` is drawn evenly and each of ``logged`` by its logarithm; ``choices`` are named.
    """

    first: Params
    fixed: Params = field(default_factory=dict)
    even: Mapping[str, Range] = field(default_factory=dict)
    logged: Mapping[str, Range] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def defaults(self) -> Params:
        return self.first

    def suggest(self, trial: "optuna.Trial") -> Params:
        """A point of the space."""
        drawn: Params = {name: drawn_from(trial, name, ends, log=False) for name, ends in self.even.items()}
        drawn |= {name: drawn_from(trial, name, ends, log=True) for name, ends in self.logged.items()}
        drawn |= {name: trial.suggest_categorical(name, list(named)) for name, named in self.choices.items()}
        return drawn

    def scaled(self, share: float) -> "Space":
        """The same with that share of the trees."""
        low, high = self.even[ROUNDS]
        fewer = {ROUNDS: (trees(low, share), trees(high, share))}
        first = {ROUNDS: trees(float(self.first[ROUNDS]), share)}
        return replace(self, first=self.first | first, even={**self.even, **fewer})


def drawn_from(trial: "optuna.Trial", name: str, ends: Range, *, log: bool) -> int | float:
    """A whole number where both ends are whole."""
    low, high = ends
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(name, low, high, log=log)
    return trial.suggest_float(name, low, high, log=log)


def trees(n: float, share: float) -> int:
    """That share of ``n`` trees, one at least."""
    return max(round(n * share), 1)
