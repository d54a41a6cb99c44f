"""All measures of a night, each held against its limit."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadscore.features.profile import Profile
from leadscore.models.curve import Curve
from leadscore.models.prior_shift import Shift, odds
from leadscore.models.reference import Reference
from leadscore.monitor.features import Scored, apart, feature_measures
from leadscore.monitor.measure import Measure
from leadscore.monitor.performance import Counts, Present, Realised, Z, auc_error, trained_auc, trained_f1
from leadscore.sections import Monitoring

SCORE_BINS = 10  # tenths of the score
EXPECTED = ("expected_precision", "expected_recall", "expected_f1", "expected_auc")
REALISED = ("realised_precision", "realised_recall", "realised_f1", "calibration_ratio")
NOT_ASKED = "[cutoff] shift is off"


@dataclass(frozen=True)
class Watch:
    """What a model learned of its training leads, and the limits on what other leads may be."""

    profile: Profile
    curve: Curve
    reference: Reference
    base_rate: float
    limits: Monitoring

    @property
    def scores(self) -> list[int]:
        """The training leads, out of fold, by tenths of the score."""
        score = self.reference.score(np.array(self.curve.values))
        leads = np.add(self.curve.won, self.curve.lost)
        return by_tenth(score, leads)


@dataclass(frozen=True)
class Night:
    """What there is to judge: leads ``scored`` of late, the ``present`` open ones, the ``shift`` of their base rate if
    it was asked for, the cutoff in force, and what was ``realised`` of leads that this model scored first.
    """

    scored: Scored
    present: Present
    shift: Shift | None
    raw_cutoff: float
    realised: Realised


def measures(watch: Watch, night: Night) -> list[Measure]:
    """All that goes into ``monitoring``."""
    return [
        *feature_measures(watch.profile, night.scored, watch.limits),
        *_score(watch, night.present),
        _prior_shift(watch, night.shift),
        *_expected(watch, night),
        *_realised(watch, night),
    ]


def by_tenth(score: Counts, leads: Counts) -> list[int]:
    """How many ``leads`` (g,) have a ``score`` (g,) in each tenth."""
    return [int(n) for n in np.bincount(score // SCORE_BINS, leads, SCORE_BINS)]


def _score(watch: Watch, present: Present) -> Iterator[Measure]:
    names = ("score_psi", "score_js_distance")
    if present.n_leads < watch.limits.min_leads:
        yield from (Measure.untold(name, _few_open(watch, present)) for name in names)
    else:
        yield from apart(names, by_tenth(present.score, present.n), watch.scores, watch.limits)


def _prior_shift(watch: Watch, shift: Shift | None) -> Measure:
    """The odds of the open leads' base rate over those of training; chance alone does not pass the limit."""
    if shift is None:
        return Measure.untold("prior_shift", NOT_ASKED)
    if not shift.believed:
        return Measure.untold("prior_shift", shift.reason)
    ratio, limit = float(odds(shift.base_rate) / odds(watch.base_rate)), watch.limits.max_prior_shift
    alone = shift.unproven and f"the open leads alone say {shift.unproven:.1%}, which no outcome shows yet"
    return Measure("prior_shift", "", ratio, limit, shift.beyond(watch.base_rate, limit), alone or None)


def _expected(watch: Watch, night: Night) -> Iterator[Measure]:
    present, limits = night.present, watch.limits
    if present.n_leads < limits.min_leads:
        yield from (Measure.untold(name, _few_open(watch, present)) for name in EXPECTED)
        return
    counted, area = present.counted, present.auc
    usual = trained_f1(watch.curve, present.base_rate, night.raw_cutoff)
    error = auc_error(area, present.won.sum(), present.lost.sum())
    yield Measure("expected_precision", "", counted.precision)
    yield Measure("expected_recall", "", counted.recall)
    yield Measure.above("expected_f1", counted.f1, usual - limits.max_f1_loss - Z * counted.f1_error)
    yield Measure.above("expected_auc", area, trained_auc(watch.curve) - limits.max_auc_loss - Z * error)


def _realised(watch: Watch, night: Night) -> Iterator[Measure]:
    found, limits = night.realised, watch.limits
    if max(found.won, found.predicted) < limits.min_conversions:
        yield from (Measure.untold(name, _few_known(watch, found)) for name in REALISED)
        return
    counted = found.counted
    usual = trained_f1(watch.curve, found.won / found.leads, night.raw_cutoff)
    chance = float(np.exp(Z / np.sqrt(found.predicted)))
    yield Measure("realised_precision", "", counted.precision)
    yield Measure("realised_recall", "", counted.recall)
    yield Measure.above("realised_f1", counted.f1, usual - limits.max_f1_loss - Z * counted.f1_error)
    yield Measure.near_one("calibration_ratio", found.won / found.predicted, limits.max_calibration_ratio * chance)


def _few_open(watch: Watch, present: Present) -> str:
    return f"{present.n_leads:,} open leads are too few ({watch.limits.min_leads:,} needed)"


def _few_known(watch: Watch, found: Realised) -> str:
    return (
        f"{found.won:,} conversions, {found.predicted:.0f} expected, among {found.leads:,} leads whose outcomes have "
        f"matured since this model scored them first are too few ({watch.limits.min_conversions:,} needed)"
    )
