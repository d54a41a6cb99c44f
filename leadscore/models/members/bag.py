"""Several members of one family that vote as one: seed bagging and balanced bagging."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadscore.models.members.member import Family, Floats, Matrix, Member, Sample, Setup
from leadscore.models.shap import Sum


@dataclass(frozen=True)
class Bag:
    """Its log-odds are the mean of its members' (Breiman 1996).

    It has no bytes of its own: each member is a file, and counts in the ensemble with its part of the bag's weight.
    """

    members: tuple[Member, ...]

    @property
    def family(self) -> str:
        return self.members[0].family

    @property
    def trees(self) -> int:
        """The median of its members'."""
        return round(float(np.median([member.trees for member in self.members])))

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        votes = [member.log_odds(matrix, threads=threads) for member in self.members]
        return sum(votes, start=np.zeros(len(matrix))) / len(votes)

    def explain(self, rows: Sequence[int], weight: float) -> Sum:
        return Sum.of(self.members, [weight / len(self.members)] * len(self.members), rows)


def fit_bag(family: Family, samples: Sequence[Sample], setup: Setup) -> Bag:
    """Fit one member for each of ``samples`` (see `leadscore.models.imbalance`), each with a seed of its own."""
    fits = (family.fit(sample, replace(setup, seed=setup.seed + number)) for number, sample in enumerate(samples))
    return Bag(tuple(fits))
