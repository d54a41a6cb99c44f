"""From the log-odds of the vote to a probability that means what it says."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import expit, logit

from leadscore.models.curve import Array, Labels, tally
from leadscore.models.parsimony import simplest

Rows = NDArray[np.int64]
Kind = Literal["platt", "beta", "isotonic"]

KINDS: tuple[Kind, ...] = ("platt", "beta", "isotonic")  # in order of simplicity
MIN_SLOPE = 1e-3  # what a model that knows nothing gets: its order stays, its probabilities are the base rate
INVERSE_PENALTY = 1e6  # unregularised in effect, yet finite where the outcomes can be separated


class Beta(BaseModel):
    """Log-odds a ln p - b ln(1 - p) + c of a probability p (Kull, Silva Filho and Flach 2017, section 4).

    It bends the two ends of the line each in its own way; a = b = 1 and c = 0 leave it straight.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["beta"] = "beta"
    a: float = Field(gt=0)
    b: float = Field(gt=0)
    c: float

    @classmethod
    def fit(cls, log_odds: Array, converted: Labels) -> Self:
        """By maximum likelihood, where neither end falls."""
        from scipy.optimize import minimize

        parts = np.stack([-softplus(-log_odds), softplus(log_odds), np.ones(len(log_odds))])

        def loss(at: Array) -> tuple[float, Array]:
            bent = (parts * at[:, np.newaxis]).sum(axis=0)
            return losses(bent, converted).mean(), (parts * (expit(bent) - converted)).mean(axis=1)

        bounds = [(MIN_SLOPE, None), (MIN_SLOPE, None), (None, None)]
        a, b, c = minimize(loss, np.array([1.0, 1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=bounds).x
        return cls(a=a, b=b, c=c)

    def apply(self, log_odds: Array) -> Array:
        return self.b * softplus(log_odds) - self.a * softplus(-log_odds) + self.c


class Isotonic(BaseModel):
    """Rising straight pieces between knots (k,): centered isotonic regression (Oron and Flournoy 2017, section 3).

    Each block of plain isotonic regression is one knot, at its mean; beyond the first and the last knot the line goes
    on as it came.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["isotonic"] = "isotonic"
    log_odds: tuple[float, ...]
    calibrated: tuple[float, ...]

    @classmethod
    def fit(cls, log_odds: Array, converted: Labels) -> Self:
        """One lead more converts at the lower end and one fewer at the upper, so that no block is sure."""
        from scipy.optimize import isotonic_regression

        values, won, lost = tally(log_odds, converted)
        won[0] += 1
        lost[-1] += 1
        weights = won + lost
        found = isotonic_regression(won / weights, weights=weights)
        starts = found.blocks[:-1]
        centers = np.add.reduceat(values * weights, starts) / found.weights
        return cls(log_odds=tuple(centers.tolist()), calibrated=tuple(logit(found.x[starts]).tolist()))

    def apply(self, log_odds: Array) -> Array:
        below, above = np.minimum(log_odds - self.log_odds[0], 0), np.maximum(log_odds - self.log_odds[-1], 0)
        return np.interp(log_odds, self.log_odds, self.calibrated) + below + above


class Calibration(BaseModel):
    """A line in log-odds, then bent where that is shown to be better. It rises, so that no two leads change places.

    Reasons are exact in the log-odds that the line gives.
    """

    model_config = ConfigDict(frozen=True)

    slope: float = Field(gt=0)
    intercept: float
    bend: Annotated[Beta | Isotonic, Field(discriminator="kind")] | None = None

    @classmethod
    def fit(cls, log_odds: Array, converted: Labels) -> Self:
        """Platt scaling (Platt 1999) of out-of-fold ``log_odds`` (n,)."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=INVERSE_PENALTY).fit(log_odds[:, np.newaxis], converted)
        slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
        if slope < MIN_SLOPE:
            slope, intercept = MIN_SLOPE, float(logit(converted.mean()) - MIN_SLOPE * log_odds.mean())
        return cls(slope=slope, intercept=intercept)

    def bent(self, log_odds: Array, converted: Labels, kind: Kind) -> Self:
        """This line and what ``kind`` bends after it."""
        if kind == "platt":
            return self
        bend = (Beta if kind == "beta" else Isotonic).fit(self.slope * log_odds + self.intercept, converted)
        return self.model_copy(update={"bend": bend})

    @property
    def kind(self) -> Kind:
        return "platt" if self.bend is None else self.bend.kind

    def log_odds(self, log_odds: Array) -> Array:
        """The calibrated log-odds (n,)."""
        line = self.slope * log_odds + self.intercept
        return line if self.bend is None else self.bend.apply(line)

    def apply(self, log_odds: Array) -> Array:
        """The probability (n,) of a conversion."""
        return np.asarray(expit(self.log_odds(log_odds)))


def choose_kind(log_odds: Array, converted: Labels, fold: Rows) -> Kind:
    """The simplest kind whose log loss is within one standard error of the best one's.

    ``log_odds`` (n,) are out of fold. Each kind is judged on every ``fold`` (n,) by what it learned of the others:
    where folds are spells of time, what bends to one of them does not help in the next.
    """

    def judged(number: int) -> list[float]:
        rest, here = fold != number, fold == number
        line = Calibration.fit(log_odds[rest], converted[rest])
        bent = (line.bent(log_odds[rest], converted[rest], kind) for kind in KINDS)
        return [float(losses(each.log_odds(log_odds[here]), converted[here]).mean()) for each in bent]

    return KINDS[simplest([*np.array([judged(number) for number in np.unique(fold)]).T])]


def softplus(x: Array) -> Array:
    """ln(1 + e^x), finite wherever ``x`` is."""
    return np.logaddexp(0, x)


def losses(log_odds: Array, converted: Labels) -> Array:
    """The log loss (n,) of each lead."""
    return softplus(np.where(converted == 1, -log_odds, log_odds))
