"""The probability from which a lead counts as one that will convert, and the policies that choose it."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from leadscore.errors import ConfigError
from leadscore.models.curve import Array, Confusion, Curve
from leadscore.models.metrics import RESAMPLES, Estimate
from leadscore.sections import CutoffSettings

MIN_CALLED = 50  # leads: the precision of fewer is luck


class Policy(BaseModel, ABC):
    """What a cutoff does best: of the cutoffs that are allowed the one with the highest metric, of equals the highest.

    Where none is allowed the one that comes nearest. ``metric`` names the figure, ``aim`` and ``resort`` end the
    sentence "of all cutoffs ...".
    """

    model_config = ConfigDict(frozen=True)

    @property
    @abstractmethod
    def metric(self) -> str: ...

    @property
    @abstractmethod
    def aim(self) -> str: ...

    @property
    def resort(self) -> str:
        return self.aim

    @abstractmethod
    def rate(self, at: Confusion) -> Array:
        """The metric (..., m)."""

    def allows(self, at: Confusion) -> NDArray[np.bool_]:
        return np.ones(at.called.shape, dtype=bool)

    def nearness(self, at: Confusion) -> Array:
        """What the cutoff is chosen by (..., m) where none is allowed."""
        return self.rate(at)

    def best(self, at: Confusion) -> NDArray[np.int64]:
        """The number (...,) of the cutoff."""
        allowed = self.allows(at)
        within = np.where(allowed, self.rate(at), -np.inf)
        rated = np.where(allowed.any(axis=-1, keepdims=True), within, self.nearness(at))
        return np.asarray(rated.shape[-1] - 1 - np.argmax(rated[..., ::-1], axis=-1))

    def choose(self, curve: Curve, *, base_rate: float | None = None) -> float:
        """The cutoff on the raw probability; with ``base_rate`` for leads of which that share converts."""
        return curve.values[int(self.best(curve.confusion(base_rate)))]


class FBeta(Policy):
    """The highest F-beta: recall counts ``beta`` times as much as precision."""

    policy: Literal["f1", "fbeta"]
    beta: float = 1.0

    @property
    def metric(self) -> str:
        return f"F{self.beta:g}"

    @property
    def aim(self) -> str:
        return f"the one with the best {self.metric}"

    def rate(self, at: Confusion) -> Array:
        return at.f_score(self.beta)


class Youden(Policy):
    """The highest recall less false positive rate (Youden 1950): whatever the base rate is."""

    policy: Literal["youden"]
    metric: ClassVar[str] = "Youden's J"
    aim: ClassVar[str] = "the one with the best recall less false positive rate"

    def rate(self, at: Confusion) -> Array:
        return at.recall - at.false_positive_rate


class PrecisionAtLeast(Policy):
    """The highest recall with at least this ``precision`` among at least 50 leads."""

    policy: Literal["precision_at_least"]
    precision: float
    metric: ClassVar[str] = "recall"

    @property
    def aim(self) -> str:
        return f"the one with the highest recall at a precision of at least {self.precision:g}"

    @property
    def resort(self) -> str:
        return f"the most precise that calls {MIN_CALLED} leads, since none reaches a precision of {self.precision:g}"

    def rate(self, at: Confusion) -> Array:
        return at.recall

    def allows(self, at: Confusion) -> NDArray[np.bool_]:
        return np.asarray((at.precision >= self.precision) & self._enough(at))

    def nearness(self, at: Confusion) -> Array:
        return np.where(self._enough(at), at.precision, -1.0)

    def _enough(self, at: Confusion) -> NDArray[np.bool_]:
        return at.called >= np.minimum(MIN_CALLED, at.total)


class RecallAtLeast(Policy):
    """The highest precision with at least this ``recall``; the lowest cutoff has a recall of 1."""

    policy: Literal["recall_at_least"]
    recall: float
    metric: ClassVar[str] = "precision"

    @property
    def aim(self) -> str:
        return f"the one with the highest precision at a recall of at least {self.recall:g}"

    def rate(self, at: Confusion) -> Array:
        return at.precision

    def allows(self, at: Confusion) -> NDArray[np.bool_]:
        return at.recall >= self.recall


class Capacity(Policy):
    """As many leads as can be called, at the ``leads_per_week`` that came in during training."""

    policy: Literal["capacity"]
    calls_per_week: float
    leads_per_week: float
    metric: ClassVar[str] = "calls a week"

    @property
    def aim(self) -> str:
        return f"the lowest that calls at most {self.calls_per_week:g} of {self.leads_per_week:g} leads a week"

    @property
    def resort(self) -> str:
        return f"the highest, since the leads of the highest probability make more than {self.calls_per_week:g} a week"

    def rate(self, at: Confusion) -> Array:
        return at.called / at.total * self.leads_per_week

    def allows(self, at: Confusion) -> NDArray[np.bool_]:
        return self.rate(at) <= self.calls_per_week

    def nearness(self, at: Confusion) -> Array:
        return -at.called


class Profit(Policy):
    """The highest ``win_value`` of the conversions called less ``call_cost`` of all calls."""

    policy: Literal["profit"]
    win_value: float
    call_cost: float
    metric: ClassVar[str] = "profit per lead"
    resort: ClassVar[str] = "the one that loses least, since at none do the conversions pay for the calls"

    @property
    def aim(self) -> str:
        return f"the one with the highest profit at {self.win_value:g} a conversion and {self.call_cost:g} a call"

    def rate(self, at: Confusion) -> Array:
        return (self.win_value * at.true_positives - self.call_cost * at.called) / at.total

    def allows(self, at: Confusion) -> NDArray[np.bool_]:
        return self.rate(at) > 0


AnyPolicy = Annotated[
    FBeta | Youden | PrecisionAtLeast | RecallAtLeast | Capacity | Profit, Field(discriminator="policy")
]
POLICY: TypeAdapter[AnyPolicy] = TypeAdapter(AnyPolicy)


class Cutoff(BaseModel):
    """``will_convert`` is raw probability >= ``value``, which the ``policy`` chose.

    ``interval`` (95%) is of the cutoff, chosen anew in every bootstrap sample; ``reached`` is what this cutoff does by
    the ``metric`` on the leads it was chosen on, with its interval. ``words`` end the sentence "of all cutoffs ...".
    """

    model_config = ConfigDict(frozen=True)

    value: float
    interval: tuple[float, float]
    policy: AnyPolicy
    metric: str
    reached: Estimate
    words: str


def choose_cutoff(curve: Curve, settings: CutoffSettings, *, leads_per_week: float | None = None, seed: int) -> Cutoff:
    """The cutoff by the policy of the ``settings``; ``leads_per_week`` came in during training, where that is known."""
    policy = _policy(settings, leads_per_week)
    at, drawn = curve.confusion(), curve.resampled(RESAMPLES, seed)
    best = int(policy.best(at))
    low, high = np.percentile(policy.rate(drawn)[:, best], [2.5, 97.5])
    lowest, highest = np.percentile(np.array(curve.values)[policy.best(drawn)], [2.5, 97.5])
    return Cutoff(
        value=curve.values[best],
        interval=(lowest, highest),
        policy=policy,
        metric=policy.metric,
        reached=Estimate(value=policy.rate(at)[best], low=low, high=high),
        words=policy.aim if policy.allows(at)[best] else policy.resort,
    )


def _policy(settings: CutoffSettings, leads_per_week: float | None) -> AnyPolicy:
    if settings.policy == "capacity" and leads_per_week is None:
        raise ConfigError(
            "The cutoff policy capacity needs to know how many leads come in a week, but they have no times.",
            "name the column of the time when a lead came in as leads.created_at, or choose another cutoff.policy.",
        )
    arrivals = {"leads_per_week": leads_per_week} if settings.policy == "capacity" else {}
    return POLICY.validate_python({"policy": settings.policy, **settings.parameters, **arrivals})
