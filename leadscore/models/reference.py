"""Where a lead stands among those that the model was trained on: score and grade."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

GRADES = np.array(["D", "C", "B", "A"])


class Reference(BaseModel):
    """The frozen distribution of the out-of-fold raw probability, and the grade bands on it."""

    model_config = ConfigDict(frozen=True)

    edges: tuple[float, ...] = Field(min_length=99, max_length=99, description="Its 1st to 99th percentile.")
    bands: tuple[int, int, int] = Field((40, 70, 90), description="Lowest score of a C, a B and an A.")

    @classmethod
    def of(cls, probability: NDArray[np.float64]) -> Self:
        """The reference of out-of-fold raw ``probability`` (n,): best 10% A, next 20% B, next 30% C, the rest D."""
        return cls(edges=tuple(np.percentile(probability, np.arange(1, 100)).tolist()))

    def score(self, probability: NDArray[np.float64]) -> NDArray[np.int64]:
        """The share, in percent, of the reference that each lead (n,) reaches: 1 to 99, equal for equal probability."""
        return np.clip(np.searchsorted(self.edges, probability, side="right"), 1, 99)

    def grade(self, score: NDArray[np.int64]) -> NDArray[np.str_]:
        """A to D for each score (n,)."""
        return GRADES[np.searchsorted(self.bands, score, side="right")]
