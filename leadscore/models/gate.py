"""Whether a model may score: better than the base rate beyond doubt, and then better than the champion.

Champion and challenger meet on leads that neither of their evaluation fits has seen. Two models are compared lead by
lead, by the paired bootstrap: their luck with these leads is the same and drops out of the difference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.models.metrics import Estimate, bootstrap, calibration_error, lead_loss, paired, point_measures
from leadscore.sections import Gate

Labels = NDArray[np.int64]
Probability = NDArray[np.float64]

MIN_LEADS, MIN_CONVERSIONS = 200, 20  # that are new to both models, below which nothing tells them apart
Standing = Literal["Better than", "Not shown to be better than", "Worse than", "Cannot be compared with"]
LARGE_SLICE = 300  # leads from which on a slice counts
NOTICED_S = 60  # seconds by which a night may take longer before somebody asks why
NORMAL = 1.96  # standard errors on either side of a mean that make its 95% interval
COMPARED = ("average_precision", "log_loss", "roc_auc", "brier_score", "calibration_error")  # at no cutoff


@dataclass(frozen=True)
class Bout:
    """A challenger beside the champion, of which ``version`` and ``age_days`` are.

    ``converted`` (n,) and both probabilities (n,) are those of the held-out leads that neither evaluation fit has
    seen; ``slices`` names, by what they are sliced by, the slice (n,) of each. ``regraded`` is the share of the open
    leads whose grade would change, None where there are none; ``speed`` the challenger's leads a second over the
    champion's, and ``longer_s`` the seconds by which it takes longer than that for all open leads.
    """

    version: str
    age_days: float
    converted: Labels
    challenger: Probability
    champion: Probability
    slices: Mapping[str, NDArray[np.str_]]
    regraded: float | None
    speed: float
    longer_s: float


class Met(BaseModel):
    """What a bout with the champion ``version`` found on ``n`` leads that are new to both, for people to look at.

    By figure: the ``champion``'s, and by how much the challenger's exceeds it, with the interval of the paired
    difference.
    """

    model_config = ConfigDict(frozen=True)

    version: str
    n: int
    conversions: int
    champion: dict[str, float]
    difference: dict[str, Estimate]
    regraded: float | None
    speed: float

    @classmethod
    def of(cls, bout: Bout, found: Mapping[str, Estimate]) -> Self:
        """From the paired differences, of which there are none where there was too little to compare."""
        theirs = figures(bout.converted, bout.champion) if found else {}
        return cls(
            version=bout.version,
            n=len(bout.converted),
            conversions=int(bout.converted.sum()),
            champion={name: theirs[name] for name in COMPARED if found},
            difference={name: found[name] for name in COMPARED if found},
            regraded=bout.regraded,
            speed=bout.speed,
        )


class Verdict(BaseModel):
    """Whether to promote a model, and why in plain words; how it did beside the champion, if they have ``met``."""

    model_config = ConfigDict(frozen=True)

    promote: bool
    reason: str
    met: Met | None = None


def judge(converted: Labels, probability: Probability, train_base_rate: float, seed: int) -> Verdict:
    """Promote a model only if it beats the base rate on the holdout (n,), beyond doubt.

    Both 95% bootstrap intervals must clear their mark: the log loss it saves over giving every lead the base rate
    of the training leads lies above 0, and the ROC AUC above 0.5.
    """

    def beside_flat(y: Labels, p: Probability) -> dict[str, float]:
        found, flat = figures(y, p), lead_loss(y, np.full(len(y), train_base_rate))
        return {"gain": float(flat.mean()) - found["log_loss"], "auc": found["roc_auc"]}

    found = bootstrap(beside_flat, converted, probability, seed=seed)
    gain, auc = found["gain"], found["auc"]
    facts = (
        f"log loss gain over the base rate {gain}, which must lie above 0; "
        f"ROC AUC {auc}, which must lie above 0.5 (on {_leads(converted)})"
    )
    if gain.low > 0 and auc.low > 0.5:
        return Verdict(promote=True, reason=f"Better than the base rate: {facts}.")
    return Verdict(promote=False, reason=f"Not shown to be better than the base rate: {facts}.")


def challenge(bout: Bout, alone: Verdict, limits: Gate, seed: int) -> Verdict:
    """Whether the challenger, which on its ``alone`` fares so against the base rate, takes the champion's place.

    It does if average precision and log loss are no worse and one is better, each by the 95% interval of the paired
    difference, and no limit is passed. An equal, or one that cannot be compared, takes it only from a champion that is
    too old, and only if it beats the base rate: nothing else speaks for it.
    """
    standing, facts, found = _compare(bout, seed)
    verdict = partial(Verdict, met=Met.of(bout, found))
    too_old = bout.age_days > limits.max_age_days and alone.promote and standing != "Worse than"
    told = f"{standing} champion {bout.version}"
    if standing != "Better than" and not too_old:
        return verdict(promote=False, reason=f"{told}, which stays: {facts}.")
    if objections := [*_miscalibrated(bout, found, limits), *_slices_lost(bout, limits), *_rash(bout, limits)]:
        return verdict(promote=False, reason=f"{told} ({facts}), but held back: {'; '.join(objections)}.")
    if standing == "Better than":
        return verdict(promote=True, reason=f"{told}: {facts}.")
    age = f"takes its place, since that is {bout.age_days:.0f} days old ({limits.max_age_days:g} at most)"
    return verdict(promote=True, reason=f"{told} ({facts}), but {age}. {alone.reason}")


def _compare(bout: Bout, seed: int) -> tuple[Standing, str, dict[str, Estimate]]:
    """How the challenger stands, the facts, and the paired differences, none where there is too little to compare."""
    if len(bout.converted) < MIN_LEADS or bout.converted.sum() < MIN_CONVERSIONS:
        few = f"only {_leads(bout.converted)} are new to both, {MIN_LEADS} with {MIN_CONVERSIONS} are needed"
        return "Cannot be compared with", few, {}
    found = paired(figures, bout.converted, bout.champion, bout.challenger, seed=seed)
    precision, loss = found["average_precision"], found["log_loss"]
    facts = (
        f"average precision {_change(precision)}, log loss {_change(loss)}, on {_leads(bout.converted)} that neither "
        "has seen"
    )
    if precision.high < 0 or loss.low > 0:
        return "Worse than", facts, found
    better = precision.low > 0 or loss.high < 0
    return "Better than" if better else "Not shown to be better than", facts, found


def figures(converted: Labels, probability: Probability) -> dict[str, float]:
    """What two models are compared by; no cutoff takes part."""
    return point_measures(converted, probability, cutoff=0.5)


def _miscalibrated(bout: Bout, found: Mapping[str, Estimate], limits: Gate) -> Iterator[str]:
    """Above the limit, and beyond doubt above the champion's: few leads, or a moved base rate, raise both alike."""
    if not found:
        return
    error = calibration_error(bout.converted, bout.challenger)
    if error > limits.max_calibration_error and found["calibration_error"].low > 0:
        yield (
            f"its calibration error is {error:.3f}, {limits.max_calibration_error:g} at most, and the champion's is "
            f"{calibration_error(bout.converted, bout.champion):.3f}"
        )


