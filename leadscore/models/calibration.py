"""From the boosters' log-odds to a probability that means what it says."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

MIN_SLOPE = 1e-3  # what a model that knows nothing gets: its order stays, its probabilities are the base rate
INVERSE_PENALTY = 1e6  # unregularised in effect, yet finite where the outcomes can be separated


class Calibration(BaseModel):
    """A line in log-odds. Its slope is positive, so that no two leads change places."""

    model_config = ConfigDict(frozen=True)

    slope: float = Field(gt=0)
    intercept: float

    @classmethod
    def fit(cls, log_odds: NDArray[np.float64], converted: NDArray[np.int64]) -> Self:
        """Platt scaling (Platt 1999) of out-of-fold ``log_odds`` (n,)."""
        model = LogisticRegression(C=INVERSE_PENALTY).fit(log_odds[:, np.newaxis], converted)
        slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
        if slope < MIN_SLOPE:
            slope, intercept = MIN_SLOPE, float(logit(converted.mean()) - MIN_SLOPE * log_odds.mean())
        return cls(slope=slope, intercept=intercept)

    def apply(self, log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability (n,) of a conversion."""
        return np.asarray(expit(self.slope * log_odds + self.intercept))