def _slices_lost(bout: Bout, limits: Gate) -> Iterator[str]:
    """The large slices whose mean log loss rises beyond doubt by more than the limit."""
    rise = lead_loss(bout.converted, bout.challenger) - lead_loss(bout.converted, bout.champion)
    for by, names in bout.slices.items():
        for name in np.unique(names):
            there = rise[names == name]
            if len(there) < LARGE_SLICE:
                continue
            error = NORMAL * float(there.std(ddof=1)) / len(there) ** 0.5
            if there.mean() - error > limits.max_slice_loss:
                yield (
                    f"on {len(there):,} leads with {by} {name} its log loss is {there.mean():.3f} higher "
                    f"(95% interval from {there.mean() - error:.3f}), {limits.max_slice_loss:g} at most"
                )


def _rash(bout: Bout, limits: Gate) -> Iterator[str]:
    """What sales would notice at once. Grades may all change where the champion is too old: a poor one that came first
    would stay for ever, since nearly all grades change with a good one.
    """
    old = bout.age_days > limits.max_age_days
    if not old and bout.regraded is not None and bout.regraded > limits.max_grade_changes:
        yield f"{bout.regraded:.0%} of the open leads would change their grade, {limits.max_grade_changes:.0%} at most"
    if bout.speed < limits.min_speed and bout.longer_s > NOTICED_S:
        yield (
            f"it scores {bout.speed:.2f} times as many leads a second, {limits.min_speed:g} at least, and takes "
            f"{bout.longer_s:,.0f} s longer for all open leads"
        )


def _change(estimate: Estimate) -> str:
    return f"{estimate.value:+.4f} (95% interval {estimate.low:+.4f} to {estimate.high:+.4f})"


def _leads(converted: Labels) -> str:
    return f"{len(converted):,} held-out leads with {int(converted.sum()):,} conversions"
